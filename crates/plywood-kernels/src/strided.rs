//! Reading operands that broadcast or lie strided, in tiles that are contiguous.

/// Values in memory behind a view: those that `offset` and `strides` select, under extents that several operands share.
///
/// A stride of 0 repeats a value along its dimension, which is how broadcasting reads.
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a, T> {
    /// All memory behind the view.
    pub data: &'a [T],
    /// Where its first value lies.
    pub offset: usize,
    /// The distance between neighbours, a dimension.
    pub strides: &'a [isize],
}

impl<'a, T> Strided<'a, T> {
    /// The values as a slice, if they lie in row-major order without gaps.
    pub(crate) fn dense(&self, extents: &[usize]) -> Option<&'a [T]> {
        let mut step = 1;
        for (&extent, &stride) in extents.iter().zip(self.strides).rev() {
            if extent != 1 && stride != step {
                return None;
            }
            step *= extent as isize;
        }
        Some(&self.data[self.offset..self.offset + step as usize])
    }
}

/// Values of a tile: what is copied at a time where an operand doesn't lie in order.
pub(crate) const TILE: usize = 512;

/// The greatest number of dimensions.
const MAX_RANK: usize = 8;

/// Reads an operand from some place on, in row-major order.
pub(crate) struct Reader<'a, T> {
    data: &'a [T],
    rank: usize,
    extents: [usize; MAX_RANK],
    strides: [isize; MAX_RANK],
    index: [usize; MAX_RANK],
    at: isize,
    /// Copied values; where one short row repeats forever, two tiles full of it.
    buffer: [T; 2 * TILE],
    cycles: bool,
}

impl<'a, T: Copy + Default> Reader<'a, T> {
    /// A reader that stands before value number `from`. Extents must hold a value.
    pub(crate) fn new(operand: Strided<'a, T>, extents: &[usize], from: usize) -> Self {
        let mut reader = Reader {
            data: operand.data,
            rank: 0,
            extents: [1; MAX_RANK],
            strides: [0; MAX_RANK],
            index: [0; MAX_RANK],
            at: 0,
            buffer: [T::default(); 2 * TILE],
            cycles: false,
        };
        reader.join(extents, operand.strides);
        let mut rest = from;
        let mut at = operand.offset as isize;
        for d in (0..reader.rank).rev() {
            reader.index[d] = rest % reader.extents[d];
            rest /= reader.extents[d];
            at += reader.index[d] as isize * reader.strides[d];
        }
        reader.at = at;
        reader.repeat();
        reader
    }

    /// Takes over the extents other than 1, neighbouring dimensions drawn together where they lie evenly.
    fn join(&mut self, extents: &[usize], strides: &[isize]) {
        for (&extent, &stride) in extents.iter().zip(strides).filter(|&(&extent, _)| extent != 1) {
            let last = self.rank.saturating_sub(1);
            if self.rank > 0 && self.strides[last] == stride * extent as isize {
                self.extents[last] *= extent;
                self.strides[last] = stride;
            } else {
                self.extents[self.rank] = extent;
                self.strides[self.rank] = stride;
                self.rank += 1;
            }
        }
        // A row of one value, so that there is always a last dimension.
        self.rank = self.rank.max(1);
    }

    /// Fills the buffer once if the operand is one short row, repeated.
    fn repeat(&mut self) {
        let last = self.rank - 1;
        let row = if self.strides[last] == 0 { 1 } else { self.extents[last] };
        let short = row <= TILE && (self.strides[last] == 1 || row == 1);
        if !short || self.strides[..last].iter().any(|&s| s != 0) || self.rank == 1 && row > 1 {
            return;
        }
        let phase = if row == 1 { 0 } else { self.index[last] };
        let first = (self.at - phase as isize) as usize;
        let row = &self.data[first..first + row];
        for chunk in self.buffer.chunks_mut(row.len()) {
            chunk.copy_from_slice(&row[..chunk.len()]);
        }
        self.cycles = true;
        self.extents[0] = row.len();
        self.index[0] = phase;
    }

