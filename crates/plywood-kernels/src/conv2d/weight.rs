//! The weight gradient as an implicit product: `dw [c, o] = Σ pixels x · dy`, a product for each tap.
//!
//! The depth runs over pixels. `dy`, transposed to have output channels in the lanes, is the right operand; the left one
//! is the image where it stands, a pixel's number for a tap being broadcast from wherever the tap falls. Pixels for
//! which it falls outside the image are left out. With fewer than [`FEW`] channels the taps of a kernel's row take the
//! channels' place as rows of the tile, over a copy of the image with zeros around it.
//!
//! Images are divided into parts, whose sums are added in their order.

use std::ops::Range;

use super::geometry::Correlation;
use super::image::Layout;
use super::steps::Tables;
use super::wide::MIN_PARALLEL;
use super::{Conv2dDims, dots};
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::pack::{Lanes, turn, turns};
use crate::gemm::tile::{Finish, Step, Sweep, TileSize, sweep, tile_size};
use crate::gemm::{MatRef, Pack};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// Tasks that a pass is divided into.
const TASKS: usize = 16;

/// Elements of all parts' sums together.
const MOST_SUMS: usize = 1 << 20;

/// Taps for which tables of steps are held at once.
const TABLES: usize = 128;

/// Channels a group below which taps become the rows of tiles.
const FEW: usize = 4;

/// `dw [o, c / groups, kh, kw]` for `x [n, c, h, w]` and `dy [n, o, oh, ow]`.
pub(super) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    if d.n == 0 || d.oh * d.ow == 0 {
        if !accumulate {
            dw.fill(T::ZERO);
        }
        return;
    }
    let tile = tile_size(T::ZERO);
    let plan = Plan::new(d, tile);
    let part = plan.pitch * plan.channels * plan.taps * d.groups;
    let mut sums = Scratch::<T>::take(plan.parts * part);
    let place = Place { data: sums.as_mut_ptr(), row_stride: 0 };
    let tasks = plan.parts * plan.blocks * d.groups;
    par::for_each(tasks, if d.macs() < MIN_PARALLEL { 0 } else { d.macs() / tasks / 16 }, |i| {
        let (p, rest) = (i / (plan.blocks * d.groups), i % (plan.blocks * d.groups));
        let (block, group) = (rest % plan.blocks, rest / plan.blocks);
        let sums = place.at(p * part + group * (part / d.groups));
        let images = (p * plan.images).min(d.n)..((p + 1) * plan.images).min(d.n);
        // SAFETY: tasks write the sums of different parts, groups or channels.
        unsafe { plan.task(x, dy, images, group, block, sums) };
    });
    let (first, rest) = sums.split_at_mut(part);
    if plan.parts > 1 {
        par::chunks_mut(first, 1 << 12, plan.parts / 4 + 1, |i, sums| {
            for other in rest.chunks_exact(part) {
                let other = &other[i << 12..][..sums.len()];
                sums.iter_mut().zip(other).for_each(|(sum, &x)| *sum += x);
            }
        });
    }
    plan.write(first, dw, accumulate);
}

/// The division of the work.
struct Plan<'a> {
    d: &'a Conv2dDims,
    tile: TileSize,
    /// Channels and output channels a group, taps of the kernel.
    channels: usize,
    outs: usize,
    taps: usize,
    /// Elements from one row of sums to the next: the output channels, rounded up to whole vectors.
    pitch: usize,
    /// Output channels a panel.
    width: usize,
    parts: usize,
    /// Images a part.
    images: usize,
    /// Blocks of channels, and channels a block.
    blocks: usize,
    block: usize,
    /// The tables that all tasks use, where they are few.
    common: Option<Tables>,
}

impl<'a> Plan<'a> {
    fn new(d: &'a Conv2dDims, tile: TileSize) -> Self {
        let (channels, outs, taps) = (d.c / d.groups, d.o / d.groups, d.kh * d.kw);
        let pitch = outs.next_multiple_of(tile.lanes);
        let across = pitch.min(tile.columns());
        let wanted = if d.macs() < MIN_PARALLEL { 1 } else { TASKS };
        let parts = (MOST_SUMS / (pitch * channels * taps * d.groups)).clamp(1, wanted).min(d.n);
        let images = d.n.div_ceil(parts);
        let parts = d.n.div_ceil(images);
        let width = tile.panel(channels, outs);
        let blocks = wanted.div_ceil(parts * d.groups).min(channels / (2 * width)).max(1);
        let block = if channels < FEW { channels } else { channels.div_ceil(blocks).next_multiple_of(width) };
        let blocks = channels.div_ceil(block);
        let common = None;
        let mut plan =
            Self { d, tile, channels, outs, taps, pitch, width: across, parts, images, blocks, block, common };
        plan.common = plan.common_tables();
        plan
    }

