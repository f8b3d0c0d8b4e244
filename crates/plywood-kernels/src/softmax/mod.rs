//! Softmax and log-softmax along a dimension.
//!
//! Where the lines are rows in memory, each is read into the first cache once; where they cross rows, a strip of
//! neighbouring lines is worked on side by side.

use crate::math::{self, pick};
use crate::reduce::AxisDims;
use crate::{Scalar, dispatch, isa::Isa, par};

/// Running results side by side: enough to hide the latency of an addition.
const LANES: usize = 32;
/// Neighbouring lines that are worked on side by side.
const STRIP: usize = 128;
/// Elementary operations a value.
const COST: usize = 6;

monomorphic! {
    /// `y = e^x / Σ e^x` along a dimension. A line of nothing but -∞ gives NaN.
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn softmax<T: Scalar>(dims: &AxisDims, x: &[T], y: &mut [T]) {
        each_band(dims, x, y, |n, inner, x, y| {
            if inner == 1 { softmax_row::<T>(x, y) } else { softmax_strip::<T>(n, inner, x, y, false) }
        });
    }
}

monomorphic! {
    /// `y = x - ln Σ e^x` along a dimension.
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn log_softmax<T: Scalar>(dims: &AxisDims, x: &[T], y: &mut [T]) {
        each_band(dims, x, y, |n, inner, x, y| {
            if inner == 1 { log_softmax_row::<T>(x, y) } else { softmax_strip::<T>(n, inner, x, y, true) }
        });
    }
}

monomorphic! {
    /// `dx = y (dy - Σ dy y)` along a dimension, with `y` the output of [`softmax`].
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn softmax_adjoint<T: Scalar>(dims: &AxisDims, y: &[T], dy: &[T], dx: &mut [T]) {
        assert_eq!(dy.len(), dims.len(), "softmax: gradient length");
        each_band_of_two(dims, y, dy, dx, |n, inner, y, dy, dx| {
            if inner == 1 {
                softmax_adjoint_row::<T>(y, dy, dx)
            } else {
                adjoint_strip::<T>(n, inner, y, dy, dx, false)
            }
        });
    }
}

monomorphic! {
    /// `dx = dy - e^y Σ dy` along a dimension, with `y` the output of [`log_softmax`].
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn log_softmax_adjoint<T: Scalar>(dims: &AxisDims, y: &[T], dy: &[T], dx: &mut [T]) {
        assert_eq!(dy.len(), dims.len(), "log_softmax: gradient length");
        each_band_of_two(dims, y, dy, dx, |n, inner, y, dy, dx| {
            if inner == 1 {
                log_softmax_adjoint_row::<T>(y, dy, dx)
            } else {
                adjoint_strip::<T>(n, inner, y, dy, dx, true)
            }
        });
    }
}

/// Calls `f(n, inner, x, y)` for each `[n, inner]` of `[outer, n, inner]`.
fn each_band<T: Scalar>(dims: &AxisDims, x: &[T], y: &mut [T], f: impl Fn(usize, usize, &[T], &mut [T]) + Sync + Send) {
    each_band_of_two(dims, x, x, y, |n, inner, x, _, y| f(n, inner, x, y));
}

fn each_band_of_two<T: Scalar>(
    dims: &AxisDims,
    a: &[T],
    b: &[T],
    y: &mut [T],
    f: impl Fn(usize, usize, &[T], &[T], &mut [T]) + Sync + Send,
) {
    assert_eq!(a.len(), dims.len(), "softmax: input length");
    assert_eq!(y.len(), dims.len(), "softmax: output length");
    let AxisDims { n, inner, .. } = *dims;
    let band = n * inner;
    if y.is_empty() {
        return;
    }
    let len = par::block_len(band * COST) * band;
    par::chunks_mut(y, len, COST, |block, y| {
        let part = block * len..block * len + y.len();
        let (a, b) = (&a[part.clone()], &b[part]);
        for ((a, b), y) in a.chunks_exact(band).zip(b.chunks_exact(band)).zip(y.chunks_exact_mut(band)) {
            f(n, inner, a, b, y);
        }
    });
}

/// The greatest value, NaN left aside: it shows in the sum.
#[inline(always)]
fn greatest<T: Scalar>(x: &[T]) -> T {
    let (lanes, rest) = x.as_chunks::<LANES>();
    let mut best = [T::NEG_INFINITY; LANES];
    for values in lanes {
        for (best, &x) in best.iter_mut().zip(values) {
            *best = pick(x > *best, x, *best);
        }
    }
    let greater = |best, &x| pick(x > best, x, best);
    rest.iter().fold(best.iter().fold(T::NEG_INFINITY, greater), greater)
}

/// What is taken off before the exponential: the greatest value, or 0 where that is infinite, so that ∞ - ∞ can't arise
/// where the result is defined.
#[inline(always)]
fn shift_of<T: Scalar>(x: &[T]) -> T {
    let greatest = greatest(x);
    pick(greatest.is_finite(), greatest, T::ZERO)
}

