//! Forward pass and input gradient: F(4×4, 3×3), and F(2×2, 5×5).
//!
//! A block of tiles at a time goes through three steps on one thread: patches are transformed to panels of the
//! micro-kernel's right operand, tiles in the lanes; for each of the 36 points a product with the transformed filters;
//! the sums are transformed back and written.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::filters::Filters;
use super::stage::{Folded, Planes, Stage};
use super::transform::{Data, Map, Output, SIDE};
use super::{POINTS, SKEW, Tiles, Window, step};
use crate::conv2d::geometry::Correlation;
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::tile::{Finish, Sweep, TileSize, sweep_even, tile_size};
use crate::gemm::{Activation, Bias, Epilogue};
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch, par};

/// Bytes of transformed patches that a block of tiles should have at most.
const PATCH_BYTES: usize = 320 << 10;

/// Bytes of sums that are transformed back together.
const SUM_BYTES: usize = 128 << 10;

/// Channels that are added up in one go: longer sums would lose more to rounding than the transforms do, with 256
/// channels twice as much in all.
const SUMMED: usize = 32;

const _: () = assert!(SUMMED <= DEPTH);

/// The side of the larger tile.
const MOST_STEP: usize = 4;

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
    let block = fit.clamp(FEWEST, MOST).next_multiple_of(tile.columns());
    let blocks = tiles.count().div_ceil(block);
    let wanted = c.rows.div_ceil(TASKS.div_ceil(blocks * c.groups));
    let filters = Filters::new(c, weight, &window, SUM_BYTES / (POINTS * block * size_of::<T>()));
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
        stage.clear(&mut room);
        for channel in 0..c.channels {
            let plane = (group * c.channels + channel) * c.source_plane();
            stage.fill(&self.source[plane..], c.source_plane(), &mut room);
            let first = patches[channel * width..].as_mut_ptr();
            // SAFETY: the panels have room for all tiles of all channels.
            unsafe { stage.fold::<T, Data>(&room, &places, Folded { first, step, pair: panel, single: lanes }) };
        }
        let spots = self.spots(block);
        let unfold = if self.tiles.step == MOST_STEP { unfold::<T, Output<4>> } else { unfold::<T, Output<2>> };
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
                    self.multiply(&filters[point * self.filters.point..], &patches[point * step..], here, even, out);
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
    unsafe fn multiply(&self, filters: &[T], patches: &[T], rows: usize, columns: usize, out: *mut T) {
        let (c, f, lanes, width) = (self.c, self.filters, self.tile.lanes, self.tile.columns());
        for from in (0..c.channels).step_by(SUMMED) {
            for left in (0..columns).step_by(width) {
                let b = patches[left * c.channels + from * width..].as_ptr();
                let c_at = out.wrapping_add(left);
                let job = Sweep {
                    a: filters[from * f.width..].as_ptr(),
                    a_row: 1,
                    a_panel: f.panel,
                    rows,
                    width: f.width,
                    depth: SUMMED.min(c.channels - from),
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

    /// Where the outputs of tiles go.
    fn spots(&self, block: Range<usize>) -> Spots {
        let (c, t) = (self.c, &self.tiles);
        let mut spots = Spots { at: vec![], size: vec![], whole: vec![] };
        for tile in block {
            let (image, row, column) = (tile / t.of_image(), tile % t.of_image() / t.across, tile % t.across);
            let (y, x) = (row * t.step, column * t.step);
            spots.at.push(image * c.groups * c.rows * c.out_plane() + y * c.axes[1].out + x);
            spots.size.push([t.step.min(c.axes[0].out - y), t.step.min(c.axes[1].out - x)]);
        }
        let lanes = self.tile.lanes;
        let whole = |size: &[[usize; 2]]| size.len() == lanes && size.iter().all(|&size| size == [t.step; 2]);
        spots.whole = spots.size.chunks(lanes).map(whole).collect();
        spots
    }
}

/// Where the outputs of each tile go in the first output channel, and how many rows and columns of them exist.
struct Spots {
    at: Vec<usize>,
    size: Vec<[usize; 2]>,
    /// Of each vector of tiles, whether it is full and all of its outputs exist.
    whole: Vec<bool>,
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
    #[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
    fn unfold<I: Isa, T: Scalar, M: Map>(
        sums: &[T],
        step: usize,
        spots: &Spots,
        finish: Unfold<T>,
        out: *mut T,
    ) {
        let lanes = I::V::<T>::LANES;
        assert!(sums.len() >= (POINTS - 1) * step + spots.at.len().next_multiple_of(lanes));
        let mut tiles = MaybeUninit::<[T; MOST_STEP * MOST_STEP * MOST_LANES]>::uninit();
        let tiles = tiles.as_mut_ptr().cast::<T>();
        let mut own = [0; MOST_LANES];
        for l in 0..lanes {
            own[l] = l * M::OUT * M::OUT;
        }
        for (group, (at, size)) in spots.at.chunks(lanes).zip(spots.size.chunks(lanes)).enumerate() {
            let whole = spots.whole[group];
            // SAFETY: whole vectors of sums were asserted, the buffer has room for the longest ones, and of the
            // outputs only those are touched that exist.
            unsafe {
                let zero = I::V::<T>::splat(T::ZERO);
                let mut half = [[zero; SIDE]; SIDE];
                for j in 0..SIDE {
                    let mut x = [zero; SIDE];
                    for i in 0..SIDE {
                        x[i] = I::V::<T>::load(sums.as_ptr().add((i * SIDE + j) * step + group * lanes));
                    }
                    half[j] = M::apply::<I::V<T>, T>(x);
                }
                let bias = I::V::<T>::splat(finish.bias);
                let in_place = whole && M::OUT == MOST_STEP;
                let mut four = [zero; MOST_STEP];
                for i in 0..M::OUT {
                    let mut x = [zero; SIDE];
                    for j in 0..SIDE {
                        x[j] = half[j][i];
                    }
                    let x = M::apply::<I::V<T>, T>(x);
                    for j in 0..M::OUT {
                        let y = x[j].add(bias);
                        four[(i * M::OUT + j) % MOST_STEP] = if finish.relu { y.relu() } else { y };
                    }
                    // A row of a large tile, or both of a small one.
                    if !((i + 1) * M::OUT).is_multiple_of(MOST_STEP) {
                        continue;
                    }
                    if !in_place {
                        I::V::<T>::rows::<false>(four, tiles.add(i * M::OUT / MOST_STEP * MOST_STEP), &own[..lanes]);
                    } else if finish.accumulate {
                        I::V::<T>::rows::<true>(four, out.add(i * finish.width), at);
                    } else {
                        I::V::<T>::rows::<false>(four, out.add(i * finish.width), at);
                    }
                }
                if in_place {
                    continue;
                }
                for (l, (&at, &[rows, columns])) in at.iter().zip(size).enumerate() {
                    for i in 0..M::OUT {
                        for j in 0..M::OUT {
                            if whole || i < rows && j < columns {
                                let to = out.add(at + i * finish.width + j);
                                let x = *tiles.add((l * M::OUT + i) * M::OUT + j);
                                *to = if finish.accumulate { *to + x } else { x };
                            }
                        }
                    }
                }
            }
        }
    }
}