    /// The sums `[tap, c, o]` of some images and a block of channels.
    ///
    /// # Safety
    /// `sums` is good for all sums of the group, and no one else touches those of these channels meanwhile.
    unsafe fn task<T: Scalar>(
        &self,
        x: &[T],
        dy: &[T],
        images: Range<usize>,
        group: usize,
        block: usize,
        sums: *mut T,
    ) {
        let d = self.d;
        if self.channels < FEW && dots::suits(d, self.tile) {
            return dots::sums(d, x, dy, images, group, |tap, c, o, sum| {
                // SAFETY: as for this function.
                unsafe { *sums.add((tap * self.channels + c) * self.pitch + o) = sum };
            });
        }
        let (pixels, width) = (d.oh * d.ow, self.width);
        let panels = self.outs.div_ceil(width);
        let mut right = Scratch::take(panels * images.len() * pixels * width);
        for (panel, right) in right.chunks_exact_mut(images.len() * pixels * width).enumerate() {
            let lanes = panel * width..self.outs.min((panel + 1) * width);
            for (image, right) in images.clone().zip(right.chunks_exact_mut(pixels * width)) {
                let planes = &dy[(image * d.o + group * self.outs) * pixels..];
                if turns(pixels) {
                    // What this leaves past the last lane comes to sums that nobody asks for.
                    turn(&planes[lanes.start * pixels..], [lanes.len(), 1, pixels], [pixels, 0], width, right);
                } else {
                    Lanes(MatRef::row_major(planes, self.outs, pixels)).pack(lanes.clone(), 0..pixels, width, right);
                }
            }
        }
        let job = Job { plan: self, images, group, right: &right, sums };
        // SAFETY: as for this function.
        unsafe {
            if self.channels < FEW {
                job.by_taps(x);
            } else {
                job.by_channels(x, block * self.block..self.channels.min((block + 1) * self.block));
            }
        }
    }

    /// Images whose pixels are added up in one go.
    fn together(&self) -> usize {
        let (pixels, reach) = (self.d.oh * self.d.ow, u32::MAX as usize / (self.d.c * self.d.h * self.d.w).max(1));
        (DEPTH / pixels).min(reach).clamp(1, self.images)
    }

    fn common_tables(&self) -> Option<Tables> {
        let pixels = self.d.oh * self.d.ow;
        (self.channels >= FEW && self.taps <= TABLES && pixels <= DEPTH).then(|| {
            let mut tables = Tables::default();
            tables.fill(self.d, 0..self.taps, 0..pixels, self.together(), self.width);
            tables
        })
    }

    /// Puts the sums `[group, tap, c, o]` into the order of the weights.
    fn write<T: Scalar>(&self, sums: &[T], dw: &mut [T], accumulate: bool) {
        const ROWS: usize = 16;
        let len = self.channels * self.taps;
        for (group, dw) in dw.chunks_exact_mut(self.outs * len).enumerate() {
            let sums = &sums[group * self.pitch * len..];
            par::chunks_mut(dw, ROWS * len, 1, |i, dw| {
                for c in 0..self.channels {
                    for tap in 0..self.taps {
                        let row = &sums[(tap * self.channels + c) * self.pitch + i * ROWS..];
                        for (dw, &sum) in dw[c * self.taps + tap..].iter_mut().step_by(len).zip(row) {
                            *dw = if accumulate { *dw + sum } else { sum };
                        }
                    }
                }
            });
        }
    }
}

/// One task.
struct Job<'a, T> {
    plan: &'a Plan<'a>,
    images: Range<usize>,
    group: usize,
    /// `dy` transposed, `[panel of output channels][image][pixel][width]`.
    right: &'a [T],
    sums: *mut T,
}

