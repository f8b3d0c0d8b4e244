//! Local response normalisation: `y[c] = x[c] / (k + alpha / size · Σ x[c']²)^beta`, the sum over `size` neighbouring channels.
//!
//! Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section
//! 3.3, with `alpha` divided by `size` as in PyTorch. The window of channel `c` is `c - size / 2` to
//! `c + (size - 1) / 2`; channels beyond the ends count as 0.

use std::ops::Range;

use crate::isa::Isa;
use crate::{Mismatch, Scalar, dispatch, par};

/// The checked shape and constants of a local response normalisation: `[n, c, …]` seen as `[n, c, s]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNormDims {
    /// Samples.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Positions within a channel.
    pub s: usize,
    /// Channels of a window.
    pub size: usize,
    /// Factor of the mean square.
    pub alpha: f64,
    /// Exponent of the divisor.
    pub beta: f64,
    /// Summand of the divisor.
    pub k: f64,
}

impl LocalResponseNormDims {
    /// Checks an input of shape `[n, c, …]`.
    ///
    /// # Errors
    /// If the rank is below 3 or `size` is 0.
    pub fn new(input: &[usize], size: usize, alpha: f64, beta: f64, k: f64) -> Result<Self, Mismatch> {
        let &[n, c, ref rest @ ..] = input else {
            return Err(Mismatch::new("input shape", "3 or more dimensions", format_args!("{input:?}")));
        };
        if rest.is_empty() {
            return Err(Mismatch::new("input shape", "3 or more dimensions", format_args!("{input:?}")));
        }
        if size == 0 {
            return Err(Mismatch::new("size", "1 or more channels", size));
        }
        Ok(Self { n, c, s: rest.iter().product(), size, alpha, beta, k })
    }

    /// Elements of input and output.
    pub fn len(&self) -> usize {
        self.n * self.c * self.s
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The channels in the window of channel `c`.
    fn window(&self, c: usize) -> Range<usize> {
        c.saturating_sub(self.size / 2)..(c + self.size.div_ceil(2)).min(self.c)
    }

    /// The channels whose window holds channel `c`.
    fn windows_with(&self, c: usize) -> Range<usize> {
        c.saturating_sub((self.size - 1) / 2)..(c + self.size / 2 + 1).min(self.c)
    }
}

monomorphic! {
    /// `y` from `x`, both `[n, c, s]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn local_response_norm<T: Scalar>(d: &LocalResponseNormDims, x: &[T], y: &mut [T]) {
        assert_eq!([x.len(), y.len()], [d.len(); 2], "lengths of a local response norm");
        let len = d.c * d.s;
        par::chunks_mut(y, len, 8 + d.size, |n, y| sample(d, &x[n * len..][..len], y));
    }
}

dispatch! {
    fn sample<I: Isa, T: Scalar>(d: &LocalResponseNormDims, x: &[T], y: &mut [T]) {
        for (c, y) in y.chunks_exact_mut(d.s.max(1)).enumerate() {
            divisor_base::<I, T>(d, x, c, y);
            power(y, -d.beta);
            for (y, &x) in y.iter_mut().zip(&x[c * d.s..]) {
                *y *= x;
            }
        }
    }
}

/// `k + alpha / size · Σ x²` over the window of channel `c`, for each position.
#[inline(always)]
fn divisor_base<I: Isa, T: Scalar>(d: &LocalResponseNormDims, x: &[T], c: usize, base: &mut [T]) {
    base.fill(T::from_f64(d.k));
    let factor = T::from_f64(d.alpha / d.size as f64);
    for neighbour in d.window(c) {
        for (base, &x) in base.iter_mut().zip(&x[neighbour * d.s..]) {
            *base = I::fma(factor * x, x, *base);
        }
    }
}

/// Raises each value to a power. The exponents that nets use are products of square roots, which vectorise; others go
/// through the library, value by value.
#[inline(always)]
fn power<T: Scalar>(values: &mut [T], exponent: f64) {
    if exponent == -0.75 {
        values.iter_mut().for_each(|v| *v = T::ONE / (v.sqrt() * v.sqrt().sqrt()));
    } else if exponent == -0.5 {
        values.iter_mut().for_each(|v| *v = T::ONE / v.sqrt());
    } else if exponent == -1.0 {
        values.iter_mut().for_each(|v| *v = T::ONE / *v);
    } else {
        values.iter_mut().for_each(|v| *v = T::from_f64(v.to_f64().powf(exponent)));
    }
}

monomorphic! {
    /// The adjoint: writes `dx` from `x` and `dy`, all `[n, c, s]`. The divisors are computed anew, which costs less than
    /// keeping them.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn local_response_norm_adjoint<T: Scalar>(d: &LocalResponseNormDims, x: &[T], dy: &[T], dx: &mut [T]) {
        assert_eq!([x.len(), dy.len(), dx.len()], [d.len(); 3], "lengths of a local response norm");
        let len = d.c * d.s;
        par::chunks_mut(dx, len, 2 * (8 + d.size), |n, dx| {
            adjoint_sample(d, &x[n * len..][..len], &dy[n * len..][..len], dx);
        });
    }
}

dispatch! {
    fn adjoint_sample<I: Isa, T: Scalar>(d: &LocalResponseNormDims, x: &[T], dy: &[T], dx: &mut [T]) {
        // With u the base of the divisor: dx[c] = dy[c] u[c]^-beta - 2 alpha beta / size x[c] Σ dy[c'] x[c'] u[c']^(-beta - 1),
        // the sum over the channels c' whose window holds c.
        let mut shared = vec![T::ZERO; x.len()];
        let mut base = vec![T::ZERO; d.s];
        let rows = dx.chunks_exact_mut(d.s.max(1)).zip(shared.chunks_exact_mut(d.s.max(1)));
        for (c, (dx, shared)) in rows.enumerate() {
            divisor_base::<I, T>(d, x, c, &mut base);
            dx.copy_from_slice(&base);
            power(dx, -d.beta);
            let row = x[c * d.s..].iter().zip(&dy[c * d.s..]).zip(&base);
            for ((dx, shared), ((&x, &dy), &base)) in dx.iter_mut().zip(shared).zip(row) {
                *dx *= dy;
                *shared = *dx * x / base;
            }
        }
        let factor = T::from_f64(-2.0 * d.alpha * d.beta / d.size as f64);
        for (c, dx) in dx.chunks_exact_mut(d.s.max(1)).enumerate() {
            base.fill(T::ZERO);
            for neighbour in d.windows_with(c) {
                for (sum, &shared) in base.iter_mut().zip(&shared[neighbour * d.s..]) {
                    *sum += shared;
                }
            }
            for ((dx, &sum), &x) in dx.iter_mut().zip(&base).zip(&x[c * d.s..]) {
                *dx = I::fma(factor * x, sum, *dx);
            }
        }
    }
}
