//! The filters, transformed once a pass and laid out as the left operands of the products.

use super::transform::{Filter, Map, square};
use super::{MOST_TAPS, POINTS, SKEW, Window};
use crate::conv2d::geometry::Correlation;
use crate::gemm::tile::tile_size;
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch, par};

/// The transformed filters, `[group][block of output channels][point][panel][channel][row of the panel]`.
pub(super) struct Filters<T> {
    pub(super) data: Scratch<T>,
    /// Output channels a panel, and a block.
    pub(super) width: usize,
    pub(super) rows: usize,
    /// Elements from one panel, one point, one block, and one group to the next.
    pub(super) panel: usize,
    pub(super) point: usize,
    pub(super) block: usize,
    pub(super) group: usize,
}

impl<T: Scalar> Filters<T> {
    /// Transforms the filters, for blocks of about so many output channels.
    pub(super) fn new(c: &Correlation, weight: &[T], window: &Window, rows: usize) -> Self {
        let width = tile_size(T::ZERO).panel(c.rows, usize::MAX);
        let rows = ((rows / width).max(1) * width).min(c.rows.next_multiple_of(width));
        let (panel, blocks) = (c.channels * width, c.rows.div_ceil(rows));
        let point = rows / width * panel + SKEW;
        let block = POINTS * point;
        let mut data = Scratch::take(c.groups * blocks * block);
        let side = window.taps;
        let along = |axis: usize, i: usize| if window.flip[axis] { side - 1 - i } else { i };
        let taps: Vec<usize> =
            (0..side * side).map(|i| along(0, i / side) * c.kernel_width + along(1, i % side)).collect();
        let fold = if side == 3 { fold_filters::<T, Filter<3>> } else { fold_filters::<T, Filter<5>> };
        par::chunks_mut(&mut data, block, 2, |i, out| {
            let (group, top) = (i / blocks, i % blocks * rows);
            let end = c.rows.min(top + rows);
            for (i, top) in (top..end).step_by(width).enumerate() {
                let weight = &weight[group * c.weight_group + top * c.weight_row..];
                let here = width.min(end - top);
                let distances = [c.weight_row, c.weight_channel];
                fold(weight, [here, c.channels], distances, &taps, &mut out[i * panel..], width, point);
            }
        });
        Self { data, width, rows, panel, point, block, group: blocks * block }
    }
}

dispatch! {
    /// Transforms the filters of `[rows, channels]`, which are as far apart as `distances` say; element `e` of channel `c`
    /// and row `r` goes to `out[e * step + c * width + r]`. Whole vectors are written, past the last row too.
    fn fold_filters<I: Isa, T: Scalar, M: Map>(
        weight: &[T],
        size: [usize; 2],
        distances: [usize; 2],
        taps: &[usize],
        out: &mut [T],
        width: usize,
        step: usize,
    ) {
        let lanes = I::V::<T>::LANES;
        assert!(out.len() >= (POINTS - 1) * step + size[1] * width + lanes);
        let mut square_of = [T::ZERO; MOST_TAPS * MOST_TAPS * MOST_LANES];
        for c in 0..size[1] {
            for left in (0..size[0]).step_by(lanes) {
                for l in 0..lanes {
                    // Lanes without a row do as the last one does.
                    let filter = &weight[(left + l).min(size[0] - 1) * distances[0] + c * distances[1]..];
                    for (i, &tap) in taps.iter().enumerate() {
                        square_of[i * lanes + l] = filter[tap];
                    }
                }
                let out = out[c * width + left..].as_mut_ptr();
                // SAFETY: the square holds as many vectors as taps, and of `out` whole vectors were asserted. What they
                // spill over the next channel is overwritten by it.
                unsafe { square::<M, I::V<T>, T>(square_of.as_ptr(), M::IN * lanes, lanes, out, step) };
            }
        }
    }
}
