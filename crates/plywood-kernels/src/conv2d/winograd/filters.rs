//! The filters, transformed and laid out as the left operands of the products.

use std::mem::MaybeUninit;

use super::transform::{Filter, Map, square};
use super::{MOST_TAPS, POINTS, SKEW, Window};
use crate::conv2d::geometry::Correlation;
use crate::gemm::tile::tile_size;
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch, par};

/// Channels that are transformed together where filters are transformed as they are used.
const TOGETHER: usize = 64;

/// The transformed filters, in blocks `[point][panel][channel][row of the panel]`.
pub(super) struct Filters<'a, T> {
    c: &'a Correlation,
    weight: &'a [T],
    /// Where each tap of the kernel is in the window.
    taps: Vec<usize>,
    /// All blocks, unless each is used once: then it is made by whoever uses it, and doesn't leave the cache.
    all: Option<Scratch<T>>,
    /// Output channels a panel, and a block.
    pub(super) width: usize,
    pub(super) rows: usize,
    /// Channels a block.
    pub(super) depth: usize,
    /// Elements from one panel, one point, and one block to the next.
    pub(super) panel: usize,
    pub(super) point: usize,
    block: usize,
}

impl<'a, T: Scalar> Filters<'a, T> {
    /// The filters in blocks of about so many output channels, transformed unless each is used once.
    pub(super) fn new(c: &'a Correlation, weight: &'a [T], window: &Window, rows: usize, once: bool) -> Self {
        let width = tile_size(T::ZERO).panel(c.rows, usize::MAX);
        let rows = ((rows / width).max(1) * width).min(c.rows.next_multiple_of(width));
        let depth = if once { c.channels.min(TOGETHER) } else { c.channels };
        let panel = depth * width;
        let point = rows / width * panel + SKEW;
        let side = window.taps;
        let along = |axis: usize, i: usize| if window.flip[axis] { side - 1 - i } else { i };
        let taps = (0..side * side).map(|i| along(0, i / side) * side + along(1, i % side)).collect();
        let mut filters = Self { c, weight, taps, all: None, width, rows, depth, panel, point, block: POINTS * point };
        if !once {
            let blocks = c.rows.div_ceil(rows);
            let mut all = Scratch::take(c.groups * blocks * filters.block);
            par::chunks_mut(&mut all, filters.block, 2, |i, out| {
                filters.transform(i / blocks, i % blocks * rows, 0, out);
            });
            filters.all = Some(all);
        }
        filters
    }

    /// Room for a block, where one is needed.
    pub(super) fn room(&self) -> Scratch<T> {
        Scratch::take(if self.all.is_some() { 0 } else { self.block })
    }

    /// The block that begins with an output channel `top` of a group and channel `from`.
    pub(super) fn get<'b>(&'b self, group: usize, top: usize, from: usize, room: &'b mut [T]) -> &'b [T] {
        if let Some(all) = &self.all {
            return &all[(group * self.c.rows.div_ceil(self.rows) + top / self.rows) * self.block..][..self.block];
        }
        self.transform(group, top, from, room);
        room
    }

    fn transform(&self, group: usize, top: usize, from: usize, out: &mut [T]) {
        let c = self.c;
        let end = c.rows.min(top + self.rows);
        let fold = if self.taps.len() == 9 { fold_filters::<T, Filter<3>> } else { fold_filters::<T, Filter<5>> };
        for (i, top) in (top..end).step_by(self.width).enumerate() {
            let weight = &self.weight[group * c.weight_group + top * c.weight_row + from * c.weight_channel..];
            let size = [self.width.min(end - top), self.depth.min(c.channels - from)];
            let distances = [c.weight_row, c.weight_channel];
            fold(weight, size, distances, &self.taps, &mut out[i * self.panel..], self.width, self.point);
        }
    }
}

/// Taps that are read at once.
const READ: usize = 8;

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
        let count = taps.len();
        let [rows, channels] = size;
        assert!(out.len() >= (POINTS - 1) * step + channels * width + lanes);
        assert!(weight.len() >= (rows - 1) * distances[0] + (channels - 1) * distances[1] + count && count > READ);
        let mut square_of = MaybeUninit::<[T; MOST_TAPS * MOST_TAPS * MOST_LANES]>::uninit();
        let square_of = square_of.as_mut_ptr().cast::<T>();
        let mut places = vec![0; rows.next_multiple_of(lanes)];
        for (row, place) in places.iter_mut().enumerate() {
            // Lanes without a row do as the last one does.
            *place = row.min(rows - 1) * distances[0];
        }
        for c in 0..channels {
            for left in (0..rows).step_by(lanes) {
                let out = out[c * width + left..].as_mut_ptr();
                // SAFETY: of the weights the last filter's end was asserted; the square holds as many vectors as taps,
                // and of `out` whole vectors were asserted. What they spill over the next channel is overwritten by it.
                unsafe {
                    let filter = weight.as_ptr().add(c * distances[1]);
                    let mut first = 0;
                    while first < count {
                        // The last eight overlap those before.
                        first = first.min(count - READ);
                        let vectors = I::V::<T>::columns::<READ>(filter.add(first), &places[left..][..lanes]);
                        for i in 0..READ {
                            vectors[i].store(square_of.add(taps[first + i] * lanes));
                        }
                        first += READ;
                    }
                    square::<M, I::V<T>, T>(square_of, M::IN * lanes, lanes, out, step);
                }
            }
        }
    }
}
