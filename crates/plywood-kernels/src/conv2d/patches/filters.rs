//! The left operand of a correlation: output channels are lanes, the weights of a phase's taps the depth.

use std::ops::Range;

use super::{MOST_WIDTH, Patches};
use crate::Scalar;
use crate::gemm::Pack;
use crate::gemm::pack::{turn, turns};

pub(super) struct Filters<'a, T> {
    pub(super) patches: Patches<'a, T>,
    pub(super) weight: &'a [T],
}

/// Taps of the largest kernel that is laid out whole for a few of its taps.
const MOST_TAPS: usize = 25;

impl<T: Scalar> Filters<'_, T> {
    /// One source channel's weights, those of some taps.
    fn some_taps(&self, lanes: &Range<usize>, channel: usize, taps: Range<usize>, room: &mut [T], out: &mut [T]) {
        let c = self.patches.c;
        let (width, kernel) = (out.len() / taps.len(), c.weight_row.min(c.weight_channel));
        let weight = &self.weight[channel * c.weight_channel + lanes.start * c.weight_row..];
        if turns(kernel) && kernel <= MOST_TAPS {
            let room = &mut room[..kernel * width];
            turn(weight, [lanes.len(), 1, kernel], [c.weight_row, c.weight_channel], width, room);
            for (tap, out) in taps.zip(out.chunks_exact_mut(width)) {
                out.copy_from_slice(&room[self.patches.tap(tap).0 * width..][..width]);
            }
            return;
        }
        for (tap, out) in taps.zip(out.chunks_exact_mut(width)) {
            let column = weight[self.patches.tap(tap).0..].iter().step_by(c.weight_row);
            out[..lanes.len()].iter_mut().zip(column).for_each(|(out, &w)| *out = w);
        }
    }
}

impl<T: Scalar> Pack<T> for Filters<'_, T> {
    fn lanes(&self) -> usize {
        self.patches.c.rows
    }

    fn depth(&self) -> usize {
        self.patches.depth()
    }

    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        let (c, taps) = (self.patches.c, self.patches.taps());
        // All taps of the kernel in their order, so that a row's and channel's weights stand side by side.
        let whole = taps == c.weight_row.min(c.weight_channel) && turns(taps);
        let mut room = [T::ZERO; MOST_TAPS * MOST_WIDTH];
        let mut from = depth.start;
        while from < depth.end {
            let (channel, tap) = (from / taps, from % taps);
            let out = &mut out[(from - depth.start) * width..];
            if whole && tap == 0 && depth.end - from >= taps {
                let channels = (depth.end - from) / taps;
                let first = channel * c.weight_channel + lanes.start * c.weight_row;
                let distances = [c.weight_row, c.weight_channel];
                let out = &mut out[..channels * taps * width];
                turn(&self.weight[first..], [lanes.len(), channels, taps], distances, width, out);
                from += channels * taps;
            } else {
                let here = (taps - tap).min(depth.end - from);
                self.some_taps(&lanes, channel, tap..tap + here, &mut room, &mut out[..here * width]);
                from += here;
            }
        }
        if lanes.len() < width {
            out.chunks_exact_mut(width).for_each(|out| out[lanes.len()..].fill(T::ZERO));
        }
    }
}
