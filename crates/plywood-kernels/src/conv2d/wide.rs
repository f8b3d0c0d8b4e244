//! Correlation with the pixels of an output row in the lanes of a vector: implicit gemm for all but small images.
//!
//! The product of weights `[rows, channels · taps]` and patches `[channels · taps, pixels]`, where the patches are read
//! straight from the image: a tap of a channel is a distance, and the micro-kernel takes those from its table. Neither
//! patches nor weights are copied; an image is, once, where it needs zeros around it.

use std::ops::Range;

use super::depthwise;
use super::geometry::{Correlation, Phase};
use super::image::Layout;
use super::weights::Weights;
use crate::gemm::block::{DEPTH, LEFT_BYTES, Place};
use crate::gemm::tile::{Finish, Step, Sweep, sweep, sweep_even, tile_size};
use crate::gemm::{Activation, Bias, Epilogue};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// Multiply-adds below which a pass stays on one thread.
pub(super) const MIN_PARALLEL: usize = 1 << 20;

/// Tasks that a pass is divided into, images permitting.
const TASKS: usize = 16;

/// Computes the correlation of `source [n, groups · channels, h, w]` and `weight`; `depthwise` asks for the loops of
/// [`super::depthwise`] where a group has one channel out.
pub(super) fn correlate<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    depthwise: bool,
    out: &mut [T],
) {
    let macs = c.macs() * c.images;
    let (images, height) = (c.images.div_ceil(TASKS), c.axes[0].count());
    let strips = if macs < MIN_PARALLEL || c.images >= TASKS { 1 } else { TASKS.div_ceil(c.images) };
    let strip = height.div_ceil(strips).max(4);
    let strips = height.div_ceil(strip);
    let tasks = c.images.div_ceil(images.max(1)) * strips;
    let weights = Weights::new(c, weight, tile_size(T::ZERO).panel(c.rows, usize::MAX));
    let place = Place { data: out.as_mut_ptr(), row_stride: c.out_plane() };
    let cost = if macs < MIN_PARALLEL { 0 } else { macs / tasks / 16 };
    par::for_each(tasks, cost, |i| {
        let (first, top) = (i / strips * images, i % strips * strip);
        for image in first..c.images.min(first + images) {
            // SAFETY: tasks write different images or rows of the output, which has the length that `c` says.
            unsafe { rows(c, source, &weights, epilogue, depthwise, place, image, top..height.min(top + strip)) };
        }
    });
}

/// Some rows of one image, counted in outputs of a phase.
///
/// # Safety
/// `out` is good for all of the correlation's outputs, and no one else touches these rows meanwhile.
#[allow(clippy::too_many_arguments)]
unsafe fn rows<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weights: &Weights<'_, T>,
    epilogue: &Epilogue<'_, T>,
    depthwise: bool,
    out: Place<T>,
    image: usize,
    rows: Range<usize>,
) {
    let lanes = tile_size(T::ZERO).lanes;
    // Whole vectors are read, past the end of a row; past the end of the source there is nothing to be read, and several
    // small images may lie within a vector of it.
    let beyond = (c.images - image - 1) * c.groups * c.channels * c.source_plane();
    let last = beyond < 2 * lanes && c.axes[1].phases.iter().any(|p| !p.count.is_multiple_of(lanes));
    let in_place = if last { None } else { Layout::in_place::<T>(&c.axes, rows.start, rows.end) };
    let layout = in_place.unwrap_or_else(|| Layout::new::<T>(&c.axes, rows.start, rows.end));
    let copied = if in_place.is_some() { 0 } else { c.channels * layout.plane };
    let mut copy = Scratch::take(copied + if copied > 0 { 2 * lanes } else { 0 });
    let plane = c.source_plane();
    for group in 0..c.groups {
        let planes = (image * c.groups + group) * c.channels;
        let mut patches = &source[planes * plane..];
        if in_place.is_none() {
            let (h, w) = (c.axes[0].source, c.axes[1].source);
            layout.fill(&patches[..c.channels * plane], h, w, &mut copy[..copied]);
            patches = &copy;
        }
        let job = Job {
            c,
            layout,
            patches,
            weights,
            weight: weights.group(group),
            bias: match epilogue.bias {
                Bias::PerRow(bias) => Some(&bias[group * c.rows..]),
                _ => None,
            },
            accumulate: epilogue.accumulate,
            relu: epilogue.activation == Activation::Relu,
            depthwise,
            out: out.data.wrapping_add((image * c.groups + group) * c.rows * c.out_plane()),
        };
        for vertical in &c.axes[0].phases {
            for horizontal in &c.axes[1].phases {
                let rows = rows.start..rows.end.min(vertical.count);
                if !rows.is_empty() && horizontal.count > 0 {
                    // SAFETY: as for this function.
                    unsafe { job.phase(vertical, horizontal, rows) };
                }
            }
        }
    }
}

