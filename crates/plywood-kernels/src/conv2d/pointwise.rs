//! 1×1 kernels of stride 1: a product of the weights and each image's planes.
//!
//! There are no taps to be found, so pixels are laid out for the micro-kernel once, in panels that all output channels
//! share, some panels at a time; the weights are laid out once for all images. For the weight gradient the planes of all
//! images, one after the other, are both operands of a product whose depth are the pixels.

use std::ops::Range;

use super::Conv2dDims;
use super::geometry::Correlation;
use super::wide::MIN_PARALLEL;
use crate::gemm::block::{LEFT_BYTES, Place};
use crate::gemm::operand::Side;
use crate::gemm::pack::Lanes;
use crate::gemm::packed::Panels;
use crate::gemm::tile::{Finish, Sweep, sweep_even, tile_size};
use crate::gemm::{Activation, Bias, Epilogue, MatMut, MatRef, Operand, Pack, gemm};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// Tasks that a pass is divided into.
const TASKS: usize = 16;

/// Bytes of pixels that a task lays out at a time, to stay in the second-level cache beside a block of the weights.
const PIXEL_BYTES: usize = 256 << 10;

/// Output channels from which laying out the pixels pays.
const FEW_ROWS: usize = 24;

/// Elements of all parts' sums of a weight gradient together.
const MOST_SUMS: usize = 1 << 20;

/// Elements of `dy` that are laid out at a time.
const MOST_PACKED: usize = 1 << 20;

/// Whether a correlation is one product an image, large enough for this way.
pub(super) fn suits<T: Scalar>(c: &Correlation) -> bool {
    let (pixels, lanes) = (c.out_plane(), tile_size(T::ZERO).lanes);
    let one_to_one = c.axes.iter().all(|axis| {
        axis.source == axis.out && axis.phases.len() == 1 && axis.phases[0].taps == [(0, 0)] && axis.source_step == 1
    });
    one_to_one && c.groups == 1 && c.rows >= FEW_ROWS && 4 * pixels > 3 * pixels.next_multiple_of(lanes)
}

/// `out [n, rows, pixels] = weight [rows, channels] · source [n, channels, pixels]`.
pub(super) fn correlate<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    let weight = Operand::Strided(MatRef::new(weight, c.rows, c.channels, c.weight_row, c.weight_channel));
    let mut memory = None;
    let job = Job { c, source, weights: Panels::temporary(&weight, Side::Left, &mut memory), epilogue };
    let columns = tile_size(T::ZERO).columns();
    let panels = c.images * c.out_plane().div_ceil(columns);
    let fit = PIXEL_BYTES / (c.channels * columns * size_of::<T>()).max(1);
    let macs = c.macs() * c.images;
    let together = fit.min(if macs < MIN_PARALLEL { panels } else { panels.div_ceil(TASKS) }).max(1);
    let tasks = panels.div_ceil(together);
    let place = Place { data: out.as_mut_ptr(), row_stride: c.out_plane() };
    par::for_each(tasks, if macs < MIN_PARALLEL { 0 } else { macs / tasks / 16 }, |i| {
        // SAFETY: tasks write different pixels of the output, which has the length that `c` says.
        unsafe { job.run(i * together..panels.min((i + 1) * together), place) };
    });
}

/// A pass that all tasks work on.
struct Job<'a, T> {
    c: &'a Correlation,
    source: &'a [T],
    weights: Panels<'a, T>,
    epilogue: &'a Epilogue<'a, T>,
}

impl<T: Scalar> Job<'_, T> {
    /// Some panels of pixels, counted through all images.
    ///
    /// # Safety
    /// `out` is good for all of the correlation's outputs, and no one else touches those of these panels meanwhile.
    unsafe fn run(&self, panels: Range<usize>, out: Place<T>) {
        let (c, tile) = (self.c, tile_size(T::ZERO));
        let (columns, plane) = (tile.columns(), c.out_plane());
        let of_image = plane.div_ceil(columns);
        let pixels_of = |panel: usize| {
            let first = panel % of_image * columns;
            (panel / of_image, first..plane.min(first + columns))
        };
        let mut copy = Scratch::take(panels.len() * c.channels * columns);
        for (panel, copy) in panels.clone().zip(copy.chunks_exact_mut(c.channels * columns)) {
            let (image, pixels) = pixels_of(panel);
            let planes = MatRef::row_major(&self.source[image * c.channels * plane..], c.channels, plane);
            Lanes(planes.t()).pack(pixels, 0..c.channels, columns, copy);
        }
        let layout = self.weights.layout;
        let block = (LEFT_BYTES / (layout.block * size_of::<T>()) / layout.width).max(1) * layout.width;
        for from in (0..c.channels).step_by(layout.block) {
            let depth = layout.block.min(c.channels - from);
            let last = from + depth == c.channels;
            for top in (0..c.rows).step_by(block) {
                let row_bias = match self.epilogue.bias {
                    Bias::PerRow(bias) if last => bias[top..].as_ptr(),
                    _ => std::ptr::null(),
                };
                for (i, panel) in panels.clone().enumerate() {
                    let (image, pixels) = pixels_of(panel);
                    let b = copy[(i * c.channels + from) * columns..].as_ptr();
                    let at = out.at((image * c.rows + top) * plane + pixels.start);
                    let sweep = Sweep {
                        a: self.weights.panel(top, from).as_ptr(),
                        a_row: 1,
                        a_panel: self.weights.step(from),
                        rows: block.min(c.rows - top),
                        width: layout.width,
                        depth,
                        steps: std::ptr::null(),
                        b: [b, b.wrapping_add(tile.lanes)],
                        c: [at, at.wrapping_add(tile.lanes)],
                        c_row: plane,
                        columns: [pixels.len().min(tile.lanes), pixels.len().saturating_sub(tile.lanes)],
                        finish: Finish {
                            accumulate: from > 0 || self.epilogue.accumulate,
                            relu: last && self.epilogue.activation == Activation::Relu,
                            row_bias,
                            column_bias: [std::ptr::null(); 2],
                        },
                    };
                    sweep_even(&sweep, [layout.width, columns]);
                }
            }
        }
    }
}

