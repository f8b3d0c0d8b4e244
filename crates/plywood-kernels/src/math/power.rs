//! Powers, and the trigonometric functions.

use crate::Scalar;
use crate::isa::Isa;
use crate::math::{exp, ln};

/// x^y with the special cases of IEEE 754: 1 for `y = 0` and for `x = 1`, NaN for a negative `x` and a fractional `y`.
#[inline(always)]
pub fn pow<I: Isa, T: Scalar>(x: T, y: T) -> T {
    x.pow::<I>(y)
}

/// The sine, of radians.
#[inline(always)]
pub fn sin<I: Isa, T: Scalar>(x: T) -> T {
    x.sin()
}

/// The cosine, of radians.
#[inline(always)]
pub fn cos<I: Isa, T: Scalar>(x: T) -> T {
    x.cos()
}

/// e^(y ln |x|) in double precision, which carries the error of the logarithm far below the last place of the result,
/// then the sign.
#[inline(always)]
pub(super) fn pow_f32<I: Isa>(x: f32, y: f32) -> f32 {
    let (a, b) = (x.abs(), y.abs());
    let magnitude = exp::<I, f64>(y as f64 * ln::<I, f64>(a as f64)) as f32;
    let integer = y.floor() == y;
    let half = 0.5 * y;
    let odd = integer && half.floor() != half;
    let signed = if odd && x.is_sign_negative() { -magnitude } else { magnitude };
    let defined = if x < 0.0 && a < f32::INFINITY && !integer { f32::NAN } else { signed };
    // 1^±∞ and (-1)^±∞ are 0 · ∞ in the exponent.
    let one = x == 1.0 || y == 0.0 || (a == 1.0 && b == f32::INFINITY);
    if one { 1.0 } else { defined }
}
