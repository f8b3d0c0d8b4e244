//! The table of pointwise functions.
//!
//! A row reads: documentation, `name(parameters)`, the cost in elementary operations, what the derivative is computed
//! from, the function `|x| …`, and the derivative by what is saved. Comparisons are written so that NaN passes through.

use super::Saved::{Input, Nothing, Output};
use super::{Formula, Row, Saved, Unary};
use crate::Scalar;
use crate::isa::Isa;
use crate::math::{self, lit, pick};

macro_rules! table {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident $(, $q:ident)?)?) cost $cost:literal saves $saved:expr,
            |$x:ident| $forward:expr, |$s:ident| $derivative:expr;
    )*) => {
        /// Each function, with the same parameters.
        #[cfg(test)]
        pub(super) fn every<T: Scalar>(p: [T; 2]) -> Vec<Unary<T>> {
            vec![$(Unary { row: Row::of::<$name>(), p }),*]
        }

        $(
            #[allow(non_camel_case_types)]
            struct $name {}

            impl<T: Scalar> Formula<T> for $name {
                const NAME: &'static str = stringify!($name);
                const COST: usize = $cost;
                #[inline(always)]
                fn saved(p: [T; 2]) -> Saved {
                    table!(@bind p $($p $(, $q)?)?);
                    $saved
                }
                #[inline(always)]
                fn forward<I: Isa>(p: [T; 2], $x: T) -> T {
                    table!(@bind p $($p $(, $q)?)?);
                    $forward
                }
                #[inline(always)]
                fn derivative<I: Isa>(p: [T; 2], $s: T) -> T {
                    table!(@bind p $($p $(, $q)?)?);
                    $derivative
                }
            }

            monomorphic! {
                $(#[$doc])*
                pub fn $name<T: Scalar>($($p: T $(, $q: T)?)?) -> Unary<T> {
                    Unary { row: Row::of::<$name>(), p: table!(@params T $($p $(, $q)?)?) }
                }
            }
        )*
    };
    (@params $t:ident) => { [$t::ZERO; 2] };
    (@params $t:ident $p:ident) => { [$p, $t::ZERO] };
    (@params $t:ident $p:ident, $q:ident) => { [$p, $q] };
    (@bind $params:ident) => { let _ = $params; };
    (@bind $params:ident $p:ident) => { let [$p, _] = $params; let _ = $p; };
    (@bind $params:ident $p:ident, $q:ident) => { let [$p, $q] = $params; let _ = ($p, $q); };
}

/// The scale of SELU (Klambauer et al., Self-Normalizing Neural Networks, 2017).
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// The scale times the alpha of SELU.
const SELU_SCALE_ALPHA: f64 = SELU_SCALE * 1.673_263_242_354_377_2;
/// √(2/π), the slope inside the tanh form of GELU.
const GELU_SLOPE: f64 = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
const GELU_CUBIC: f64 = 0.044715;

