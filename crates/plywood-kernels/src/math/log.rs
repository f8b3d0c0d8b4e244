//! Logarithms and the functions made of them.
//!
//! x = 2^k m with m in [√½, √2), and ln m from the series in s = f / (2 + f), f = m - 1, whose rounding errors are
//! collected in one small term (as in Sun's fdlibm, `e_log.c`).

use crate::Scalar;
use crate::isa::Isa;
use crate::math::{exp, lit};

/// The natural logarithm; -∞ at ±0, NaN below.
#[inline(always)]
pub fn ln<I: Isa, T: Scalar>(x: T) -> T {
    let (k, f) = split(x);
    special(x, ln_of::<I, T>(k, f, T::ZERO))
}

/// ln(1 + x), exact to the last places near 0 too.
#[inline(always)]
pub fn log1p<I: Isa, T: Scalar>(x: T) -> T {
    let u = T::ONE + x;
    let (k, f) = split(u);
    // What rounding took from u, relative to u.
    let lost = (if x < T::ONE { x - (u - T::ONE) } else { T::ONE - (u - x) }) / u;
    let y = special(u, ln_of::<I, T>(k, f, lost));
    if u == T::ONE { x } else { y }
}

/// The logarithm to base 2, exact for powers of two.
#[inline(always)]
pub fn log2<I: Isa, T: Scalar>(x: T) -> T {
    let (k, f) = split(x);
    special(x, I::fma(ln_of::<I, T>(T::ZERO, f, T::ZERO), lit(std::f64::consts::LOG2_E), k))
}

/// The logarithm to base 10.
#[inline(always)]
pub fn log10<I: Isa, T: Scalar>(x: T) -> T {
    ln::<I, T>(x) * lit(std::f64::consts::LOG10_E)
}

/// ln(1 + e^x), without overflow.
#[inline(always)]
pub fn softplus<I: Isa, T: Scalar>(x: T) -> T {
    let above = if x < T::ZERO { T::ZERO } else { x };
    above + log1p::<I, T>(exp::<I, T>(-x.abs()))
}

/// The logarithm of [`sigmoid`](super::sigmoid).
#[inline(always)]
pub fn log_sigmoid<I: Isa, T: Scalar>(x: T) -> T {
    -softplus::<I, T>(-x)
}

/// `(k, f)` with `x = 2^k (1 + f)`, for any positive finite number.
#[inline(always)]
fn split<T: Scalar>(x: T) -> (T, T) {
    let subnormal = x < T::MIN_POSITIVE;
    let (factor, exponent) = T::NORMALISE;
    let (m, k) = (if subnormal { x * factor } else { x }).split();
    (if subnormal { k - exponent } else { k }, m - T::ONE)
}

/// k ln 2 + ln(1 + f) + tail, where `tail` is small against the rest.
#[inline(always)]
fn ln_of<I: Isa, T: Scalar>(k: T, f: T, tail: T) -> T {
    let s = f / (lit::<T>(2.0) + f);
    let z = s * s;
    let half_square = lit::<T>(0.5) * f * f;
    let series = s * (half_square + z * T::ln_tail::<I>(z));
    I::fma(k, T::LN2_HI, f - (half_square - (series + I::fma(k, T::LN2_LO, tail))))
}

/// `y = ln x` with the values that the formula can't give.
#[inline(always)]
fn special<T: Scalar>(x: T, y: T) -> T {
    let y = if x < T::INFINITY { y } else { x };
    let y = if x == T::ZERO { T::NEG_INFINITY } else { y };
    if x < T::ZERO { T::NAN } else { y }
}
