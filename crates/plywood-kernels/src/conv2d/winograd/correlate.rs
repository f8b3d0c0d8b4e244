//! Forward pass and input gradient: F(4×4, 3×3).
//!
//! A block of tiles at a time goes through three steps on one thread: patches are transformed to panels of the
//! micro-kernel's right operand, tiles in the lanes; for each of the 36 points a product with the transformed filters;
//! the sums are transformed back and written.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::filters::Filters;
use super::stage::{Folded, MOST_LANES, Planes, Stage};
use super::transform::{Data, Output, square};
use super::{POINTS, SKEW, STEP, Tiles, first_tap};
use crate::conv2d::geometry::Correlation;
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::tile::{Finish, Step, Sweep, TileSize, sweep, tile_size};
use crate::gemm::{Activation, Bias, Epilogue};
use crate::scratch::Scratch;
use crate::simd::Vector;
use crate::{Scalar, dispatch, par};

/// Bytes of transformed patches that a block of tiles should have at most.
const PATCH_BYTES: usize = 320 << 10;

/// Bytes of sums that are transformed back together.
const SUM_BYTES: usize = 128 << 10;

/// Channels that are added up in one go: longer sums would lose more to rounding than the transforms do, with 256
/// channels twice as much in all.
const SUMMED: usize = 32;

const _: () = assert!(SUMMED <= DEPTH);

/// Tiles of a block, at least and at most.
const FEWEST: usize = 32;
const MOST: usize = 128;

/// Tasks that there should be, if there is enough to do.
const TASKS: usize = 8;

/// Computes the correlation of `source [n, groups · channels, h, w]` and `weight`, which [`super::can`] has approved.
pub(in crate::conv2d) fn correlate<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    let tile = tile_size(T::ZERO);
    let [(top, flip_y), (left, flip_x)] = [0, 1].map(|a| first_tap(&c.axes[a]).expect("three neighbouring taps"));
    let [height, width] = [0, 1].map(|a| c.axes[a].source);
    let planes = Planes { top, left, height, width, image: c.groups * c.channels * height * width, side: STEP + 2 };
    let [down, across] = [0, 1].map(|a| c.axes[a].out.div_ceil(STEP));
    let tiles = Tiles { images: c.images, down, across };
    let fit = PATCH_BYTES / (POINTS * c.channels * size_of::<T>());
    let block = fit.clamp(FEWEST, MOST).next_multiple_of(tile.columns());
    let blocks = tiles.count().div_ceil(block);
    let wanted = c.rows.div_ceil(TASKS.div_ceil(blocks * c.groups));
    let filters = Filters::new(c, weight, [flip_y, flip_x], SUM_BYTES / (POINTS * block * size_of::<T>()));
    let rows = wanted.next_multiple_of(filters.rows);
    let parts = c.rows.div_ceil(rows);
    let tasks = blocks * c.groups * parts;
    let job = Job { c, tile, tiles, planes, filters: &filters, source, epilogue, out: place(out) };
    let cost = c.macs() * c.images / tasks / 32;
    par::for_each(tasks, cost, |i| {
        let (first, group, top) = (i / parts / c.groups * block, i / parts % c.groups, i % parts * rows);
        // SAFETY: tasks write different tiles or output channels.
        unsafe { job.run(first..tiles.count().min(first + block), group, top..c.rows.min(top + rows)) };
    });
}

fn place<T>(out: &mut [T]) -> Place<T> {
    Place { data: out.as_mut_ptr(), row_stride: 0 }
}

/// What all tasks share.
struct Job<'a, T> {
    c: &'a Correlation,
    tile: TileSize,
    tiles: Tiles,
    planes: Planes,
    filters: &'a Filters<T>,
    source: &'a [T],
    epilogue: &'a Epilogue<'a, T>,
    out: Place<T>,
}

