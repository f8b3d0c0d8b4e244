//! Which rows of a batch of sequences are at work in which step.

use std::ops::Range;

use crate::Mismatch;

/// Marks a time step past the end of its sequence.
pub(super) const PADDING: usize = usize::MAX;

/// The most sequences that one block takes through time together: enough rows a product to use a weight that was
/// loaded, few enough that a batch of 64 keeps two threads busy.
const BLOCK: usize = 32;

/// A batch of sequences of any lengths, laid out for a walk through time in one direction.
///
/// Inputs and outputs are `[batch, steps, features]` or `[steps, batch, features]`. Inside, the batch is cut into
/// blocks of sequences of like length, longest first. A block holds only real time steps: its rows lie in the order
/// of the walk, and the sequences at work in a step are always the first ones of the block. Padding is therefore never
/// computed with. Blocks depend on the batch alone, so a result doesn't depend on the number of threads.
#[derive(Clone, Debug)]
pub struct Sequences {
    steps: usize,
    batch: usize,
    time_stride: usize,
    reverse: bool,
    lengths: Vec<usize>,
    blocks: Vec<Block>,
    /// The row of the input, seen as `[rows, features]`, that each row inside comes from.
    outside: Vec<usize>,
    /// The inverse: the row inside that belongs to each row of the input, or [`PADDING`].
    inside: Vec<usize>,
}

/// Sequences that go through time together.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Their places in the batch, the longest first.
    pub members: Vec<usize>,
    /// How many of them are at work in each step of the walk.
    pub active: Vec<usize>,
    /// Their rows inside.
    pub rows: Range<usize>,
}

impl Sequences {
    /// `batch` sequences of `steps` time steps, of which only the first `lengths[i]` of the `i`th count; walked
    /// through from the end if `reverse`. A sequence may be empty: its state passes through unchanged.
    ///
    /// # Errors
    /// If there isn't one length a sequence, or a length exceeds `steps`.
    pub fn new(
        steps: usize,
        batch: usize,
        batch_first: bool,
        reverse: bool,
        lengths: Option<&[usize]>,
    ) -> Result<Self, Mismatch> {
        let lengths = lengths.map_or_else(|| vec![steps; batch], <[usize]>::to_vec);
        if lengths.len() != batch {
            return Err(Mismatch::new("number of lengths", format!("{batch}, the batch size"), lengths.len()));
        }
        if let Some(i) = lengths.iter().position(|&l| l > steps) {
            let what = format!("length of sequence {i}");
            return Err(Mismatch::new(what, format!("at most {steps}, the number of time steps"), lengths[i]));
        }
        let (time_stride, batch_stride) = if batch_first { (1, steps) } else { (batch, 1) };
        let mut order = (0..batch).collect::<Vec<_>>();
        order.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));

        let mut outside = Vec::with_capacity(lengths.iter().sum());
        let mut inside = vec![PADDING; steps * batch];
        let mut blocks = Vec::new();
        for members in order.chunks(block_len(batch)) {
            let first = outside.len();
            let longest = lengths[members[0]];
            let time = |step| if reverse { longest - 1 - step } else { step };
            let at_work = |step| members.iter().take_while(|&&i| lengths[i] > time(step)).count();
            let active = (0..longest).map(at_work).collect::<Vec<_>>();
            for (step, &n) in active.iter().enumerate() {
                for &member in &members[..n] {
                    let row = member * batch_stride + time(step) * time_stride;
                    inside[row] = outside.len();
                    outside.push(row);
                }
            }
            blocks.push(Block { members: members.to_vec(), active, rows: first..outside.len() });
        }
        Ok(Self { steps, batch, time_stride, reverse, lengths, blocks, outside, inside })
    }

    /// The number of time steps of the padded input.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The number of sequences.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The number of real time steps, the sum of the lengths.
    pub fn rows(&self) -> usize {
        self.outside.len()
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(super) fn outside(&self) -> &[usize] {
        &self.outside
    }

    pub(super) fn inside(&self) -> &[usize] {
        &self.inside
    }

    /// Where the state lies that the time step of a row of the input leaves behind.
    pub(super) fn after(&self, row: usize) -> After {
        if self.inside[row] == PADDING {
            return After::Padding;
        }
        let (time, member) = if self.time_stride == 1 {
            (row % self.steps, row / self.steps)
        } else {
            (row / self.batch, row % self.batch)
        };
        if self.reverse {
            if time == 0 { After::End(member) } else { After::Before(self.inside[row - self.time_stride]) }
        } else if time + 1 == self.lengths[member] {
            After::End(member)
        } else {
            After::Before(self.inside[row + self.time_stride])
        }
    }
}

/// What comes after a time step.
pub(super) enum After {
    /// Another one, that of this row inside.
    Before(usize),
    /// Nothing: it was the last one of this sequence of the batch.
    End(usize),
    /// Nothing: it isn't a real one.
    Padding,
}

/// The rows inside of each block in turn, `width` values each.
pub(super) fn by_block<'a, T>(
    blocks: &'a [Block],
    mut values: &'a mut [T],
    width: usize,
) -> impl Iterator<Item = &'a mut [T]> {
    blocks.iter().map(move |block| {
        let (head, tail) = std::mem::take(&mut values).split_at_mut(block.rows.len() * width);
        values = tail;
        head
    })
}

/// Sequences a block: half of a small batch, so that it still keeps two threads busy.
fn block_len(batch: usize) -> usize {
    batch.div_ceil(2).next_multiple_of(8).clamp(8, BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_the_walk_and_skip_padding() {
        // Batch first, three sequences of lengths 1, 3 and 0 in two directions.
        let forward = Sequences::new(3, 3, true, false, Some(&[1, 3, 0])).unwrap();
        assert_eq!(forward.outside, [3, 0, 4, 5]);
        assert_eq!(forward.blocks[0].active, [2, 1, 1]);
        let reverse = Sequences::new(3, 3, true, true, Some(&[1, 3, 0])).unwrap();
        assert_eq!(reverse.outside, [5, 4, 3, 0]);
        assert_eq!(reverse.blocks[0].active, [1, 1, 2]);
        assert!(matches!(reverse.after(1), After::Padding));
        assert!(matches!(reverse.after(3), After::End(1)));
        assert!(matches!(reverse.after(5), After::Before(1)));
        assert!(matches!(forward.after(0), After::End(0)));
        assert!(matches!(forward.after(4), After::Before(3)));
    }

    #[test]
    fn bad_lengths_are_named() {
        let e = Sequences::new(3, 2, true, false, Some(&[1])).unwrap_err();
        assert_eq!(e.to_string(), "number of lengths: expected 2, the batch size, got 1");
        let e = Sequences::new(3, 2, true, false, Some(&[1, 4])).unwrap_err();
        assert_eq!(e.to_string(), "length of sequence 1: expected at most 3, the number of time steps, got 4");
    }

    #[test]
    fn nothing_at_all_is_fine() {
        for (steps, batch) in [(0, 3), (3, 0), (0, 0)] {
            let s = Sequences::new(steps, batch, true, false, None).unwrap();
            assert_eq!(s.rows(), 0);
            assert!(s.blocks.iter().all(|b| b.active.is_empty()));
        }
    }
}
