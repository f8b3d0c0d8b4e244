//! The weight gradient: a product over the pixels of all images.

use std::ops::Range;

use super::{FEW_ROWS, Patches};
use crate::Scalar;
use crate::conv2d::Conv2dDims;
use crate::conv2d::geometry::Correlation;
use crate::conv2d::pointwise::Planes;
use crate::gemm::{Epilogue, MatMut, Pack, gemm};

/// Whether a weight gradient is better computed from patches: where rows are so short that a pixel at a time leaves most
/// of the time to tables and to sums on their way.
pub(in crate::conv2d) fn suits_gradient(d: &Conv2dDims) -> bool {
    d.groups == 1 && d.o >= FEW_ROWS && d.c >= FEW_ROWS && d.n * d.oh * d.ow > 0 && d.n * d.oh * d.ow <= 1 << 10
}

/// `dw [o, c · taps] = Σ dy [o, pixels of all images] · patches [pixels of all images, c · taps]`.
pub(in crate::conv2d) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    let c = Correlation::forward(d);
    let patches =
        Patches { c: &c, source: x, vertical: &c.axes[0].phases[0], horizontal: &c.axes[1].phases[0], first: 0 };
    let planes = Planes { data: dy, channels: d.o, plane: d.oh * d.ow, images: d.n };
    let (left, right): (&dyn Pack<T>, &dyn Pack<T>) = (&planes, &Numbers { patches, images: d.n });
    let columns = c.weight_row;
    gemm(left, right, MatMut::row_major(dw, d.o, columns), if accumulate { Epilogue::ADD } else { Epilogue::WRITE });
}

/// The right operand of a weight gradient: the numbers of a patch are lanes, outputs the depth.
struct Numbers<'a, T> {
    patches: Patches<'a, T>,
    images: usize,
}

impl<T: Scalar> Pack<T> for Numbers<'_, T> {
    fn lanes(&self) -> usize {
        self.patches.depth()
    }

    fn depth(&self) -> usize {
        self.images * self.patches.area()
    }

    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        let (patches, taps) = (&self.patches, self.patches.taps());
        let plane = patches.c.source_plane();
        if lanes.len() < width {
            out.fill(T::ZERO);
        }
        let corners: Vec<_> = depth.map(|column| patches.corner(column)).collect();
        for tap in 0..taps {
            let (_, first) = patches.tap(tap);
            // The lanes of this tap, a channel apart.
            let skip = (tap + taps - lanes.start % taps) % taps;
            if skip >= lanes.len() {
                continue;
            }
            let channel = (lanes.start + skip) / taps;
            for (out, &corner) in out.chunks_exact_mut(width).zip(&corners) {
                let place = patches.at(corner, first);
                let out = out[..lanes.len()].iter_mut().skip(skip).step_by(taps);
                match place {
                    Some(place) => {
                        let source = &patches.source[place + channel * plane..];
                        out.enumerate().for_each(|(i, out)| *out = source[i * plane]);
                    }
                    None => out.for_each(|out| *out = T::ZERO),
                }
            }
        }
    }
}
