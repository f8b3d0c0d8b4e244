//! The weight gradient: F(3×3, 4×4) or F(5×5, 2×2), in which the output's gradient takes the place of the filter.
//!
//! Sums over tiles of transformed patches times transformed tiles of `dy`, `[c, tiles] · [tiles, o]` for each point, and
//! one transform at the end. A task adds up some tiles for a block of channels and of output channels; the sums of all
//! parts of the tiles are added in their order. Where there is one part, the task transforms its sums itself.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::stage::{Folded, Planes, Stage};
use super::transform::{Data, Gradient, Map, SIDE, Taps, square};
use super::{MOST_STEP, MOST_TAPS, POINTS, SKEW, Tiles, Window, step};
use crate::conv2d::Conv2dDims;
use crate::conv2d::geometry::Correlation;
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::tile::{Finish, Sweep, TileSize, sweep_even, tile_size};
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch, par};

/// Elements of all parts' sums together.
const MOST_SUMS: usize = 1 << 21;

/// Tasks that a pass is divided into.
const TASKS: usize = 16;

/// Channels, and output channels, of a task.
const CHANNELS: usize = 64;

/// Tiles that are transformed together.
const TOGETHER: usize = 64;

const _: () = assert!(TOGETHER <= DEPTH);

/// `dw [o, c / groups, k, k]` for `x [n, c, h, w]` and `dy [n, o, oh, ow]`.
pub(in crate::conv2d) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    let plan = Plan::new(d, tile_size(T::ZERO));
    let dw = Place { data: dw.as_mut_ptr(), row_stride: 0 };
    let blocks = d.groups * plan.blocks[0] * plan.blocks[1];
    let cost = d.macs() / (plan.parts * blocks) / 32;
    let range = |part: usize| part * plan.tiles_of_part..plan.tiles.count().min((part + 1) * plan.tiles_of_part);
    if plan.parts == 1 {
        return par::for_each(blocks, cost, |i| {
            let job = plan.job(i);
            let mut sums = Scratch::<T>::take(plan.sums);
            // SAFETY: tasks write the gradients of different filters.
            unsafe {
                job.run(x, dy, range(0), sums.as_mut_ptr());
                job.unfold(&sums, 0..job.outs.len(), accumulate, &dw);
            }
        });
    }
    let mut sums = Scratch::<T>::take(plan.parts * blocks * plan.sums);
    let first = Place { data: sums.as_mut_ptr(), row_stride: 0 };
    par::for_each(plan.parts * blocks, cost, |i| {
        // SAFETY: tasks write different sums.
        unsafe { plan.job(i % blocks).run(x, dy, range(i / blocks), first.at(i * plan.sums)) };
    });
    let columns = plan.tile.columns();
    let pieces = plan.block[1] / columns;
    par::for_each(blocks * pieces, plan.block[0] * columns * d.kh * d.kw * (plan.parts + 2), |i| {
        let job = plan.job(i / pieces);
        let outs = i % pieces * columns..job.outs.len().min((i % pieces + 1) * columns);
        if !outs.is_empty() {
            // SAFETY: tasks write the gradients of different filters.
            unsafe { job.unfold(&sums[i / pieces * plan.sums..], outs, accumulate, &dw) };
        }
    });
}

/// The division of the work.
struct Plan<'a> {
    d: &'a Conv2dDims,
    tile: TileSize,
    tiles: Tiles,
    data: Planes,
    gradient: Planes,
    /// Channels and output channels a group.
    channels: usize,
    outs: usize,
    /// Elements of a point of a block's sums `[point, c, o]`, and of all.
    point: usize,
    sums: usize,
    parts: usize,
    tiles_of_part: usize,
    /// Blocks of channels and of output channels, and how many of those make up a block.
    blocks: [usize; 2],
    block: [usize; 2],
}

impl<'a> Plan<'a> {
    fn new(d: &'a Conv2dDims, tile: TileSize) -> Self {
        let window = Window::of(&Correlation::forward(d)).expect("neighbouring taps");
        let tiles = Tiles::new(d.n, [d.oh, d.ow], step(window.taps));
        let image = d.c * d.h * d.w;
        let data = Planes { top: window.top, left: window.left, height: d.h, width: d.w, image, side: SIDE };
        let image = d.o * d.oh * d.ow;
        let gradient = Planes { top: 0, left: 0, height: d.oh, width: d.ow, image, side: tiles.step };
        let (channels, outs) = (d.c / d.groups, d.o / d.groups);
        let even = |all: usize, unit: usize| all.div_ceil(all.div_ceil(CHANNELS)).next_multiple_of(unit);
        let block = [even(channels, tile.panel(channels, outs)), even(outs, tile.columns())];
        let blocks = [channels.div_ceil(block[0]), outs.div_ceil(block[1])];
        let point = block[0] * block[1] + SKEW;
        let sums = POINTS * point;
        let all = blocks[0] * blocks[1] * d.groups;
        let parts = (MOST_SUMS / (all * sums)).clamp(1, TASKS.div_ceil(all));
        let tiles_of_part = tiles.count().div_ceil(parts).next_multiple_of(TOGETHER);
        let parts = tiles.count().div_ceil(tiles_of_part);
        Self { d, tile, tiles, data, gradient, channels, outs, point, sums, parts, tiles_of_part, blocks, block }
    }