    /// How many values can be had without copying.
    #[inline]
    pub(crate) fn direct(&self) -> usize {
        let last = self.rank - 1;
        if !self.cycles && self.strides[last] == 1 { self.extents[last] - self.index[last] } else { 0 }
    }

    /// The next `n` values; at most [`TILE`] of them, or [`direct`](Self::direct).
    #[inline]
    pub(crate) fn next(&mut self, n: usize) -> &[T] {
        if self.cycles {
            let phase = self.index[0];
            self.index[0] = (phase + n) % self.extents[0];
            return &self.buffer[phase..phase + n];
        }
        if n <= self.direct() {
            let at = self.at as usize;
            self.advance(n);
            return &self.data[at..at + n];
        }
        self.gather(n);
        &self.buffer[..n]
    }

    fn gather(&mut self, n: usize) {
        let last = self.rank - 1;
        let step = self.strides[last];
        let mut done = 0;
        while done < n {
            let run = (self.extents[last] - self.index[last]).min(n - done);
            let out = &mut self.buffer[done..done + run];
            match step {
                0 => out.fill(self.data[self.at as usize]),
                1 => out.copy_from_slice(&self.data[self.at as usize..][..run]),
                _ => {
                    out.iter_mut().enumerate().for_each(|(i, x)| *x = self.data[(self.at + i as isize * step) as usize])
                }
            }
            self.advance(run);
            done += run;
        }
    }

    /// Steps over `n` values of the current row, into the next one at its end.
    fn advance(&mut self, n: usize) {
        let mut d = self.rank - 1;
        self.index[d] += n;
        self.at += n as isize * self.strides[d];
        while self.index[d] == self.extents[d] {
            self.at -= self.extents[d] as isize * self.strides[d];
            self.index[d] = 0;
            if d == 0 {
                return;
            }
            d -= 1;
            self.index[d] += 1;
            self.at += self.strides[d];
        }
    }
}

/// How many values to take next from readers that have so many [`direct`](Reader::direct), `left` being wanted.
pub(crate) fn tile<const N: usize>(direct: [usize; N], left: usize) -> usize {
    let direct = direct.into_iter().min().unwrap_or(0);
    left.min(if direct >= TILE { direct } else { TILE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[i32], offset: usize, extents: &[usize], strides: &[isize], from: usize, step: usize) -> Vec<i32> {
        let n: usize = extents.iter().product();
        let mut reader = Reader::new(Strided { data, offset, strides }, extents, from);
        let mut out = Vec::new();
        while from + out.len() < n {
            let len = tile([reader.direct()], n - from - out.len()).min(step);
            out.extend_from_slice(reader.next(len));
        }
        out
    }

    #[test]
    fn every_layout_from_every_place() {
        let data: Vec<i32> = (0..3000).collect();
        let cases: [(&[usize], &[isize], usize); 9] = [
            (&[], &[], 7),
            (&[5], &[1], 3),
            (&[4, 5], &[0, 1], 3),
            (&[4, 5], &[1, 0], 3),
            (&[4, 5, 3], &[0, 1, 0], 3),
            (&[4, 5, 3], &[1, 4, 20], 0),
            (&[4, 5], &[-10, -1], 2000),
            (&[3, 700], &[0, 1], 10),
            (&[2, 1, 600, 2], &[1300, 9, 2, 1], 0),
        ];
        for (extents, strides, offset) in cases {
            let n: usize = extents.iter().product();
            let truth: Vec<i32> = (0..n)
                .map(|i| {
                    let (mut rest, mut at) = (i, offset as isize);
                    for (&extent, &stride) in extents.iter().zip(strides).rev() {
                        at += (rest % extent) as isize * stride;
                        rest /= extent;
                    }
                    data[at as usize]
                })
                .collect();
            for from in (0..n).step_by((n / 7).max(1)) {
                for step in [1, 3, 512, 100_000] {
                    assert_eq!(read(&data, offset, extents, strides, from, step), truth[from..], "{extents:?} {from}");
                }
            }
        }
    }
}