/// One group of channels of one image.
struct Job<'a, T> {
    c: &'a Correlation,
    layout: Layout,
    patches: &'a [T],
    weights: &'a Weights<'a, T>,
    weight: &'a [T],
    bias: Option<&'a [T]>,
    accumulate: bool,
    relu: bool,
    depthwise: bool,
    out: *mut T,
}

impl<T: Scalar> Job<'_, T> {
    /// Some rows of one phase.
    ///
    /// # Safety
    /// As [`rows`].
    unsafe fn phase(&self, vertical: &Phase, horizontal: &Phase, rows: Range<usize>) {
        let (c, count) = (self.c, horizontal.count);
        let taps = taps(c, &self.layout, vertical, horizontal, rows.start);
        let (out_width, out_plane) = (c.axes[1].out, c.out_plane());
        let steps = [c.axes[0].out_step, c.axes[1].out_step];
        // SAFETY: the first output of these rows exists.
        let first = unsafe { self.out.add((vertical.first + rows.start * steps[0]) * out_width + horizontal.first) };
        if steps[1] == 1 && !taps.is_empty() {
            let target = Target { first, row: steps[0] * out_width, plane: out_plane, accumulate: self.accumulate };
            // SAFETY: as for `rows`.
            return unsafe { self.multiply(&taps, rows, count, target) };
        }
        // Outputs that are not neighbours are computed side by side first, then put in their places.
        let area = rows.len() * count;
        let mut apart = Scratch::take(c.rows * area);
        if taps.is_empty() {
            apart.fill(T::ZERO);
        } else {
            let target = Target { first: apart.as_mut_ptr(), row: count, plane: area, accumulate: false };
            // SAFETY: `apart` has room for all rows of all output channels.
            unsafe { self.multiply(&taps, rows.clone(), count, target) };
        }
        for (r, planes) in apart.chunks_exact(area).enumerate() {
            for (t, values) in planes.chunks_exact(count).enumerate() {
                for (u, &value) in values.iter().enumerate() {
                    // SAFETY: these are the outputs of this phase.
                    unsafe {
                        let to = first.add(r * out_plane + t * steps[0] * out_width + u * steps[1]);
                        *to = if self.accumulate { *to + value } else { value };
                    }
                }
            }
        }
    }

    /// The product itself, for `rows.len() · count` outputs.
    ///
    /// # Safety
    /// `to` is good for these outputs of all output channels.
    unsafe fn multiply(&self, taps: &[[usize; 2]], rows: Range<usize>, count: usize, to: Target<T>) {
        let c = self.c;
        if c.rows == 1 && self.depthwise {
            // SAFETY: as for this function.
            return unsafe { self.rows_alone(taps, rows, count, to) };
        }
        let tile = tile_size(T::ZERO);
        let (w, width) = (self.weights, self.weights.width);
        let depth = c.channels * taps.len();
        // Of the weights a block that stays in the second-level cache.
        let block = (LEFT_BYTES / (DEPTH * size_of::<T>()) / width).max(1) * width;
        let (across, row_step) = (count.div_ceil(tile.lanes), c.axes[0].source_step * self.layout.pitch);
        let mut steps = [Step::default(); DEPTH];
        let mut from = 0;
        while from < depth {
            // Whole channels, if one fits, so that the table serves for all blocks.
            let len = (DEPTH / taps.len() * taps.len()).max(DEPTH.min(taps.len())).min(DEPTH).min(depth - from);
            for (p, step) in steps[..len].iter_mut().enumerate() {
                let (channel, [a, b]) = ((from + p) / taps.len(), taps[(from + p) % taps.len()]);
                *step = [(channel * w.channel + a * w.tap) as u32, (channel * self.layout.plane + b) as u32];
            }
            let last = from + len == depth;
            for top in (0..c.rows).step_by(block) {
                for pair in (0..rows.len() * across).step_by(2) {
                    let second = (pair + 1).min(rows.len() * across - 1);
                    let place = |v: usize| {
                        let (t, u) = (v / across, v % across * tile.lanes);
                        (t * row_step + u, t * to.row + u, tile.lanes.min(count - u))
                    };
                    let ((b0, c0, n0), (b1, c1, n1)) = (place(pair), place(second));
                    let (patches, at) = (self.patches.as_ptr(), to.first.wrapping_add(top * to.plane));
                    let mut job = Sweep {
                        a: self.weight[top / width * w.panel..].as_ptr(),
                        a_row: w.row,
                        a_panel: w.panel,
                        rows: block.min(c.rows - top),
                        width,
                        depth: len,
                        steps: steps.as_ptr(),
                        b: [patches.wrapping_add(b0), patches.wrapping_add(b1)],
                        c: [at.wrapping_add(c0), at.wrapping_add(c1)],
                        c_row: to.plane,
                        columns: [n0, if second > pair { n1 } else { 0 }],
                        finish: Finish {
                            accumulate: from > 0 || to.accumulate,
                            relu: last && self.relu,
                            row_bias: match self.bias {
                                Some(bias) if last => bias[top..].as_ptr(),
                                _ => std::ptr::null(),
                            },
                            column_bias: [std::ptr::null(); 2],
                        },
                    };
                    if taps.len() > 1 {
                        sweep(&job);
                        continue;
                    }
                    // One tap is as far from one channel to the next, always.
                    let [a, b] = steps[0];
                    job.a = job.a.wrapping_add(a as usize);
                    job.b = [job.b[0].wrapping_add(b as usize), job.b[1].wrapping_add(b as usize)];
                    sweep_even(&job, [w.channel, self.layout.plane]);
                }
            }
            from += len;
        }
    }
}