/// Σ f(x, y), with running results side by side, in chunks that the compiler sees the length of.
#[inline(always)]
fn sum_of_pairs<T: Scalar>(x: &[T], y: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [T::ZERO; LANES];
    let ((x, rest_x), (y, rest_y)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    for (x, y) in x.iter().zip(y) {
        for j in 0..LANES {
            lanes[j] += f(x[j], y[j]);
        }
    }
    let rest = rest_x.iter().zip(rest_y);
    rest.fold(lanes.into_iter().fold(T::ZERO, |a, b| a + b), |a, (&x, &y)| a + f(x, y))
}

/// Σ e^(x - shift).
#[inline(always)]
fn sum_exp<I: Isa, T: Scalar>(x: &[T], shift: T) -> T {
    sum_of_pairs(x, x, |x, _| math::exp::<I, T>(x - shift))
}

dispatch! {
    fn softmax_row<I: Isa, T: Scalar>(x: &[T], y: &mut [T]) {
        let shift = greatest(x);
        let mut lanes = [T::ZERO; LANES];
        let ((x, rest_x), (chunks, rest)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
        for (y, x) in chunks.iter_mut().zip(x) {
            for j in 0..LANES {
                y[j] = math::exp::<I, T>(x[j] - shift);
                lanes[j] += y[j];
            }
        }
        let mut sum = lanes.into_iter().fold(T::ZERO, |a, b| a + b);
        for (y, &x) in rest.iter_mut().zip(rest_x) {
            *y = math::exp::<I, T>(x - shift);
            sum += *y;
        }
        let scale = T::ONE / sum;
        y.iter_mut().for_each(|y| *y *= scale);
    }
}

dispatch! {
    fn log_softmax_row<I: Isa, T: Scalar>(x: &[T], y: &mut [T]) {
        let shift = shift_of(x);
        let total = shift + math::ln::<I, T>(sum_exp::<I, T>(x, shift));
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = x - total);
    }
}

dispatch! {
    fn softmax_adjoint_row<I: Isa, T: Scalar>(y: &[T], dy: &[T], dx: &mut [T]) {
        let dot = sum_of_pairs(y, dy, |y, dy| y * dy);
        for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
            *dx = y * (dy - dot);
        }
    }
}

dispatch! {
    fn log_softmax_adjoint_row<I: Isa, T: Scalar>(y: &[T], dy: &[T], dx: &mut [T]) {
        let total = sum_of_pairs(dy, dy, |dy, _| dy);
        for ((dx, &y), &dy) in dx.iter_mut().zip(y).zip(dy) {
            *dx = I::fma(-math::exp::<I, T>(y), total, dy);
        }
    }
}

dispatch! {
    /// Both functions over an `[n, inner]` along `n`.
    fn softmax_strip<I: Isa, T: Scalar>(n: usize, inner: usize, x: &[T], y: &mut [T], log: bool) {
        for first in (0..inner).step_by(STRIP) {
            let width = STRIP.min(inner - first);
            let row = |k: usize| k * inner + first..k * inner + first + width;
            let (mut shift, mut total) = ([T::NEG_INFINITY; STRIP], [T::ZERO; STRIP]);
            let (shift, total) = (&mut shift[..width], &mut total[..width]);
            for k in 0..n {
                shift.iter_mut().zip(&x[row(k)]).for_each(|(m, &x)| *m = pick(x > *m, x, *m));
            }
            if log {
                shift.iter_mut().for_each(|m| *m = pick(m.is_finite(), *m, T::ZERO));
            }
            for k in 0..n {
                for (((y, &x), &m), t) in y[row(k)].iter_mut().zip(&x[row(k)]).zip(&*shift).zip(total.iter_mut()) {
                    let e = math::exp::<I, T>(x - m);
                    *t += e;
                    *y = e;
                }
            }
            if log {
                shift.iter_mut().zip(&*total).for_each(|(m, &t)| *m += math::ln::<I, T>(t));
                for k in 0..n {
                    y[row(k)].iter_mut().zip(&x[row(k)]).zip(&*shift).for_each(|((y, &x), &l)| *y = x - l);
                }
            } else {
                total.iter_mut().for_each(|t| *t = T::ONE / *t);
                for k in 0..n {
                    y[row(k)].iter_mut().zip(&*total).for_each(|(y, &t)| *y *= t);
                }
            }
        }
    }
}

dispatch! {
    /// Both adjoints over an `[n, inner]` along `n`.
    fn adjoint_strip<I: Isa, T: Scalar>(n: usize, inner: usize, y: &[T], dy: &[T], dx: &mut [T], log: bool) {
        for first in (0..inner).step_by(STRIP) {
            let width = STRIP.min(inner - first);
            let row = |k: usize| k * inner + first..k * inner + first + width;
            let mut total = [T::ZERO; STRIP];
            let total = &mut total[..width];
            for k in 0..n {
                for ((t, &y), &dy) in total.iter_mut().zip(&y[row(k)]).zip(&dy[row(k)]) {
                    *t += if log { dy } else { y * dy };
                }
            }
            for k in 0..n {
                for (((dx, &y), &dy), &t) in dx[row(k)].iter_mut().zip(&y[row(k)]).zip(&dy[row(k)]).zip(&*total) {
                    *dx = if log { I::fma(-math::exp::<I, T>(y), t, dy) } else { y * (dy - t) };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