impl<T: Scalar> Job<'_, T> {
    /// Channels as rows.
    ///
    /// # Safety
    /// As [`Plan::task`].
    unsafe fn by_channels(&self, x: &[T], channels: Range<usize>) {
        let (d, plan) = (self.plan.d, self.plan);
        let (plane, pixels, together) = (d.h * d.w, d.oh * d.ow, plan.together());
        let rows = Rows {
            count: channels.len(),
            width: plan.tile.panel(plan.channels, plan.outs).min(channels.len()),
            distance: plane,
            sums: plan.pitch,
        };
        let mut own = Tables::default();
        let pieces = (0..plan.taps).step_by(TABLES);
        for (tap, from) in pieces.flat_map(|tap| (0..pixels).step_by(DEPTH).map(move |from| (tap, from))) {
            let taps = tap..plan.taps.min(tap + TABLES);
            let tables = plan.common.as_ref().unwrap_or_else(|| {
                own.fill(d, taps.clone(), from..pixels.min(from + DEPTH), together, plan.width);
                &own
            });
            for first in (0..self.images.len()).step_by(together) {
                let here = together.min(self.images.len() - first);
                let planes = (self.images.start + first) * d.c + self.group * plan.channels + channels.start;
                for panel in 0..plan.outs.div_ceil(plan.width) {
                    for (tap, steps) in taps.clone().zip(tables.iter()) {
                        let depth = &steps[..steps.len() / together * here];
                        let sums = (tap * plan.channels + channels.start) * plan.pitch;
                        // SAFETY: the steps lead to pixels of these images, and of `dy`.
                        unsafe {
                            let a = x.as_ptr().add(planes * plane);
                            self.multiply(a, &rows, depth, first * pixels + from, panel, sums, from + first > 0);
                        }
                    }
                }
            }
        }
    }

    /// The taps of a row of the kernel as rows.
    ///
    /// # Safety
    /// As [`Plan::task`].
    unsafe fn by_taps(&self, x: &[T]) {
        let (d, width) = (self.plan.d, self.plan.width);
        let layout = Layout::in_order::<T>(&Correlation::axes_of(d));
        let (plane, pixels, channels) = (d.h * d.w, d.oh * d.ow, self.plan.channels);
        let mut copy = Scratch::take(channels * layout.plane);
        let steps: Vec<Step> = (0..pixels)
            .map(|pixel| {
                let a = pixel / d.ow * d.stride[0] * layout.pitch + pixel % d.ow * d.stride[1];
                [a as u32, (pixel % DEPTH * width) as u32]
            })
            .collect();
        let rows = Rows {
            count: d.kw,
            width: self.plan.tile.panel(d.kw, self.plan.outs),
            distance: d.dilation[1],
            sums: channels * self.plan.pitch,
        };
        for (i, image) in self.images.clone().enumerate() {
            let planes = (image * d.c + self.group * channels) * plane;
            layout.fill(&x[planes..][..channels * plane], d.h, d.w, &mut copy);
            for (block, steps) in steps.chunks(DEPTH).enumerate() {
                for panel in 0..self.plan.outs.div_ceil(width) {
                    for (c, p) in (0..channels).flat_map(|c| (0..d.kh).map(move |p| (c, p))) {
                        let sums = (p * d.kw * channels + c) * self.plan.pitch;
                        let a = c * layout.plane + p * d.dilation[0] * layout.pitch;
                        // SAFETY: the steps lead to pixels of the copy, and of `dy`.
                        unsafe {
                            let a = copy.as_ptr().add(a);
                            let pixel = i * pixels + block * DEPTH;
                            self.multiply(a, &rows, steps, pixel, panel, sums, i + block > 0);
                        }
                    }
                }
            }
        }
    }

    /// Adds up one tap, or the taps of one row, over some pixels from `pixel` on (counted through the task's images),
    /// for a panel of output channels.
    ///
    /// # Safety
    /// The steps lead from `a` and that pixel to what exists; otherwise as [`Plan::task`].
    #[allow(clippy::too_many_arguments)]
    unsafe fn multiply(
        &self,
        a: *const T,
        rows: &Rows,
        steps: &[Step],
        pixel: usize,
        panel: usize,
        sums: usize,
        accumulate: bool,
    ) {
        let (plan, lanes) = (self.plan, self.plan.tile.lanes);
        let (pixels, width) = (self.images.len() * plan.d.oh * plan.d.ow, plan.width);
        let b = self.right[(panel * pixels + pixel) * width..].as_ptr();
        let c = self.sums.wrapping_add(sums + panel * width);
        sweep(&Sweep {
            a,
            a_row: rows.distance,
            a_panel: rows.width * rows.distance,
            rows: rows.count,
            width: rows.width,
            depth: steps.len(),
            steps: steps.as_ptr(),
            b: [b, b.wrapping_add(lanes)],
            c: [c, c.wrapping_add(lanes)],
            c_row: rows.sums,
            columns: [lanes, if plan.pitch - panel * width > lanes { lanes } else { 0 }],
            finish: Finish { accumulate, relu: false, row_bias: std::ptr::null(), column_bias: [std::ptr::null(); 2] },
        });
    }
}

/// What the rows of the tiles are.
struct Rows {
    count: usize,
    width: usize,
    /// Elements of the image from one row to the next.
    distance: usize,
    /// Elements of the sums from one row to the next.
    sums: usize,
}
