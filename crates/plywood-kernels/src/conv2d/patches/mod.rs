//! Correlation and weight gradient as products over patches that are laid out for the micro-kernel: for small images, few
//! of them, and many channels.
//!
//! The columns of the product are the pixels of all images, one after the other, so that vectors are full however short
//! a row is. Each number of a patch is moved once and serves all output channels, which must be many for that to pay.

mod filters;
mod gradient;

pub(super) use gradient::{gradient, suits_gradient};

use std::ops::Range;

use filters::Filters;

use super::geometry::{Correlation, Phase};
use crate::gemm::tile::tile_size;
use crate::gemm::{Activation, Bias, Epilogue, MatMut, MatRef, Operand, Pack, gemm};
use crate::scratch::Scratch;
use crate::simd::MOST_LANES;
use crate::{Scalar, par};

/// Output channels from which laying out patches pays.
const FEW_ROWS: usize = 48;

/// Elements of patches that are laid out at a time.
const MOST_PACKED: usize = 1 << 21;

/// Lanes of a panel at most: two vectors.
const MOST_WIDTH: usize = 2 * MOST_LANES;

/// Whether a correlation wastes less this way than with the pixels of a row in a vector's lanes.
pub(super) fn suits<T: Scalar>(c: &Correlation) -> bool {
    let lanes = tile_size(T::ZERO).lanes;
    let filled = |n: usize| n as f64 / n.next_multiple_of(lanes) as f64;
    let (width, area) = (c.axes[1].count(), c.axes[0].count() * c.axes[1].count());
    c.groups == 1 && c.rows >= FEW_ROWS && filled(width) < 0.8 * filled(c.images * area)
}

/// Computes the correlation of `source [n, channels, h, w]` and `weight`.
pub(super) fn correlate<T: Scalar>(
    c: &Correlation,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    for vertical in &c.axes[0].phases {
        for horizontal in c.axes[1].phases.iter().filter(|p| p.count > 0 && vertical.count > 0) {
            let patches = Patches { c, source, vertical, horizontal, first: 0 };
            let together = (MOST_PACKED / (patches.depth().max(1) * patches.area())).max(1);
            for first in (0..c.images).step_by(together) {
                let images = first..c.images.min(first + together);
                phase(&Patches { first, ..patches }, images, weight, epilogue, out);
            }
        }
    }
}

/// The outputs of one phase in some images.
fn phase<T: Scalar>(
    patches: &Patches<'_, T>,
    images: Range<usize>,
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    let (c, columns) = (patches.c, images.len() * patches.area());
    let mut product = Scratch::take(c.rows * columns);
    let right = Columns { patches: *patches, images: images.len() };
    let filters = Filters { patches: *patches, weight };
    let (right, left): (&dyn Pack<T>, &dyn Pack<T>) = (&right, &filters);
    let in_order = patches.taps() == c.weight_channel && patches.depth() == c.weight_row;
    let left: Operand<'_, T> = if in_order {
        MatRef::row_major(weight, c.rows, c.weight_row).into()
    } else if patches.taps() == 1 {
        let tap = &weight[patches.tap(0).0..];
        MatRef::new(tap, c.rows, c.channels, c.weight_row, c.weight_channel).into()
    } else {
        left.into()
    };
    gemm(left, right, MatMut::row_major(&mut product, c.rows, columns), Epilogue::WRITE);
    let (plane, area) = (c.out_plane(), patches.area());
    const ROWS: usize = 32;
    let of_images = &mut out[images.start * c.rows * plane..images.end * c.rows * plane];
    par::chunks_mut(of_images, c.rows * plane, 1, |image, out| {
        for (top, out) in (0..c.rows).step_by(ROWS).zip(out.chunks_mut(ROWS * plane)) {
            for (r, out) in (top..c.rows).zip(out.chunks_exact_mut(plane)) {
                patches.place(&product[r * columns + image * area..][..area], r, epilogue, out);
            }
        }
    });
}

/// The patches that the outputs of a phase see.
#[derive(Clone, Copy)]
struct Patches<'a, T> {
    c: &'a Correlation,
    source: &'a [T],
    vertical: &'a Phase,
    horizontal: &'a Phase,
    /// The first image.
    first: usize,
}

