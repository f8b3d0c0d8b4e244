//! Correlation with the images of a batch in the lanes of a vector: for images so small that their rows don't fill one.
//!
//! The batch is transposed to `[c, h, w, n]` and the result back. A tap that falls outside the image for some output is
//! left out of that output's sum: for a 3×3 kernel on a 2×2 image that is more than half of them.

use std::ops::Range;

use super::geometry::{Correlation, Phase};
use super::weights::Weights;
use super::wide::MIN_PARALLEL;
use crate::gemm::block::{DEPTH, Place};
use crate::gemm::pack::Lanes;
use crate::gemm::tile::{Finish, Step, Sweep, TileSize, sweep, tile_size};
use crate::gemm::{Activation, Bias, Epilogue, MatRef, Pack};
use crate::scratch::Scratch;
use crate::simd::Vector;
use crate::{Scalar, dispatch, par};

/// Tasks that a pass is divided into.
const TASKS: usize = 16;

/// Outputs of an image up to which this way is taken, unless source and result stay in a second-level cache; and images.
const MOST_OUTPUTS: usize = 64;
const CACHED_BYTES: usize = 1 << 20;
const MOST_IMAGES: usize = 1 << 10;

/// Whether this way is likely to be the fastest: there are enough images for the lanes, and enough to do for each
/// number that has to be moved.
pub(super) fn suits<T: Scalar>(c: &Correlation) -> bool {
    let lanes = tile_size(T::ZERO).lanes;
    let filled = |n: usize| n as f64 / n.next_multiple_of(lanes) as f64;
    let taps = c.macs() / (c.groups * c.rows * c.channels * c.out_plane()).max(1);
    let moved = c.groups * (c.channels * c.source_plane() + c.rows * c.out_plane());
    let cached = c.images.saturating_mul(moved * size_of::<T>()) <= CACHED_BYTES;
    (c.out_plane() <= MOST_OUTPUTS && c.rows >= 16 || cached && c.rows >= 6)
        && c.rows * (taps + 1) >= 64
        && (lanes..=MOST_IMAGES).contains(&c.images)
        && filled(c.images) >= filled(c.axes[1].count()) * 0.95
}

/// Computes the correlation of `source [n, groups · channels, h, w]` and `weight`.
pub(super) fn correlate<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    let tile = tile_size(T::ZERO);
    let pitch = c.images.next_multiple_of(tile.lanes);
    let (from, to) = (c.groups * c.channels * c.source_plane(), c.groups * c.rows * c.out_plane());
    let mut turned = Scratch::take(from * pitch);
    let view = Lanes(MatRef::row_major(source, c.images, from));
    const PIECE: usize = 256;
    par::chunks_mut(&mut turned, PIECE * pitch, 1, |i, turned| {
        let depth = i * PIECE..from.min((i + 1) * PIECE);
        for left in (0..c.images).step_by(tile.lanes) {
            // Columns of one vector's width each, so that whole ones are transposed in registers.
            turn(&view, left, depth.clone(), pitch, turned);
        }
    });
    let mut result = Scratch::<T>::take(to * pitch);
    let macs = c.macs() * c.images;
    let wanted = if macs < MIN_PARALLEL { 1 } else { TASKS };
    let width = tile.panel(c.rows, pitch);
    let rows = c.rows.div_ceil(wanted.div_ceil(c.groups)).next_multiple_of(width);
    let blocks = c.rows.div_ceil(rows);
    let weights = Weights::new(c, weight, width);
    let place = Place { data: result.as_mut_ptr(), row_stride: pitch };
    // Where there are few channels, the rows of the image are divided too.
    let strip = c.axes[0].count().div_ceil(wanted.div_ceil(blocks * c.groups));
    let strips = c.axes[0].count().div_ceil(strip);
    let tasks = blocks * c.groups * strips;
    par::for_each(tasks, if wanted == 1 { 0 } else { macs / tasks / 16 }, |i| {
        let (group, top, first) = (i / strips / blocks, i / strips % blocks * rows, i % strips * strip);
        let job = Job {
            c,
            tile,
            pitch,
            source: &turned[group * c.channels * c.source_plane() * pitch..],
            weight: &weights.group(group)[top / width * weights.panel..],
            weights: &weights,
            rows: rows.min(c.rows - top),
            bias: match epilogue.bias {
                Bias::PerRow(bias) => bias[group * c.rows + top..].as_ptr(),
                _ => std::ptr::null(),
            },
            relu: epilogue.activation == Activation::Relu,
            out: place.at((group * c.rows + top) * c.out_plane() * pitch),
        };
        // SAFETY: tasks write the outputs of different channels or rows.
        unsafe { job.run(first..first + strip) };
    });
    par::chunks_mut(out, tile.lanes * to, 1, |i, out| {
        turn_back(&result[i * tile.lanes..], pitch, to, epilogue.accumulate, out);
    });
}

/// Transposes up to a vector's width of images, from `left` on, into their columns.
fn turn<T: Scalar>(view: &Lanes<'_, T>, left: usize, depth: Range<usize>, pitch: usize, out: &mut [T]) {
    let lanes = tile_size(T::ZERO).lanes;
    let mut piece = Scratch::take(depth.len() * lanes);
    view.pack(left..view.lanes().min(left + lanes), depth, lanes, &mut piece);
    for (out, piece) in out.chunks_exact_mut(pitch).zip(piece.chunks_exact(lanes)) {
        out[left..left + lanes].copy_from_slice(piece);
    }
}