/// Depthwise, and other groups of one output channel.
impl<T: Scalar> Job<'_, T> {
    /// As [`Self::multiply`], for one channel out: with one row, a tile would wait for its own sums.
    ///
    /// # Safety
    /// As [`Self::multiply`].
    unsafe fn rows_alone(&self, taps: &[[usize; 2]], rows: Range<usize>, count: usize, to: Target<T>) {
        let tap = |channel: usize, [a, b]: [usize; 2]| {
            (self.weight[channel * self.weights.channel + a * self.weights.tap], channel * self.layout.plane + b)
        };
        let taps: Vec<_> = (0..self.c.channels).flat_map(|c| taps.iter().map(move |&at| tap(c, at))).collect();
        let row =
            depthwise::Row { bias: self.bias.map_or(T::ZERO, |b| b[0]), accumulate: to.accumulate, relu: self.relu };
        for t in 0..rows.len() {
            // SAFETY: this row's outputs are the caller's to write.
            let out = unsafe { std::slice::from_raw_parts_mut(to.first.add(t * to.row), count) };
            let step = self.c.axes[0].source_step * self.layout.pitch;
            depthwise::row(&self.patches[t * step..], &taps, row, out);
        }
    }
}

/// Where the outputs of a phase go.
#[derive(Clone, Copy)]
struct Target<T> {
    first: *mut T,
    /// Elements from one row, and from one output channel, to the next.
    row: usize,
    plane: usize,
    accumulate: bool,
}

/// The taps of a phase: the place of each in a channel's weights, and the distance from the first pixel to what it
/// takes, for outputs whose first row is `row`.
fn taps(c: &Correlation, layout: &Layout, vertical: &Phase, horizontal: &Phase, row: usize) -> Vec<[usize; 2]> {
    let down = (row * c.axes[0].source_step) as isize;
    let mut taps = Vec::with_capacity(vertical.taps.len() * horizontal.taps.len());
    for &(p, y) in &vertical.taps {
        for &(q, x) in &horizontal.taps {
            taps.push([p * c.kernel_width + q, layout.at(y + down, x)]);
        }
    }
    taps
}