table! {
    /// -x.
    neg() cost 1 saves Nothing, |x| -x, |_s| -T::ONE;
    /// x + c.
    add_scalar(c) cost 1 saves Nothing, |x| x + c, |_s| T::ONE;
    /// x - c.
    sub_scalar(c) cost 1 saves Nothing, |x| x - c, |_s| T::ONE;
    /// c - x.
    rsub_scalar(c) cost 1 saves Nothing, |x| c - x, |_s| -T::ONE;
    /// c x.
    mul_scalar(c) cost 1 saves Nothing, |x| x * c, |_s| c;
    /// x / c.
    div_scalar(c) cost 1 saves Nothing, |x| x / c, |_s| T::ONE / c;
    /// c / x.
    rdiv_scalar(c) cost 1 saves Input, |x| c / x, |x| -c / (x * x);
    /// |x|; the derivative at 0 is 0.
    abs() cost 1 saves Input, |x| x.abs(), |x| math::sign(x);
    /// -1, 0 or 1; the derivative is 0.
    sign() cost 1 saves Nothing, |x| math::sign(x), |_s| T::ZERO;
    /// The greatest integer that is not greater; the derivative is 0.
    floor() cost 1 saves Nothing, |x| x.floor(), |_s| T::ZERO;
    /// The least integer that is not less; the derivative is 0.
    ceil() cost 1 saves Nothing, |x| -(-x).floor(), |_s| T::ZERO;
    /// The nearest integer, ties to even; the derivative is 0.
    round() cost 1 saves Nothing, |x| x.round(), |_s| T::ZERO;
    /// x².
    square() cost 1 saves Input, |x| x * x, |x| x + x;
    /// √x.
    sqrt() cost 2 saves Output, |x| x.sqrt(), |y| lit::<T>(0.5) / y;
    /// 1 / √x.
    rsqrt() cost 2 saves Output, |x| T::ONE / x.sqrt(), |y| lit::<T>(-0.5) * y * y * y;
    /// 1 / x.
    reciprocal() cost 1 saves Output, |x| T::ONE / x, |y| -y * y;
    /// x^e.
    pow_scalar(e) cost 16 saves Input,
        |x| math::pow::<I, T>(x, e),
        |x| pick(e == T::ZERO, T::ZERO, e * math::pow::<I, T>(x, e - T::ONE));
    /// e^x.
    exp() cost 4 saves Output, |x| math::exp::<I, T>(x), |y| y;
    /// e^x - 1.
    expm1() cost 4 saves Output, |x| math::expm1::<I, T>(x), |y| y + T::ONE;
    /// ln x.
    log() cost 4 saves Input, |x| math::ln::<I, T>(x), |x| T::ONE / x;
    /// ln(1 + x).
    log1p() cost 4 saves Input, |x| math::log1p::<I, T>(x), |x| T::ONE / (T::ONE + x);
    /// log₂ x.
    log2() cost 4 saves Input, |x| math::log2::<I, T>(x), |x| T::ONE / (x * lit(std::f64::consts::LN_2));
    /// log₁₀ x.
    log10() cost 4 saves Input, |x| math::log10::<I, T>(x), |x| T::ONE / (x * lit(std::f64::consts::LN_10));
    /// sin x.
    sin() cost 16 saves Input, |x| math::sin::<I, T>(x), |x| math::cos::<I, T>(x);
    /// cos x.
    cos() cost 16 saves Input, |x| math::cos::<I, T>(x), |x| -math::sin::<I, T>(x);
    /// tan x.
    tan() cost 32 saves Output, |x| math::sin::<I, T>(x) / math::cos::<I, T>(x), |y| T::ONE + y * y;
    /// tanh x.
    tanh() cost 4 saves Output, |x| math::tanh::<I, T>(x), |y| T::ONE - y * y;
    /// erf x.
    erf() cost 8 saves Input,
        |x| math::erf::<I, T>(x),
        |x| lit::<T>(std::f64::consts::FRAC_2_SQRT_PI) * math::exp::<I, T>(-x * x);
    /// 1 / (1 + e^-x).
    sigmoid() cost 4 saves Output, |x| math::sigmoid::<I, T>(x), |y| y * (T::ONE - y);
    /// ln(1 / (1 + e^-x)).
    log_sigmoid() cost 8 saves Output, |x| math::log_sigmoid::<I, T>(x), |y| -math::expm1::<I, T>(y);
    /// ln(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold.
    softplus(beta, threshold) cost 8 saves Input,
        |x| pick(x * beta > threshold, x, math::softplus::<I, T>(x * beta) / beta),
        |x| pick(x * beta > threshold, T::ONE, math::sigmoid::<I, T>(x * beta));
    /// max(x, 0); the derivative at 0 is 0.
    relu() cost 1 saves Output, |x| pick(x < T::ZERO, T::ZERO, x), |y| pick(y > T::ZERO, T::ONE, T::ZERO);
    /// min(max(x, 0), 6).
    relu6() cost 1 saves Output,
        |x| clamped(x, T::ZERO, lit(6.0)),
        |y| pick(y > T::ZERO && y < lit(6.0), T::ONE, T::ZERO);
    /// x where positive, else slope · x.
    leaky_relu(slope) cost 1 saves pick(slope > T::ZERO, Output, Input),
        |x| pick(x > T::ZERO, x, x * slope),
        |s| pick(s > T::ZERO, T::ONE, slope);
    /// x where positive, else alpha (e^x - 1).
    elu(alpha) cost 4 saves pick(alpha > T::ZERO, Output, Input),
        |x| pick(x > T::ZERO, x, alpha * math::expm1::<I, T>(x)),
        |s| pick(
            s > T::ZERO,
            T::ONE,
            if alpha > T::ZERO { s + alpha } else { alpha * math::exp::<I, T>(s) },
        );
    /// x where positive, else alpha (e^(x / alpha) - 1).
    celu(alpha) cost 4 saves Input,
        |x| pick(x > T::ZERO, x, alpha * math::expm1::<I, T>(x / alpha)),
        |x| pick(x > T::ZERO, T::ONE, math::exp::<I, T>(x / alpha));
    /// ELU with the scale and alpha that keep mean 0 and variance 1 (Klambauer et al. 2017).
    selu() cost 4 saves Output,
        |x| pick(x > T::ZERO, lit::<T>(SELU_SCALE) * x, lit::<T>(SELU_SCALE_ALPHA) * math::expm1::<I, T>(x)),
        |y| pick(y > T::ZERO, lit(SELU_SCALE), y + lit(SELU_SCALE_ALPHA));
    /// x Φ(x), with Φ the distribution function of the standard normal (Hendrycks and Gimpel 2016).
    gelu() cost 8 saves Input,
        |x| x * normal_cdf::<I, T>(x),
        |x| normal_cdf::<I, T>(x)
            + x * math::exp::<I, T>(lit::<T>(-0.5) * x * x)
                * lit(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2);
    /// GELU with Φ(x) ≈ ½ (1 + tanh(√(2/π) (x + 0.044715 x³))).
    gelu_tanh() cost 8 saves Input,
        |x| lit::<T>(0.5) * x * (T::ONE + gelu_inner::<I, T>(x)),
        |x| {
            let t = gelu_inner::<I, T>(x);
            let slope = lit::<T>(GELU_SLOPE) * (T::ONE + lit::<T>(3.0 * GELU_CUBIC) * x * x);
            lit::<T>(0.5) * (T::ONE + t + x * (T::ONE - t * t) * slope)
        };
    /// x σ(x), also called swish.
    silu() cost 8 saves Input,
        |x| x * math::sigmoid::<I, T>(x),
        |x| {
            let s = math::sigmoid::<I, T>(x);
            s * (T::ONE + x * (T::ONE - s))
        };
    /// x tanh(ln(1 + e^x)) (Misra 2019).
    mish() cost 8 saves Input,
        |x| {
            let [_, n, _] = mish_parts::<I, T>(x);
            x * (n / (n + lit(2.0)))
        },
        |x| {
            let [e, n, x] = mish_parts::<I, T>(x);
            let d = n + lit(2.0);
            n / d + lit::<T>(4.0) * x * e * (T::ONE + e) / (d * d)
        };
    /// x / (1 + |x|).
    softsign() cost 2 saves Output,
        |x| x / (T::ONE + x.abs()),
        |y| (T::ONE - y.abs()) * (T::ONE - y.abs());
    /// x limited to `low ..= high`; the derivative is 0 at the limits.
    hardtanh(low, high) cost 1 saves Output,
        |x| clamped(x, low, high),
        |y| pick(y > low && y < high, T::ONE, T::ZERO);
    /// x limited to `low ..= high`; the derivative is 1 at the limits.
    clamp(low, high) cost 1 saves Input,
        |x| clamped(x, low, high),
        |x| pick(x >= low && x <= high, T::ONE, T::ZERO);
    /// (x + 3) / 6 limited to 0 ..= 1.
    hardsigmoid() cost 1 saves Output,
        |x| clamped(x + lit(3.0), T::ZERO, lit(6.0)) / lit(6.0),
        |y| pick(y > T::ZERO && y < T::ONE, lit(1.0 / 6.0), T::ZERO);
    /// x times its hardsigmoid (Howard et al. 2019).
    hardswish() cost 1 saves Input,
        |x| x * clamped(x + lit(3.0), T::ZERO, lit(6.0)) / lit(6.0),
        |x| pick(x <= lit(-3.0), T::ZERO, pick(x < lit(3.0), x / lit(3.0) + lit(0.5), T::ONE));
}

