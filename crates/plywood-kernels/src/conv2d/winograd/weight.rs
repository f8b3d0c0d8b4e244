//! The weight gradient: F(3×3, 4×4) or F(5×5, 2×2), in which the output's gradient takes the place of the filter.
//!
//! Sums over tiles of transformed patches times transformed tiles of `dy`, `[c, tiles] · [tiles, o]` for each point, and
//! one transform at the end. A task adds up some tiles for a block of channels and of output channels; the sums of all
//! parts of the tiles are added in their order.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::stage::{Folded, Planes, Stage};
use super::transform::{Data, Gradient, Map, SIDE, Taps, square};
use super::{MOST_TAPS, POINTS, SKEW, Tiles, Window, step};
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

/// `dw [o, c / groups, 3, 3]` for `x [n, c, h, w]` and `dy [n, o, oh, ow]`.
pub(in crate::conv2d) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    let plan = Plan::new(d, tile_size(T::ZERO));
    let part = d.groups * plan.group;
    let mut sums = Scratch::<T>::take(plan.parts * part);
    let place = Place { data: sums.as_mut_ptr(), row_stride: 0 };
    let [down, across] = plan.blocks;
    let tasks = plan.parts * d.groups * down * across;
    par::for_each(tasks, d.macs() / tasks / 32, |i| {
        let (p, group, block) = (i / (down * across * d.groups), i / (down * across) % d.groups, i % (down * across));
        let range = |i: usize, len: usize, end: usize| i * len..end.min((i + 1) * len);
        let job = Job {
            plan: &plan,
            group,
            channels: range(block / across, plan.block[0], plan.channels),
            outs: range(block % across, plan.block[1], plan.outs),
            sums: place.at(p * part + group * plan.group),
        };
        // SAFETY: tasks write the sums of different parts, groups or channels.
        unsafe { job.run(x, dy, range(p, plan.tiles_of_part, plan.tiles.count())) };
    });
    let (len, outs) = (plan.channels * d.kh * d.kw, plan.tile.columns());
    let unfold = if d.kh == 3 { unfold::<T, Taps<3>> } else { unfold::<T, Taps<5>> };
    for (group, dw) in dw.chunks_exact_mut(plan.outs * len).enumerate() {
        par::chunks_mut(dw, outs * len, plan.parts + 2, |i, dw| {
            let sums = &sums[group * plan.group + i * outs..];
            unfold(sums, [plan.point, plan.pitch, part], plan.parts, plan.channels, accumulate, dw);
        });
    }
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
    /// Elements of the sums `[point, c, o]` from one channel to the next, of a point, and of a group.
    pitch: usize,
    point: usize,
    group: usize,
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
        let pitch = outs.next_multiple_of(tile.columns());
        let point = channels * pitch + SKEW;
        let group = POINTS * point;
        let even = |all: usize, unit: usize| all.div_ceil(all.div_ceil(CHANNELS)).next_multiple_of(unit);
        let block = [even(channels, tile.panel(channels, outs)), even(outs, tile.columns())];
        let blocks = [channels.div_ceil(block[0]), outs.div_ceil(block[1])];
        let wanted = TASKS.div_ceil(blocks[0] * blocks[1] * d.groups);
        let parts = (MOST_SUMS / (group * d.groups)).clamp(1, wanted);
        let tiles_of_part = tiles.count().div_ceil(parts).next_multiple_of(TOGETHER);
        let parts = tiles.count().div_ceil(tiles_of_part);
        Self {
            d,
            tile,
            tiles,
            data,
            gradient,
            channels,
            outs,
            pitch,
            point,
            group,
            parts,
            tiles_of_part,
            blocks,
            block,
        }
    }
}

/// One task.
struct Job<'a, T> {
    plan: &'a Plan<'a>,
    group: usize,
    channels: Range<usize>,
    outs: Range<usize>,
    sums: *mut T,
}

impl<T: Scalar> Job<'_, T> {
    /// Adds up some tiles.
    ///
    /// # Safety
    /// `sums` is good for all sums of the group, and no one else touches those of these channels meanwhile.
    unsafe fn run(&self, x: &[T], dy: &[T], tiles: Range<usize>) {
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
                self.transform::<Data>(&plan.data, block.clone(), x, self.channels.len(), |v| Folded {
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
                if plan.tiles.step == 4 {
                    self.transform::<Gradient<4>>(&plan.gradient, block.clone(), dy, self.outs.len(), of_gradient);
                } else {
                    self.transform::<Gradient<2>>(&plan.gradient, block.clone(), dy, self.outs.len(), of_gradient);
                }
            }
            for point in 0..POINTS {
                let (a, b) = (&patches[point * left..], &gradients[point * right..]);
                let c = point * plan.point + self.channels.start * plan.pitch + self.outs.start;
                // SAFETY: as for this function.
                unsafe { self.multiply(a, row, b, block.len(), self.sums.add(c), from > tiles.start) };
            }
        }
    }

    /// Transforms tiles, a vector of channels at a time; the `v`th goes to `out(v)`.
    ///
    /// # Safety
    /// There is room for all tiles.
    unsafe fn transform<M: Map>(
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
    unsafe fn multiply(&self, a: &[T], a_step: usize, b: &[T], depth: usize, c: *mut T, accumulate: bool) {
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
                c_row: self.plan.pitch,
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

dispatch! {
    /// Adds up the parts' sums of some output channels and transforms them to `dw`, whole filters. Sums are as far apart as
    /// `[point, c, part]` say.
    fn unfold<I: Isa, T: Scalar, M: Map>(
        sums: &[T],
        distance: [usize; 3],
        parts: usize,
        channels: usize,
        accumulate: bool,
        dw: &mut [T],
    ) {
        let lanes = I::V::<T>::LANES;
        let [point, channel, part] = distance;
        let filter = M::OUT * M::OUT;
        let outs = dw.len() / (channels * filter);
        let last = (parts - 1) * part + (POINTS - 1) * point + (channels - 1) * channel;
        assert!(sums.len() >= last + outs.next_multiple_of(lanes));
        let mut total = MaybeUninit::<[T; POINTS * MOST_LANES]>::uninit();
        let mut taps = [T::ZERO; MOST_TAPS * MOST_TAPS * MOST_LANES];
        let total = total.as_mut_ptr().cast::<T>();
        for (c, o) in (0..channels).flat_map(|c| (0..outs).step_by(lanes).map(move |o| (c, o))) {
            // SAFETY: whole vectors of sums were asserted, and the buffers have room for the longest ones.
            unsafe {
                for p in 0..POINTS {
                    let first = sums.as_ptr().add(p * point + c * channel + o);
                    let mut sum = I::V::<T>::load(first);
                    for i in 1..parts {
                        sum = sum.add(I::V::<T>::load(first.add(i * part)));
                    }
                    sum.store(total.add(p * lanes));
                }
                square::<M, I::V<T>, T>(total, 6 * lanes, lanes, taps.as_mut_ptr(), lanes);
            }
            for (l, dw) in dw[o * channels * filter..].chunks_exact_mut(channels * filter).enumerate().take(lanes) {
                for (tap, dw) in dw[c * filter..][..filter].iter_mut().enumerate() {
                    let x = taps[tap * lanes + l];
                    *dw = if accumulate { *dw + x } else { x };
                }
            }
        }
    }
}