dispatch! {
    /// Transposes a vector's width of images back: `out [images, len]` from `result [len, pitch]`.
    fn turn_back<I: Isa, T: Scalar>(result: &[T], pitch: usize, len: usize, accumulate: bool, out: &mut [T]) {
        let lanes = I::V::<T>::LANES;
        let images = out.len() / len;
        let whole = if accumulate || images < lanes { 0 } else { len / lanes * lanes };
        for q in (0..whole).step_by(lanes) {
            let (from, to) = (&result[q * pitch..], &mut out[q..]);
            assert!(from.len() >= (lanes - 1) * pitch + lanes && to.len() >= (lanes - 1) * len + lanes);
            // SAFETY: `lanes` rows of `lanes` elements exist on both sides, as was asserted.
            unsafe { I::V::<T>::transpose(from.as_ptr(), pitch, to.as_mut_ptr(), len) };
        }
        for (image, out) in out.chunks_exact_mut(len).enumerate() {
            for (q, out) in out.iter_mut().enumerate().skip(whole) {
                let x = result[q * pitch + image];
                *out = if accumulate { *out + x } else { x };
            }
        }
    }
}

/// Some output channels of one group.
struct Job<'a, T> {
    c: &'a Correlation,
    tile: TileSize,
    pitch: usize,
    source: &'a [T],
    weight: &'a [T],
    weights: &'a Weights<'a, T>,
    rows: usize,
    bias: *const T,
    relu: bool,
    out: *mut T,
}

impl<T: Scalar> Job<'_, T> {
    /// Some rows, counted in outputs of a phase.
    ///
    /// # Safety
    /// `out` is good for all outputs of these channels, and no one else touches those rows meanwhile.
    unsafe fn run(&self, rows: Range<usize>) {
        let c = self.c;
        let all = (c.axes[0].phases.iter().map(|p| p.taps.len()).max().unwrap_or(0)
            * c.axes[1].phases.iter().map(|p| p.taps.len()).max().unwrap_or(0))
        .max(1);
        let together = (DEPTH / all).clamp(1, c.channels);
        let mut steps = vec![Step::default(); together * all];
        for first in (0..c.channels).step_by(together) {
            let channels = together.min(c.channels - first);
            for vertical in &c.axes[0].phases {
                for horizontal in &c.axes[1].phases {
                    let rows = rows.start..rows.end.min(vertical.count);
                    for (t, u) in rows.flat_map(|t| (0..horizontal.count).map(move |u| (t, u))) {
                        let depth = self.steps([(vertical, t), (horizontal, u)], channels, &mut steps);
                        let at = (vertical.first + t * c.axes[0].out_step) * c.axes[1].out
                            + horizontal.first
                            + u * c.axes[1].out_step;
                        // SAFETY: as for this function.
                        unsafe { self.output(at, first, channels, &steps[..depth]) };
                    }
                }
            }
        }
    }

    /// The steps of one output over the taps that fall on the image; returns how many there are.
    fn steps(&self, at: [(&Phase, usize); 2], channels: usize, steps: &mut [Step]) -> usize {
        let c = self.c;
        let inside = |axis: usize| {
            let (phase, t) = at[axis];
            let shift = (t * c.axes[axis].source_step) as isize;
            let len = c.axes[axis].source as isize;
            phase.taps.iter().map(move |&(k, s)| (k, s + shift)).filter(move |&(_, s)| s >= 0 && s < len)
        };
        let mut taps = 0;
        for (p, y) in inside(0) {
            for (q, x) in inside(1) {
                let a = (p * c.kernel_width + q) * self.weights.tap;
                let b = (y as usize * c.axes[1].source + x as usize) * self.pitch;
                steps[taps] = [a as u32, b as u32];
                taps += 1;
            }
        }
        // The other channels' are the same a channel further on.
        let next = [self.weights.channel as u32, (c.source_plane() * self.pitch) as u32];
        for at in taps..channels * taps {
            let [a, b] = steps[at - taps];
            steps[at] = [a + next[0], b + next[1]];
        }
        channels * taps
    }

    /// One output of all images, over some channels.
    ///
    /// # Safety
    /// As [`Self::run`].
    unsafe fn output(&self, at: usize, first: usize, channels: usize, steps: &[Step]) {
        let (c, lanes) = (self.c, self.tile.lanes);
        let last = first + channels == c.channels;
        let none = std::ptr::null();
        for left in (0..self.pitch).step_by(2 * lanes) {
            let b = self.source[first * c.source_plane() * self.pitch + left..].as_ptr();
            let out = self.out.wrapping_add(at * self.pitch + left);
            sweep(&Sweep {
                a: self.weight[first * self.weights.channel..].as_ptr(),
                a_row: self.weights.row,
                a_panel: self.weights.panel,
                rows: self.rows,
                width: self.weights.width,
                depth: steps.len(),
                steps: steps.as_ptr(),
                b: [b, b.wrapping_add(lanes)],
                c: [out, out.wrapping_add(lanes)],
                c_row: c.out_plane() * self.pitch,
                columns: [lanes, if self.pitch - left > lanes { lanes } else { 0 }],
                finish: Finish {
                    accumulate: first > 0,
                    relu: last && self.relu,
                    row_bias: if last { self.bias } else { none },
                    column_bias: [none; 2],
                },
            });
        }
    }
}