/// NaN stays NaN; where `low > high`, the result is `high`, as in PyTorch.
#[inline(always)]
fn clamped<T: Scalar>(x: T, low: T, high: T) -> T {
    let x = pick(x < low, low, x);
    pick(x > high, high, x)
}

#[inline(always)]
fn normal_cdf<I: Isa, T: Scalar>(x: T) -> T {
    lit::<T>(0.5) * (T::ONE + math::erf::<I, T>(x * lit(std::f64::consts::FRAC_1_SQRT_2)))
}

#[inline(always)]
fn gelu_inner<I: Isa, T: Scalar>(x: T) -> T {
    math::tanh::<I, T>(lit::<T>(GELU_SLOPE) * (x + lit::<T>(GELU_CUBIC) * x * x * x))
}

/// e = e^x, n = (1 + e)² - 1, of which tanh(ln(1 + e)) is n / (n + 2), and x; all for x limited to where that ratio
/// rounds to 1: 20 (f32) and 40 (f64).
#[inline(always)]
fn mish_parts<I: Isa, T: Scalar>(x: T) -> [T; 3] {
    let limit = lit(if T::EPSILON > lit(1e-10) { 20.0 } else { 40.0 });
    let x = pick(x > limit, limit, x);
    let e = math::exp::<I, T>(x);
    [e, e * (e + lit(2.0)), x]
}
