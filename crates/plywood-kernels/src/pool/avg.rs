//! Average pooling and its adjoint.

use std::num::NonZeroUsize;

use super::PoolDims;
use super::phases::{LANES, Phases};
use crate::{Scalar, dispatch, par};

/// What a window's sum is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvgDivisor {
    /// The window's elements inside of the input or its padding (PyTorch's `count_include_pad = true`, the default);
    /// what `ceil_mode` lets reach beyond the padding never counts.
    IncludePad,
    /// The window's elements inside of the input.
    ExcludePad,
    /// Always this number (PyTorch's `divisor_override`).
    Fixed(NonZeroUsize),
}

impl AvgDivisor {
    /// What the window of an output counts along each axis.
    fn divisors(self, d: &PoolDims) -> (Vec<usize>, Vec<usize>) {
        let count = |a: &super::Axis| -> Vec<usize> {
            (0..a.output)
                .map(|o| match self {
                    AvgDivisor::IncludePad => a.kernel.min(a.input + 2 * a.padding - o * a.stride),
                    AvgDivisor::ExcludePad => a.taps(o).len(),
                    AvgDivisor::Fixed(_) => 1,
                })
                .collect()
        };
        (count(&d.h), count(&d.w))
    }

    fn of<T: Scalar>(self, rows: usize, columns: usize) -> T {
        T::from_usize(if let AvgDivisor::Fixed(n) = self { n.get() } else { rows * columns })
    }
}

monomorphic! {
    /// Average pooling: `x` is `[planes, h, w]`, `out` is `[planes, oh, ow]`.
    ///
    /// # Panics
    /// If a length differs from the dims, or the window is dilated.
    pub fn avg_pool2d<T: Scalar>(d: &PoolDims, divisor: AvgDivisor, x: &[T], out: &mut [T]) {
        assert_eq!(x.len(), d.input_len(), "input length");
        assert_eq!(out.len(), d.output_len(), "output length");
        assert_eq!([d.h.dilation, d.w.dilation], [1, 1], "averages take solid windows");
        let block = par::block_len(d.cost());
        let (rows, columns) = divisor.divisors(d);
        let factors = factors(divisor, &rows, &columns);
        par::chunks_mut(out, block * d.output_plane(), d.window_len(), |b, out| {
            let x = &x[b * block * d.input_plane()..][..out.len() / d.output_plane() * d.input_plane()];
            planes(d, &factors, x, out);
        });
    }
}

/// `1 / divisor` for each output of a plane, `[oh, ow]`.
fn factors<T: Scalar>(divisor: AvgDivisor, rows: &[usize], columns: &[usize]) -> Vec<T> {
    rows.iter().flat_map(|&r| columns.iter().map(move |&c| T::ONE / divisor.of::<T>(r, c))).collect()
}

dispatch! {
    fn planes<I: Isa, T: Scalar>(d: &PoolDims, factors: &[T], x: &[T], out: &mut [T]) {
        let mut phases = Phases::new(d, T::ZERO);
        for (x, out) in x.chunks_exact(d.input_plane()).zip(out.chunks_exact_mut(d.output_plane())) {
            phases.fill(d, x);
            let rows = out.chunks_exact_mut(d.w.output).zip(factors.chunks_exact(d.w.output));
            for (oy, (out, factors)) in rows.enumerate() {
                let chunks = out.chunks_mut(LANES).zip(factors.chunks(LANES));
                for (i, (out, factors)) in chunks.enumerate() {
                    let mut sum = [T::ZERO; LANES];
                    for ky in d.h.taps(oy) {
                        let y = d.h.source(oy, ky);
                        for kx in 0..d.w.kernel {
                            let values = phases.chunk(y, kx, i * LANES);
                            for lane in 0..LANES {
                                sum[lane] += values[lane];
                            }
                        }
                    }
                    for ((out, &sum), &factor) in out.iter_mut().zip(&sum).zip(factors) {
                        *out = sum * factor;
                    }
                }
            }
        }
    }
}

monomorphic! {
    /// The adjoint: spreads each entry of `grad_out` (`[planes, oh, ow]`) evenly over its window; `grad_in`
    /// (`[planes, h, w]`) is overwritten.
    ///
    /// # Panics
    /// As [`avg_pool2d`].
    pub fn avg_pool2d_adjoint<T: Scalar>(d: &PoolDims, divisor: AvgDivisor, grad_out: &[T], grad_in: &mut [T]) {
        assert_eq!(grad_in.len(), d.input_len(), "input gradient length");
        assert_eq!(grad_out.len(), d.output_len(), "output gradient length");
        assert_eq!([d.h.dilation, d.w.dilation], [1, 1], "averages take solid windows");
        let block = par::block_len(d.cost());
        let (rows, columns) = divisor.divisors(d);
        let factors = factors(divisor, &rows, &columns);
        let cost = d.cost() * 4 / d.input_plane();
        par::chunks_mut(grad_in, block * d.input_plane(), cost, |b, grad_in| {
            let n = grad_in.len() / d.input_plane() * d.output_plane();
            adjoint_planes(d, &factors, &grad_out[b * block * d.output_plane()..][..n], grad_in);
        });
    }
}

dispatch! {
    fn adjoint_planes<I: Isa, T: Scalar>(d: &PoolDims, factors: &[T], grad_out: &[T], grad_in: &mut [T]) {
        let mut phases = Phases::new(d, T::ZERO);
        let planes = grad_in.chunks_exact_mut(d.input_plane()).zip(grad_out.chunks_exact(d.output_plane()));
        for (grad_in, grad_out) in planes {
            phases.clear(T::ZERO);
            let rows = grad_out.chunks_exact(d.w.output).zip(factors.chunks_exact(d.w.output));
            for (oy, (grad_out, factors)) in rows.enumerate() {
                for (i, (grad_out, factors)) in grad_out.chunks(LANES).zip(factors.chunks(LANES)).enumerate() {
                    let mut share = [T::ZERO; LANES];
                    for ((share, &g), &factor) in share.iter_mut().zip(grad_out).zip(factors) {
                        *share = g * factor;
                    }
                    for ky in d.h.taps(oy) {
                        let y = d.h.source(oy, ky);
                        for kx in 0..d.w.kernel {
                            let sums = phases.chunk_mut(y, kx, i * LANES);
                            for lane in 0..LANES {
                                sums[lane] += share[lane];
                            }
                        }
                    }
                }
            }
            phases.read(d, grad_in);
        }
    }
}