impl<T: Scalar> Patches<'_, T> {
    /// Outputs an image.
    fn area(&self) -> usize {
        self.vertical.count * self.horizontal.count
    }

    fn taps(&self) -> usize {
        self.vertical.taps.len() * self.horizontal.taps.len()
    }

    /// Numbers a patch.
    fn depth(&self) -> usize {
        self.c.channels * self.taps()
    }

    /// A tap's place in the kernel, and the source position that it takes for the first output.
    fn tap(&self, tap: usize) -> (usize, [isize; 2]) {
        let across = self.horizontal.taps.len();
        let ((p, y), (q, x)) = (self.vertical.taps[tap / across], self.horizontal.taps[tap % across]);
        (p * self.c.kernel_width + q, [y, x])
    }

    /// Where an output's patch begins: the first number of its image, and a row and a column to which those of taps are
    /// added.
    fn corner(&self, column: usize) -> (usize, [isize; 2]) {
        let (c, pixel) = (self.c, column % self.area());
        let (t, u) = (pixel / self.horizontal.count, pixel % self.horizontal.count);
        let image = (self.first + column / self.area()) * c.channels * c.source_plane();
        (image, [(t * c.axes[0].source_step) as isize, (u * c.axes[1].source_step) as isize])
    }

    /// Where a tap of such a patch finds its number in the first channel, unless it falls outside the image.
    #[inline]
    fn at(&self, (image, [top, left]): (usize, [isize; 2]), [y, x]: [isize; 2]) -> Option<usize> {
        let [h, w] = [0, 1].map(|axis: usize| self.c.axes[axis].source);
        // Negative numbers become large ones.
        let (y, x) = ((top + y) as usize, (left + x) as usize);
        (y < h && x < w).then(|| image + y * w + x)
    }

    /// Puts a row's sums of one image in their places.
    fn place(&self, sums: &[T], row: usize, epilogue: &Epilogue<'_, T>, out: &mut [T]) {
        let bias = match epilogue.bias {
            Bias::PerRow(bias) => bias[row],
            _ => T::ZERO,
        };
        let relu = epilogue.activation == Activation::Relu;
        let finish = |old: T, sum: T| {
            let x = if epilogue.accumulate { old + sum + bias } else { sum + bias };
            if relu && x < T::ZERO { T::ZERO } else { x }
        };
        let [down, across] = [0, 1].map(|axis: usize| self.c.axes[axis].out_step);
        if [down, across] == [1, 1] {
            return out.iter_mut().zip(sums).for_each(|(out, &sum)| *out = finish(*out, sum));
        }
        for (t, sums) in sums.chunks_exact(self.horizontal.count).enumerate() {
            let first = (self.vertical.first + t * down) * self.c.axes[1].out + self.horizontal.first;
            for (out, &sum) in out[first..].iter_mut().step_by(across).zip(sums) {
                *out = finish(*out, sum);
            }
        }
    }
}

/// The right operand of a correlation: outputs are lanes, the numbers of a patch the depth.
struct Columns<'a, T> {
    patches: Patches<'a, T>,
    images: usize,
}

impl<T: Scalar> Pack<T> for Columns<'_, T> {
    fn lanes(&self) -> usize {
        self.images * self.patches.area()
    }

    fn depth(&self) -> usize {
        self.patches.depth()
    }

    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        let (patches, taps) = (&self.patches, self.patches.taps());
        let plane = patches.c.source_plane();
        let mut corners = [(0, [0; 2]); MOST_WIDTH];
        corners.iter_mut().zip(lanes.clone()).for_each(|(corner, lane)| *corner = patches.corner(lane));
        let corners = &corners[..lanes.len()];
        for tap in 0..taps {
            let (_, first) = patches.tap(tap);
            // The lanes for which the tap falls inside of the image, and where.
            let (mut inside, mut count) = ([(0, 0); MOST_WIDTH], 0);
            for (lane, &corner) in corners.iter().enumerate() {
                if let Some(place) = patches.at(corner, first) {
                    inside[count] = (lane, place);
                    count += 1;
                }
            }
            let inside = &inside[..count];
            // The first channel of which this tap is part of the depths asked for, and of those past them.
            let [from, to] = [depth.start, depth.end].map(|depth| (depth + taps - 1 - tap) / taps);
            for channel in from..to {
                let source = &patches.source[channel * plane..];
                let out = &mut out[(channel * taps + tap - depth.start) * width..][..width];
                if count < width {
                    out.fill(T::ZERO);
                }
                for &(lane, place) in inside {
                    out[lane] = source[place];
                }
            }
        }
    }
}