    /// The job of a block, counted through all groups.
    fn job(&self, i: usize) -> Job<'_> {
        let [down, across] = self.blocks;
        let (group, block) = (i / (down * across), i % (down * across));
        let range = |i: usize, len: usize, end: usize| i * len..end.min((i + 1) * len);
        Job {
            plan: self,
            group,
            channels: range(block / across, self.block[0], self.channels),
            outs: range(block % across, self.block[1], self.outs),
        }
    }
}

/// A block of channels and output channels.
struct Job<'a> {
    plan: &'a Plan<'a>,
    group: usize,
    channels: Range<usize>,
    outs: Range<usize>,
}

impl Job<'_> {
    /// Transforms the sums of some of the output channels to gradients.
    ///
    /// # Safety
    /// `dw` is good for all filters, and no one else touches these meanwhile.
    unsafe fn unfold<T: Scalar>(&self, sums: &[T], outs: Range<usize>, accumulate: bool, dw: &Place<T>) {
        let (plan, d) = (self.plan, self.plan.d);
        let (filter, parts) = (d.kh * d.kw, d.groups * plan.blocks[0] * plan.blocks[1] * plan.sums);
        let first = self.group * plan.outs + self.outs.start + outs.start;
        let to = Filters {
            first: dw.at((first * plan.channels + self.channels.start) * filter),
            row: plan.channels * filter,
            outs: outs.len(),
            channels: self.channels.len(),
            accumulate,
        };
        let unfold = if d.kh == 3 { unfold::<T, Taps<3>> } else { unfold::<T, Taps<5>> };
        unfold(&sums[outs.start..], [plan.point, plan.block[1], parts], plan.parts, to);
    }

    /// Adds up some tiles.
    ///
    /// # Safety
    /// `sums` is good for the sums of the block, and no one else touches these meanwhile.
    unsafe fn run<T: Scalar>(&self, x: &[T], dy: &[T], tiles: Range<usize>, sums: *mut T) {
        let (plan, d) = (self.plan, self.plan.d);
        let (lanes, width) = (plan.tile.lanes, plan.tile.columns());
        // The left operand is `[tile][channel]`, the right one in panels, `[panel][tile][output channel]`.
        let (row, panel) = (self.channels.len().next_multiple_of(lanes) + SKEW, TOGETHER * width);
        let left = TOGETHER * row + SKEW;
        let right = self.outs.len().div_ceil(width) * panel + SKEW;
        let mut patches = Scratch::<T>::take(POINTS * left);
        let mut gradients = Scratch::<T>::take(POINTS * right);
        for from in tiles.clone().step_by(TOGETHER) {
            let block = from..tiles.end.min(from + TOGETHER);
            let x = &x[(self.group * plan.channels + self.channels.start) * d.h * d.w..];
            let dy = &dy[(self.group * plan.outs + self.outs.start) * d.oh * d.ow..];
            // SAFETY: both have room for as many tiles of all channels.
            unsafe {
                self.transform::<T, Data>(&plan.data, block.clone(), x, self.channels.len(), |v| Folded {
                    first: patches[v * lanes..].as_mut_ptr(),
                    step: left,
                    pair: 2 * row,
                    single: row,
                });
                let of_gradient = |v: usize| Folded {
                    first: gradients[v / 2 * panel + v % 2 * lanes..].as_mut_ptr(),
                    step: right,
                    pair: 2 * width,
                    single: width,
                };
                if plan.tiles.step == MOST_STEP {
                    self.transform::<T, Gradient<4>>(&plan.gradient, block.clone(), dy, self.outs.len(), of_gradient);
                } else {
                    self.transform::<T, Gradient<2>>(&plan.gradient, block.clone(), dy, self.outs.len(), of_gradient);
                }
            }
            for point in 0..POINTS {
                let (a, b) = (&patches[point * left..], &gradients[point * right..]);
                // SAFETY: as for this function.
                unsafe { self.multiply(a, row, b, block.len(), sums.add(point * plan.point), from > tiles.start) };
            }
        }
    }

    /// Transforms tiles, a vector of channels at a time; the `v`th goes to `out(v)`.
    ///
    /// # Safety
    /// There is room for all tiles.
    unsafe fn transform<T: Scalar, M: Map>(
        &self,
        planes: &Planes,
        tiles: Range<usize>,
        source: &[T],
        channels: usize,
        mut out: impl FnMut(usize) -> Folded<T>,
    ) {
        let (lanes, plane) = (self.plan.tile.lanes, planes.height * planes.width);
        let stage = Stage::new(&self.plan.tiles, planes, tiles);
        let places = stage.by_channels(lanes);
        let mut room = Scratch::take(lanes * stage.len());
        room.chunks_exact_mut(stage.len()).for_each(|room| stage.clear(room));
        for (v, first) in (0..channels).step_by(lanes).enumerate() {
            // Lanes without a channel keep what they had; no one asks for their sums.
            for (l, room) in room.chunks_exact_mut(stage.len()).enumerate().take(channels - first) {
                stage.fill(&source[(first + l) * plane..], plane, room);
            }
            // SAFETY: as for this function.
            unsafe { stage.fold::<T, M>(&room, &places, out(v)) };
        }
    }

    /// One point's product over `depth` tiles.
    ///
    /// # Safety
    /// `c` is good for the sums.
    unsafe fn multiply<T: Scalar>(&self, a: &[T], a_step: usize, b: &[T], depth: usize, c: *mut T, accumulate: bool) {
        let (lanes, width) = (self.plan.tile.lanes, self.plan.tile.columns());
        let (rows, columns) = (self.channels.len(), self.outs.len());
        let height = self.plan.tile.panel(rows, columns);
        for left in (0..columns).step_by(width) {
            let b = b[left * TOGETHER..].as_ptr();
            let c = c.wrapping_add(left);
            let job = Sweep {
                a: a.as_ptr(),
                a_row: 1,
                a_panel: height,
                rows,
                width: height,
                depth,
                steps: std::ptr::null(),
                b: [b, b.wrapping_add(lanes)],
                c: [c, c.wrapping_add(lanes)],
                c_row: self.plan.block[1],
                columns: [lanes, if columns - left > lanes { lanes } else { 0 }],
                finish: Finish {
                    accumulate,
                    relu: false,
                    row_bias: std::ptr::null(),
                    column_bias: [std::ptr::null(); 2],
                },
            };
            sweep_even(&job, [a_step, width]);
        }
    }
}

