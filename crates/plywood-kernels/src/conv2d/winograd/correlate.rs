//! Forward pass and input gradient: F(4×4, 3×3), and F(2×2, 5×5).
//!
//! A block of tiles at a time goes through three steps: patches are transformed to panels of the micro-kernel's right operand,
//! tiles in the lanes; for each of the 36 points a product with the transformed filters; the sums are transformed back and
//! written. One thread does all of that, unless blocks are few: then all threads transform the patches first, and share out
//! the output channels.

use std::ops::Range;

use super::filters::Filters;
use super::stage::{Folded, Planes, Stage};
use super::transform::{Data, Output, SIDE};
use super::unfold::{self, Spots, unfold};
use super::{MOST_STEP, POINTS, SKEW, Tiles, Window, step};
use crate::conv2d::geometry::Correlation;
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::tile::{Finish, Sweep, TileSize, sweep_even, tile_size};
use crate::gemm::{Activation, Bias, Epilogue};
use crate::scratch::Scratch;
use crate::{Scalar, par};

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
    let window = Window::of(c).expect("neighbouring taps");
    let [height, width] = [0, 1].map(|a| c.axes[a].source);
    let image = c.groups * c.channels * height * width;
    let planes = Planes { top: window.top, left: window.left, height, width, image, side: SIDE };
    let tiles = Tiles::new(c.images, [0, 1].map(|a| c.axes[a].out), step(window.taps));
    let fit = PATCH_BYTES / (POINTS * c.channels * size_of::<T>());
    let block = fit.clamp(FEWEST, MOST).min(tiles.count()).next_multiple_of(tile.columns());
    let blocks = tiles.count().div_ceil(block);
    let wanted = c.rows.div_ceil(TASKS.div_ceil(blocks * c.groups));
    let filters = Filters::new(c, weight, &window, SUM_BYTES / (POINTS * block * size_of::<T>()), blocks == 1);
    let rows = wanted.next_multiple_of(filters.rows);
    let parts = c.rows.div_ceil(rows);
    let panel = c.channels * tile.columns();
    let step = block / tile.columns() * panel + SKEW;
    let job = Job { c, tile, tiles, planes, panel, step, filters: &filters, source, epilogue, out: place(out) };
    let tiles_of = |i: usize| i * block..tiles.count().min((i + 1) * block);
    // Of few blocks, each has many output channels' tasks, which share its patches.
    let shared = parts > 2;
    let mut patches = Scratch::<T>::take(if shared { blocks * c.groups * POINTS * step } else { 0 });
    if shared {
        let (first, channels) = (place(&mut patches), c.channels.div_ceil(TASKS));
        par::for_each(blocks * c.groups * TASKS, POINTS * block * channels / 8, |i| {
            let (at, from) = (i / TASKS, i % TASKS * channels);
            let channels = from.min(c.channels)..c.channels.min(from + channels);
            // SAFETY: tasks write different patches.
            unsafe { job.lay_out(tiles_of(at / c.groups), at % c.groups, channels, first.at(at * POINTS * step)) };
        });
    }
    let tasks = blocks * c.groups * parts;
    par::for_each(tasks, c.macs() * c.images / tasks / 32, |i| {
        let (at, top) = (i / parts, i % parts * rows);
        let (tiles, group) = (tiles_of(at / c.groups), at % c.groups);
        let mut own = Scratch::take(if shared { 0 } else { POINTS * step });
        if !shared {
            // SAFETY: there is room for all channels.
            unsafe { job.lay_out(tiles.clone(), group, 0..c.channels, own.as_mut_ptr()) };
        }
        let patches = if shared { &patches[at * POINTS * step..][..POINTS * step] } else { &own[..] };
        // SAFETY: tasks write different tiles or output channels.
        unsafe { job.run(patches, tiles, group, top..c.rows.min(top + rows)) };
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
    /// Elements of a panel of patches, and of a point's panels.
    panel: usize,
    step: usize,
    filters: &'a Filters<'a, T>,
    source: &'a [T],
    epilogue: &'a Epilogue<'a, T>,
    out: Place<T>,
}

impl<T: Scalar> Job<'_, T> {
    /// Transforms the patches of a block of tiles in some channels of a group, as panels of the right operand,
    /// `[point][panel][channel][column]`.
    ///
    /// # Safety
    /// `patches` is good for those of all channels, and no one else touches these ones meanwhile.
    unsafe fn lay_out(&self, block: Range<usize>, group: usize, channels: Range<usize>, patches: *mut T) {
        let (c, lanes, width) = (self.c, self.tile.lanes, self.tile.columns());
        let stage = Stage::new(&self.tiles, &self.planes, block);
        let places = stage.by_tiles(lanes);
        let mut room = Scratch::take(stage.len());
        stage.clear(&mut room);
        for channel in channels {
            let plane = (group * c.channels + channel) * c.source_plane();
            stage.fill(&self.source[plane..], c.source_plane(), &mut room);
            // SAFETY: by the caller's promise.
            unsafe {
                let first = patches.add(channel * width);
                let to = Folded { first, step: self.step, pair: self.panel, single: lanes };
                stage.fold::<T, Data>(&room, &places, to);
            }
        }
    }

    /// A block of tiles for some output channels of a group.
    ///
    /// # Safety
    /// `out` is good for all of the correlation's outputs, and no one else touches these meanwhile.
    unsafe fn run(&self, patches: &[T], block: Range<usize>, group: usize, rows: Range<usize>) {
        let (c, f) = (self.c, self.filters);
        let even = block.len().next_multiple_of(self.tile.lanes);
        let spots = Spots::new(c, &self.tiles, block, self.tile.lanes);
        let unfold = if self.tiles.step == MOST_STEP { unfold::<T, Output<4>> } else { unfold::<T, Output<2>> };
        let sum = f.rows.min(rows.len()) * even + SKEW;
        let mut sums = Scratch::<T>::take(POINTS * sum);
        let mut room = f.room();
        for top in rows.clone().step_by(f.rows) {
            let here = f.rows.min(rows.end - top);
            for from in (0..c.channels).step_by(f.depth) {
                let filters = f.get(group, top, from, &mut room);
                for point in 0..POINTS {
                    let out = sums[point * sum..].as_mut_ptr();
                    // SAFETY: the sums have room for these rows of all tiles.
                    unsafe {
                        let (filters, patches) = (&filters[point * f.point..], &patches[point * self.step..]);
                        self.multiply(filters, patches, from, [here, even], out);
                    }
                }
            }
            for r in 0..here {
                let row = group * c.rows + top + r;
                let finish = unfold::Finish {
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

    /// One point's product for a block of filters, whose channels begin at `first`: `rows` output channels by `columns`
    /// tiles.
    ///
    /// # Safety
    /// `out` is good for the sums.
    unsafe fn multiply(&self, filters: &[T], patches: &[T], first: usize, [rows, columns]: [usize; 2], out: *mut T) {
        let (c, f, lanes, width) = (self.c, self.filters, self.tile.lanes, self.tile.columns());
        let end = c.channels.min(first + f.depth);
        for from in (first..end).step_by(SUMMED) {
            for left in (0..columns).step_by(width) {
                let b = patches[left * c.channels + from * width..].as_ptr();
                let c_at = out.wrapping_add(left);
                let job = Sweep {
                    a: filters[(from - first) * f.width..].as_ptr(),
                    a_row: 1,
                    a_panel: f.panel,
                    rows,
                    width: f.width,
                    depth: SUMMED.min(end - from),
                    steps: std::ptr::null(),
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
                };
                sweep_even(&job, [f.width, width]);
            }
        }
    }
}