impl<T: Scalar> Job<'_, T> {
    /// A block of tiles for some output channels of a group.
    ///
    /// # Safety
    /// `out` is good for all of the correlation's outputs, and no one else touches these meanwhile.
    unsafe fn run(&self, block: Range<usize>, group: usize, rows: Range<usize>) {
        let (c, tile) = (self.c, self.tile);
        let (lanes, width) = (tile.lanes, tile.columns());
        let even = block.len().next_multiple_of(lanes);
        // Panels of the right operand, `[point][panel][channel][column]`.
        let (panels, panel) = (even.div_ceil(width), c.channels * width);
        let step = panels * panel + SKEW;
        let mut patches = Scratch::<T>::take(POINTS * step);
        let stage = Stage::new(&self.tiles, &self.planes, block.clone());
        let places = stage.by_tiles(lanes);
        let mut room = Scratch::take(stage.len());
        room.fill(T::ZERO);
        for channel in 0..c.channels {
            let plane = (group * c.channels + channel) * c.source_plane();
            stage.fill(&self.source[plane..], &mut room);
            let first = patches[channel * width..].as_mut_ptr();
            // SAFETY: the panels have room for all tiles of all channels.
            unsafe { stage.fold::<T, Data>(&room, &places, Folded { first, step, pair: panel, single: lanes }) };
        }
        let steps: Vec<Step> =
            (0..SUMMED.min(c.channels)).map(|p| [p * self.filters.width, p * width].map(|at| at as u32)).collect();
        let spots = self.spots(block);
        let together = self.filters.rows;
        let sum = together.min(rows.len()) * even + SKEW;
        let mut sums = Scratch::<T>::take(POINTS * sum);
        for top in rows.clone().step_by(together) {
            let here = together.min(rows.end - top);
            let filters = &self.filters.data[group * self.filters.group + top / together * self.filters.block..];
            for point in 0..POINTS {
                let out = sums[point * sum..].as_mut_ptr();
                // SAFETY: the sums have room for these rows of all tiles.
                unsafe {
                    self.multiply(
                        &filters[point * self.filters.point..],
                        &patches[point * step..],
                        &steps,
                        here,
                        even,
                        out,
                    );
                }
            }
            for r in 0..here {
                let row = group * c.rows + top + r;
                let finish = Unfold {
                    bias: if let Bias::PerRow(bias) = self.epilogue.bias { bias[row] } else { T::ZERO },
                    accumulate: self.epilogue.accumulate,
                    relu: self.epilogue.activation == Activation::Relu,
                    width: c.axes[1].out,
                };
                let out = self.out.at(row * c.out_plane());
                unfold(&sums[r * even..], sum, &spots, finish, out);
            }
        }
    }

    /// One point's product: `rows` output channels by `columns` tiles.
    ///
    /// # Safety
    /// `out` is good for the sums.
    unsafe fn multiply(&self, filters: &[T], patches: &[T], steps: &[Step], rows: usize, columns: usize, out: *mut T) {
        let (c, f, lanes, width) = (self.c, self.filters, self.tile.lanes, self.tile.columns());
        for from in (0..c.channels).step_by(SUMMED) {
            for left in (0..columns).step_by(width) {
                let b = patches[left * c.channels + from * width..].as_ptr();
                let c_at = out.wrapping_add(left);
                sweep(&Sweep {
                    a: filters[from * f.width..].as_ptr(),
                    a_row: 1,
                    a_panel: f.panel,
                    rows,
                    width: f.width,
                    depth: SUMMED.min(c.channels - from),
                    steps: steps.as_ptr(),
                    b: [b, b.wrapping_add(lanes)],
                    c: [c_at, c_at.wrapping_add(lanes)],
                    c_row: columns,
                    columns: [lanes, if columns - left > lanes { lanes } else { 0 }],
                    finish: Finish {
                        accumulate: from > 0,
                        relu: false,
                        row_bias: std::ptr::null(),
                        column_bias: [std::ptr::null(); 2],
                    },
                });
            }
        }
    }

    /// Where the outputs of tiles go.
    fn spots(&self, block: Range<usize>) -> Vec<Spot> {
        let (c, t) = (self.c, &self.tiles);
        let spot = |tile: usize| {
            let (image, row, column) = (tile / t.of_image(), tile % t.of_image() / t.across, tile % t.across);
            let (y, x) = (row * STEP, column * STEP);
            Spot {
                at: image * c.groups * c.rows * c.out_plane() + y * c.axes[1].out + x,
                rows: STEP.min(c.axes[0].out - y),
                columns: STEP.min(c.axes[1].out - x),
            }
        };
        block.map(spot).collect()
    }
}

/// Where the outputs of a tile go in the first output channel, and how many rows and columns of them exist.
#[derive(Clone, Copy)]
struct Spot {
    at: usize,
    rows: usize,
    columns: usize,
}

/// What becomes of the sums of an output channel; no caller asks for an addition after a ReLU.
#[derive(Clone, Copy)]
struct Unfold<T> {
    bias: T,
    accumulate: bool,
    relu: bool,
    /// Elements from one row of outputs to the next.
    width: usize,
}

dispatch! {
    /// Transforms sums back, those of point `p` at `sums[p * step..]`, tiles in the lanes, and writes them to `spots`.
    ///
    /// The caller promises that `out` is good for the outputs at all spots.
    fn unfold<I: Isa, T: Scalar>(sums: &[T], step: usize, spots: &[Spot], finish: Unfold<T>, out: *mut T) {
        const OUTPUTS: usize = STEP * STEP;
        let lanes = I::V::<T>::LANES;
        assert!(sums.len() >= (POINTS - 1) * step + spots.len().next_multiple_of(lanes));
        let mut side_by_side = MaybeUninit::<[T; OUTPUTS * MOST_LANES]>::uninit();
        let mut turned = MaybeUninit::<[T; OUTPUTS * MOST_LANES]>::uninit();
        let (side_by_side, turned) = (side_by_side.as_mut_ptr().cast::<T>(), turned.as_mut_ptr().cast::<T>());
        for (group, spots) in spots.chunks(lanes).enumerate() {
            // SAFETY: whole vectors of sums were asserted, the buffers have room for the longest ones, and of the
            // outputs only those are touched that exist.
            unsafe {
                let sums = sums.as_ptr().add(group * lanes);
                square::<Output, I::V<T>, T>(sums, 6 * step, step, side_by_side, lanes);
                let bias = I::V::<T>::splat(finish.bias);
                for i in 0..OUTPUTS {
                    let at = side_by_side.add(i * lanes);
                    let x = I::V::<T>::load(at).add(bias);
                    if finish.relu { x.relu().store(at) } else { x.store(at) }
                }
                for i in (0..OUTPUTS).step_by(lanes) {
                    I::V::<T>::transpose(side_by_side.add(i * lanes), lanes, turned.add(i), OUTPUTS);
                }
                for (l, spot) in spots.iter().enumerate() {
                    for i in 0..spot.rows {
                        let from = turned.add(l * OUTPUTS + i * STEP);
                        let to = out.add(spot.at + i * finish.width);
                        if spot.columns == STEP && !finish.accumulate {
                            std::ptr::copy_nonoverlapping(from, to, STEP);
                            continue;
                        }
                        for j in 0..spot.columns {
                            let x = *from.add(j);
                            *to.add(j) = if finish.accumulate { *to.add(j) + x } else { x };
                        }
                    }
                }
            }
        }
    }
}
