//! The table of pointwise functions of two operands.
//!
//! A row reads: documentation, `name(parameters)`, the cost in elementary operations, the function `|a, b| …`, its
//! derivative with respect to `a`, and with respect to `b`.

use super::{Binary, Formula, Row, run_forward, run_left, run_right};
use crate::Scalar;
use crate::isa::Isa;
use crate::math::{self, lit, pick};

macro_rules! table {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident)?) cost $cost:literal,
            |$a:ident, $b:ident| $forward:expr, left $left:expr, right $right:expr;
    )*) => {
        /// All rows, compiled for one type.
        pub(crate) struct Rows<T> {
            $($name: Row<T>,)*
        }

        /// Where the rows of a type are found; part of [`Scalar`].
        #[doc(hidden)]
        pub trait Table: Sized + 'static {
            #[doc(hidden)]
            #[allow(private_interfaces)]
            fn binary_rows() -> &'static Rows<Self>;
        }

        /// Each function, with the same parameter.
        #[cfg(test)]
        pub(super) fn every<T: Scalar>(p: T) -> Vec<Binary<T>> {
            vec![$(Binary { row: &T::binary_rows().$name, p: [p, T::ZERO] }),*]
        }

        table!(@static f32 $($name $cost)*);
        table!(@static f64 $($name $cost)*);

        $(
            #[allow(non_camel_case_types)]
            struct $name {}

            #[allow(unused_variables)]
            impl<T: Scalar> Formula<T> for $name {
                #[inline(always)]
                fn forward<I: Isa>(p: [T; 2], $a: T, $b: T) -> T {
                    $(let $p = p[0];)?
                    $forward
                }
                #[inline(always)]
                fn left<I: Isa>(p: [T; 2], $a: T, $b: T) -> T {
                    $(let $p = p[0];)?
                    $left
                }
                #[inline(always)]
                fn right<I: Isa>(p: [T; 2], $a: T, $b: T) -> T {
                    $(let $p = p[0];)?
                    $right
                }
            }

            $(#[$doc])*
            pub fn $name<T: Scalar>($($p: T)?) -> Binary<T> {
                #[allow(unused_mut)]
                let mut p = [T::ZERO; 2];
                $(p[0] = $p;)?
                Binary { row: &T::binary_rows().$name, p }
            }
        )*
    };
    (@static $t:ident $($name:ident $cost:literal)*) => {
        impl Table for $t {
            #[allow(private_interfaces)]
            fn binary_rows() -> &'static Rows<$t> {
                static ROWS: Rows<$t> = Rows { $($name: Row {
                    name: stringify!($name),
                    cost: $cost,
                    forward: run_forward::<$t, $name>,
                    partials: [run_left::<$t, $name>, run_right::<$t, $name>],
                }),* };
                &ROWS
            }
        }
    };
}

table! {
    /// a + b.
    add() cost 1, |a, b| a + b, left T::ONE, right T::ONE;
    /// a - b.
    sub() cost 1, |a, b| a - b, left T::ONE, right -T::ONE;
    /// a b.
    mul() cost 1, |a, b| a * b, left b, right a;
    /// a / b.
    div() cost 1, |a, b| a / b, left T::ONE / b, right -a / (b * b);
    /// a^b; the derivative by b is 0 at a = 0, b ≥ 0.
    pow() cost 16, |a, b| math::pow::<I, T>(a, b),
        left pick(b == T::ZERO, T::ZERO, b * math::pow::<I, T>(a, b - T::ONE)),
        right pick(a == T::ZERO && b >= T::ZERO, T::ZERO, math::pow::<I, T>(a, b) * math::ln::<I, T>(a));
    /// The greater, NaN if one is; where both are equal, each has half of the gradient.
    maximum() cost 1, |a, b| pick(a >= b || a.is_nan(), a, b),
        left pick(a > b, T::ONE, pick(a == b, lit(0.5), T::ZERO)),
        right pick(b > a, T::ONE, pick(a == b, lit(0.5), T::ZERO));
    /// The lesser, NaN if one is; where both are equal, each has half of the gradient.
    minimum() cost 1, |a, b| pick(a <= b || a.is_nan(), a, b),
        left pick(a < b, T::ONE, pick(a == b, lit(0.5), T::ZERO)),
        right pick(b < a, T::ONE, pick(a == b, lit(0.5), T::ZERO));
    /// a where positive, else b · a: the leaky ReLU with a learned slope (He et al. 2015).
    prelu() cost 1, |a, b| pick(a > T::ZERO, a, b * a),
        left pick(a > T::ZERO, T::ONE, b),
        right pick(a > T::ZERO, T::ZERO, a);
    /// 1 where a = b, else 0.
    eq() cost 1, |a, b| pick(a == b, T::ONE, T::ZERO), left T::ZERO, right T::ZERO;

    /// (a - b)².
    squared_error() cost 1, |a, b| (a - b) * (a - b), left lit::<T>(2.0) * (a - b), right lit::<T>(2.0) * (b - a);
    /// |a - b|.
    absolute_error() cost 1, |a, b| (a - b).abs(), left math::sign(a - b), right math::sign(b - a);
    /// ½ (a - b)² / beta where |a - b| < beta, else |a - b| - ½ beta.
    smooth_l1(beta) cost 1,
        |a, b| {
            let d = (a - b).abs();
            pick(d < beta, lit::<T>(0.5) * d * d / beta, d - lit::<T>(0.5) * beta)
        },
        left pick((a - b).abs() < beta, (a - b) / beta, math::sign(a - b)),
        right pick((a - b).abs() < beta, (b - a) / beta, math::sign(b - a));
    /// ½ (a - b)² where |a - b| ≤ delta, else delta (|a - b| - ½ delta) (Huber 1964).
    huber(delta) cost 1,
        |a, b| {
            let d = (a - b).abs();
            pick(d <= delta, lit::<T>(0.5) * d * d, delta * (d - lit::<T>(0.5) * delta))
        },
        left pick((a - b).abs() <= delta, a - b, delta * math::sign(a - b)),
        right pick((a - b).abs() <= delta, b - a, delta * math::sign(b - a));
    /// -(b ln a + (1 - b) ln(1 - a)), the logarithms not below -100.
    binary_cross_entropy() cost 8,
        |a, b| {
            let [yes, no] = [math::ln::<I, T>(a), math::log1p::<I, T>(-a)].map(|l| pick(l < lit(-100.0), lit(-100.0), l));
            -(b * yes + (T::ONE - b) * no)
        },
        left {
            let variance = (T::ONE - a) * a;
            (a - b) / pick(variance < lit(1e-12), lit(1e-12), variance)
        },
        right {
            let [yes, no] = [math::ln::<I, T>(a), math::log1p::<I, T>(-a)].map(|l| pick(l < lit(-100.0), lit(-100.0), l));
            no - yes
        };
    /// The binary cross-entropy of σ(a) and b, without overflow.
    binary_cross_entropy_with_logits() cost 8,
        |a, b| pick(a < T::ZERO, T::ZERO, a) - a * b + math::log1p::<I, T>(math::exp::<I, T>(-a.abs())),
        left math::sigmoid::<I, T>(a) - b,
        right -a;
    /// b (ln b - a), 0 where b = 0: the divergence of b from e^a.
    kl_div() cost 4,
        |a, b| pick(b > T::ZERO, b * math::ln::<I, T>(b), b * T::ZERO) - b * a,
        left -b,
        right pick(b > T::ZERO, math::ln::<I, T>(b) + T::ONE, T::ZERO) - a;
}