/// Whether a weight gradient is one product over all pixels.
pub(super) fn suits_gradient(d: &Conv2dDims) -> bool {
    let plain = [d.kh, d.kw, d.stride[0], d.stride[1], d.groups] == [1; 5] && d.padding == [[0; 2]; 2];
    plain && d.c >= FEW_ROWS && d.o >= FEW_ROWS && d.output_len() > 0
}

/// `dw [o, c] = Σ dy [n, o, pixels] · x [n, c, pixels]ᵀ`.
///
/// Images are divided into parts, whose sums are added in their order.
pub(super) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    let plane = d.oh * d.ow;
    let sum = |images: Range<usize>, dw: &mut [T], mut epilogue: Epilogue<'_, T>| {
        let together = (MOST_PACKED / (d.o * plane)).max(1);
        for first in images.clone().step_by(together) {
            let count = together.min(images.end - first);
            let dy = Planes { data: &dy[first * d.o * plane..], channels: d.o, plane, images: count };
            let x = Planes { data: &x[first * d.c * plane..], channels: d.c, plane, images: count };
            let (dy, x): (&dyn Pack<T>, &dyn Pack<T>) = (&dy, &x);
            gemm(dy, x, MatMut::row_major(dw, d.o, d.c), epilogue);
            epilogue = Epilogue::ADD;
        }
    };
    let wanted = if d.macs() < MIN_PARALLEL { 1 } else { TASKS };
    let parts = (MOST_SUMS / dw.len()).clamp(1, wanted).min(d.n);
    if parts == 1 {
        return sum(0..d.n, dw, if accumulate { Epilogue::ADD } else { Epilogue::WRITE });
    }
    let images = d.n.div_ceil(parts);
    let parts = d.n.div_ceil(images);
    let mut sums = Scratch::take(parts * dw.len());
    par::chunks_mut(&mut sums, dw.len(), plane * images / 16 + 1, |i, sums| {
        sum(i * images..d.n.min((i + 1) * images), sums, Epilogue::WRITE);
    });
    const PIECE: usize = 1 << 12;
    let len = dw.len();
    par::chunks_mut(dw, PIECE, parts / 4 + 1, |i, dw| {
        let part = |p: usize| &sums[p * len + i * PIECE..];
        if accumulate {
            dw.iter_mut().zip(part(0)).for_each(|(dw, &x)| *dw += x);
        } else {
            dw.copy_from_slice(&part(0)[..dw.len()]);
        }
        for p in 1..parts {
            dw.iter_mut().zip(part(p)).for_each(|(dw, &x)| *dw += x);
        }
    });
}

/// The planes of several images as one matrix: a channel is a lane, the pixels of all images are the depth.
pub(super) struct Planes<'a, T> {
    pub(super) data: &'a [T],
    pub(super) channels: usize,
    pub(super) plane: usize,
    pub(super) images: usize,
}

impl<T: Scalar> Pack<T> for Planes<'_, T> {
    fn lanes(&self) -> usize {
        self.channels
    }

    fn depth(&self) -> usize {
        self.images * self.plane
    }

    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, mut out: &mut [T]) {
        let mut from = depth.start;
        while from < depth.end {
            let (image, pixel) = (from / self.plane, from % self.plane);
            let len = (self.plane - pixel).min(depth.end - from);
            let planes = MatRef::row_major(&self.data[image * self.channels * self.plane..], self.channels, self.plane);
            let (here, rest) = out.split_at_mut(len * width);
            Lanes(planes).pack(lanes.clone(), pixel..pixel + len, width, here);
            (from, out) = (from + len, rest);
        }
    }
}
