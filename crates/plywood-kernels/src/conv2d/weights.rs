//! The weights as the left operand of a correlation: where they stand, or laid out in panels.

use super::geometry::Correlation;
use crate::gemm::pack::{turn, turns};
use crate::scratch::Scratch;
use crate::{Scalar, par};

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
