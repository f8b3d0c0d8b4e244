//! The exponential and the functions made of it.
//!
//! e^x = 2^n e^r with n the integer nearest to x / ln 2 and |r| ≤ ½ ln 2, where a short polynomial does. ln 2 comes in
//! two parts, so that r is exact to the last place (Cody and Waite, Software Manual for the Elementary Functions, 1980).

use crate::Scalar;
use crate::isa::Isa;
use crate::math::lit;

/// e^x.
#[inline(always)]
pub fn exp<I: Isa, T: Scalar>(x: T) -> T {
    let x = if x > T::EXP_MAX { T::EXP_MAX } else { x };
    let x = if x < T::EXP_MIN { T::EXP_MIN } else { x };
    let (r, n) = reduce::<I, T>(x);
    // Two factors: 2^n itself may be subnormal or infinite where the product is not.
    let half = I::fma(n, lit(0.5), T::MAGIC) - T::MAGIC;
    (expm1_reduced::<I, T>(r) + T::ONE) * T::exp2_int(half) * T::exp2_int(n - half)
}

/// e^x - 1, exact to the last places near 0 too.
#[inline(always)]
pub fn expm1<I: Isa, T: Scalar>(x: T) -> T {
    let t = if x > T::EXP_MAX { T::EXP_MAX } else { x };
    let t = if t < T::EXPM1_MIN { T::EXPM1_MIN } else { t };
    let (r, n) = reduce::<I, T>(t);
    let half = I::fma(n, lit(0.5), T::MAGIC) - T::MAGIC;
    let capped = if n > lit(60.0) { lit(60.0) } else { n };
    let one_part = T::ONE - T::exp2_int(-capped);
    ((expm1_reduced::<I, T>(r) + one_part) * T::exp2_int(half) * T::exp2_int(n - half)).with_sign(x)
}

/// The logistic function 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid<I: Isa, T: Scalar>(x: T) -> T {
    let e = exp::<I, T>(-x.abs());
    (if x < T::ZERO { e } else { T::ONE }) / (T::ONE + e)
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh<I: Isa, T: Scalar>(x: T) -> T {
    let t = x.abs();
    let t = if t > T::TANH_MAX { T::TANH_MAX } else { t };
    let (r, n) = reduce::<I, T>(t + t);
    // e^2t - 1, where 2^n is far from both ends of the exponents.
    let e = (expm1_reduced::<I, T>(r) + (T::ONE - T::exp2_int(-n))) * T::exp2_int(n);
    let ratio = e / (e + lit(2.0));
    // The rounding of e + 2 would show near 0; here it only reaches a correction.
    let half = lit::<T>(0.5) * e;
    let near = I::fma(-half, ratio, half);
    (if e < T::ONE { near } else { ratio }).with_sign(x)
}

/// `(r, n)` with `x = n ln 2 + r`.
#[inline(always)]
fn reduce<I: Isa, T: Scalar>(x: T) -> (T, T) {
    let n = I::fma(x, lit(std::f64::consts::LOG2_E), T::MAGIC) - T::MAGIC;
    (I::fma(n, -T::LN2_LO, I::fma(n, -T::LN2_HI, x)), n)
}

/// e^r - 1 for a reduced `r`.
#[inline(always)]
fn expm1_reduced<I: Isa, T: Scalar>(r: T) -> T {
    I::fma(r * r, T::exp_tail::<I>(r), r)
}
