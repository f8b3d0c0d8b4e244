//! The weights as the left operand of a correlation: where they stand, or laid out in panels.

use super::geometry::Correlation;
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector, prefetch};
use crate::{Scalar, dispatch, par};

/// Outputs an output channel from which copying the weights pays.
const REUSE: usize = 32;

/// The weights of a correlation and the distances between them.
pub(super) struct Weights<'a, T> {
    in_place: &'a [T],
    packed: Option<Scratch<T>>,
    group: usize,
    /// From one output channel of a panel to the next, and from one panel to the next.
    pub(super) row: usize,
    pub(super) panel: usize,
    /// Output channels a panel.
    pub(super) width: usize,
    /// From one source channel, and from one tap, to the next.
    pub(super) channel: usize,
    pub(super) tap: usize,
}

impl<'a, T: Scalar> Weights<'a, T> {
    /// The weights for panels of `width` output channels.
    ///
    /// The micro-kernel reads a column of a panel at a time. It may do so where the weights stand if output channels
    /// are the outer dimension and a column's numbers don't all fall into one set of the cache; else a copy is made.
    pub(super) fn new(c: &Correlation, weight: &'a [T], width: usize) -> Self {
        let scattered = c.weight_channel > c.weight_row || (c.weight_row * size_of::<T>()).is_multiple_of(2048);
        let [row, channel, taps] = [c.weight_row, c.weight_channel, c.weight_row.min(c.weight_channel)];
        if c.rows == 1 || !scattered || c.images * c.out_plane() < REUSE {
            let panel = width * row;
            return Self { in_place: weight, packed: None, group: c.weight_group, row, panel, width, channel, tap: 1 };
        }
        let (panels, panel) = (c.rows.div_ceil(width), c.channels * taps * width);
        let mut packed = Scratch::take(c.groups * panels * panel);
        par::chunks_mut(&mut packed, panel, 1, |i, out| {
            let (group, top) = (i / panels, i % panels * width);
            let rows = width.min(c.rows - top);
            let weight = &weight[group * c.weight_group + top * row..];
            if row >= channel && turns(c.channels * taps) {
                // A row's weights stand side by side, whatever the channel.
                turn(weight, [rows, 1, c.channels * taps], [row, 0], width, out);
            } else if row < channel && turns(taps) {
                turn(weight, [rows, c.channels, taps], [row, channel], width, out);
            } else {
                for (place, out) in out.chunks_exact_mut(width).enumerate() {
                    let column = weight[place / taps * channel + place % taps..].iter().step_by(row);
                    out[..rows].iter_mut().zip(column).for_each(|(out, &w)| *out = w);
                }
            }
        });
        let (group, channel) = (panels * panel, taps * width);
        Self { in_place: weight, packed: Some(packed), group, row: 1, panel, width, channel, tap: width }
    }

    /// The weights of one group.
    pub(super) fn group(&self, group: usize) -> &[T] {
        &self.packed.as_deref().unwrap_or(self.in_place)[group * self.group..]
    }
}

/// Numbers that are turned together.
const TOGETHER: usize = 8;

/// Channels from one whose weights are asked for to the one that is being laid out.
const AHEAD: usize = 2;

/// Whether so many weights side by side are enough for [`turn`].
pub(super) fn turns(taps: usize) -> bool {
    taps >= TOGETHER
}

dispatch! {
    /// Lays out a panel of `size = [rows, channels, taps]` weights, whose taps stand side by side and whose rows and
    /// channels are so far apart: that of a tap goes to `out[(channel * taps + tap) * width + row]`. Places past the last
    /// row are filled with anything.
    #[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
    pub(super) fn turn<I: Isa, T: Scalar>(
        weight: &[T],
        size: [usize; 3],
        distances: [usize; 2],
        width: usize,
        out: &mut [T],
    ) {
        let (lanes, [rows, channels, taps]) = (I::V::<T>::LANES, size);
        assert!(rows > 0 && channels > 0 && rows <= width && turns(taps) && out.len() == channels * taps * width);
        assert!((rows - 1) * distances[0] + (channels - 1) * distances[1] + taps <= weight.len());
        let line = 64 / size_of::<T>();
        for c in 0..channels {
            if distances[0] == taps {
                // The next channels' weights may lie pages away, which no processor foresees.
                let ahead = weight.as_ptr().wrapping_add((c + AHEAD) * distances[1]);
                for at in (0..rows * taps).step_by(line) {
                    prefetch(ahead.wrapping_add(at));
                }
            }
            // What the last vector of a row writes past the width is overwritten by the first of the next.
            for left in (0..width).step_by(lanes).rev() {
                let mut places = [0; MOST_LANES];
                for l in 0..lanes {
                    places[l] = c * distances[1] + (left + l).min(rows - 1) * distances[0];
                }
                for from in (0..taps).step_by(TOGETHER) {
                    let from = from.min(taps - TOGETHER);
                    // SAFETY: of each row that exists, `TOGETHER` of its taps are read; of `out` no more is written
                    // than there is.
                    unsafe {
                        let columns = I::V::<T>::columns::<TOGETHER>(weight.as_ptr().add(from), &places[..lanes]);
                        for j in 0..TOGETHER {
                            let at = (c * taps + from + j) * width + left;
                            let to = out.as_mut_ptr().add(at);
                            if at + lanes <= out.len() {
                                columns[j].store(to);
                            } else {
                                columns[j].store_first(to, out.len() - at);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::turn;

    #[test]
    fn every_weight_is_in_its_place() {
        for [rows, channels, taps, width] in [[14, 3, 9, 14], [5, 2, 9, 6], [1, 1, 8, 14], [8, 4, 25, 8], [3, 1, 40, 5]]
        {
            for distances in [[taps, rows * taps], [channels * taps, taps]] {
                let weight: Vec<f32> = (0..rows * channels * taps).map(|i| i as f32).collect();
                let mut out = vec![-1.0; channels * taps * width];
                turn(&weight, [rows, channels, taps], distances, width, &mut out);
                for (place, out) in out.chunks_exact(width).enumerate() {
                    for (row, &x) in out[..rows].iter().enumerate() {
                        let expected = row * distances[0] + place / taps * distances[1] + place % taps;
                        assert_eq!(x, expected as f32, "row {row} of place {place} of {rows}×{channels}×{taps}");
                    }
                }
            }
        }
    }
}
