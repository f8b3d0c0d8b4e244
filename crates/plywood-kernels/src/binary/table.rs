//! The table of pointwise functions of two operands.
//!
//! A row reads: documentation, the name, the cost in elementary operations, the function `|a, b| …`, its derivative with
//! respect to `a`, and with respect to `b`. In front of a derivative stand the operands that it is computed from.

use super::{Binary, Formula, Row};
use crate::Scalar;
use crate::isa::Isa;
use crate::math::{self, lit, pick};

macro_rules! table {
    ($(
        $(#[$doc:meta])*
        $name:ident cost $cost:literal, |$a:ident, $b:ident| $forward:expr,
            [$($left_uses:ident),*] $left:expr,
            [$($right_uses:ident),*] $right:expr;
    )*) => {
        /// Each function.
        #[cfg(test)]
        pub(super) fn every<T: Scalar>() -> Vec<Binary<T>> {
            vec![$($name()),*]
        }

        $(
            #[allow(non_camel_case_types)]
            struct $name {}

            #[allow(unused_variables)]
            impl<T: Scalar> Formula<T> for $name {
                const NAME: &'static str = stringify!($name);
                const COST: usize = $cost;
                const USES: [&'static [&'static str]; 2] =
                    [&[$(stringify!($left_uses)),*], &[$(stringify!($right_uses)),*]];
                #[inline(always)]
                fn forward<I: Isa>($a: T, $b: T) -> T {
                    $forward
                }
                #[inline(always)]
                fn left<I: Isa>($a: T, $b: T) -> T {
                    $left
                }
                #[inline(always)]
                fn right<I: Isa>($a: T, $b: T) -> T {
                    $right
                }
            }

            monomorphic! {
                $(#[$doc])*
                pub fn $name<T: Scalar>() -> Binary<T> {
                    Binary { row: Row::of::<$name>() }
                }
            }
        )*
    };
}

table! {
    /// a + b.
    add cost 1, |a, b| a + b, [] T::ONE, [] T::ONE;
    /// a - b.
    sub cost 1, |a, b| a - b, [] T::ONE, [] -T::ONE;
    /// a b.
    mul cost 1, |a, b| a * b, [b] b, [a] a;
    /// a / b.
    div cost 1, |a, b| a / b, [b] T::ONE / b, [a, b] -a / (b * b);
    /// a^b; the derivative by b is 0 at a = 0, b ≥ 0.
    pow cost 16, |a, b| math::pow::<I, T>(a, b),
        [a, b] pick(b == T::ZERO, T::ZERO, b * math::pow::<I, T>(a, b - T::ONE)),
        [a, b] pick(a == T::ZERO && b >= T::ZERO, T::ZERO, math::pow::<I, T>(a, b) * math::ln::<I, T>(a));
    /// The greater, NaN if one is; where both are equal, each has half of the gradient.
    maximum cost 1, |a, b| pick(a >= b || a.is_nan(), a, b),
        [a, b] pick(a > b, T::ONE, pick(a == b, lit(0.5), T::ZERO)),
        [a, b] pick(b > a, T::ONE, pick(a == b, lit(0.5), T::ZERO));
    /// The lesser, NaN if one is; where both are equal, each has half of the gradient.
    minimum cost 1, |a, b| pick(a <= b || a.is_nan(), a, b),
        [a, b] pick(a < b, T::ONE, pick(a == b, lit(0.5), T::ZERO)),
        [a, b] pick(b < a, T::ONE, pick(a == b, lit(0.5), T::ZERO));
}