/// Where the gradients of filters go, each in one piece.
struct Filters<T> {
    first: *mut T,
    /// Elements from one output channel to the next.
    row: usize,
    outs: usize,
    channels: usize,
    accumulate: bool,
}

dispatch! {
    /// Adds up the parts' sums and transforms them to gradients. Sums are as far apart as `[point, channel, part]` say.
    ///
    /// The caller promises that `dw` is good for all of the filters.
    fn unfold<I: Isa, T: Scalar, M: Map>(sums: &[T], distance: [usize; 3], parts: usize, dw: Filters<T>) {
        let lanes = I::V::<T>::LANES;
        let [point, channel, part] = distance;
        let filter = M::OUT * M::OUT;
        let last = (parts - 1) * part + (POINTS - 1) * point + (dw.channels - 1) * channel;
        assert!(sums.len() >= last + dw.outs.next_multiple_of(lanes));
        let mut total = MaybeUninit::<[T; POINTS * MOST_LANES]>::uninit();
        let mut taps = MaybeUninit::<[T; MOST_TAPS * MOST_TAPS * MOST_LANES]>::uninit();
        let (total, taps) = (total.as_mut_ptr().cast::<T>(), taps.as_mut_ptr().cast::<T>());
        let mut places = [0; MOST_LANES];
        for (l, place) in places.iter_mut().enumerate() {
            *place = l * dw.row;
        }
        for c in 0..dw.channels {
            for o in (0..dw.outs).step_by(lanes) {
                // SAFETY: whole vectors of sums were asserted, the buffers have room for the longest ones, and of the
                // filters only those are touched that there are.
                unsafe {
                    for p in 0..POINTS {
                        let first = sums.as_ptr().add(p * point + c * channel + o);
                        let mut sum = I::V::<T>::load(first);
                        for i in 1..parts {
                            sum = sum.add(I::V::<T>::load(first.add(i * part)));
                        }
                        sum.store(total.add(p * lanes));
                    }
                    square::<M, I::V<T>, T>(total, SIDE * lanes, lanes, taps, lanes);
                    let to = dw.first.add(o * dw.row + c * filter);
                    let here = lanes.min(dw.outs - o);
                    // All but the last tap, four at a time, if there are as many filters as lanes.
                    let fours = if here == lanes { filter / 4 } else { 0 };
                    for i in 0..fours {
                        let first = taps.add(4 * i * lanes);
                        let mut four = [I::V::<T>::load(first); 4];
                        for (j, vector) in four.iter_mut().enumerate() {
                            *vector = I::V::<T>::load(first.add(j * lanes));
                        }
                        if dw.accumulate {
                            I::V::<T>::rows::<true>(four, to.add(4 * i), &places[..lanes]);
                        } else {
                            I::V::<T>::rows::<false>(four, to.add(4 * i), &places[..lanes]);
                        }
                    }
                    for l in 0..here {
                        for tap in 4 * fours..filter {
                            let (to, x) = (to.add(l * dw.row + tap), *taps.add(tap * lanes + l));
                            *to = if dw.accumulate { *to + x } else { x };
                        }
                    }
                }
            }
        }
    }
}
