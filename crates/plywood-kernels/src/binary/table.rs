//! The table of pointwise functions of two operands.
//!
//! A row reads: documentation, the name, the cost in elementary operations, the function `|a, b| …`, its derivative with
//! respect to `a`, and with respect to `b`. In front of a derivative stand the operands that it is computed from.

use super::{Binary, Formula, Row, run_forward, run_left, run_right};
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

        /// Each function.
        #[cfg(test)]
        pub(super) fn every<T: Scalar>() -> Vec<Binary<T>> {
            vec![$($name()),*]
        }

        table!(@static f32 $($name $cost [$($left_uses),*] [$($right_uses),*])*);
        table!(@static f64 $($name $cost [$($left_uses),*] [$($right_uses),*])*);

        $(
            #[allow(non_camel_case_types)]
            struct $name {}

            #[allow(unused_variables)]
            impl<T: Scalar> Formula<T> for $name {
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

            $(#[$doc])*
            pub fn $name<T: Scalar>() -> Binary<T> {
                Binary { row: &T::binary_rows().$name }
            }
        )*
    };
    (@static $t:ident $($name:ident $cost:literal [$($left_uses:ident),*] [$($right_uses:ident),*])*) => {
        impl Table for $t {
            #[allow(private_interfaces)]
            fn binary_rows() -> &'static Rows<$t> {
                static ROWS: Rows<$t> = Rows { $($name: Row {
                    name: stringify!($name),
                    cost: $cost,
                    forward: run_forward::<$t, $name>,
                    partials: [run_left::<$t, $name>, run_right::<$t, $name>],
                    uses: [&[$(stringify!($left_uses)),*], &[$(stringify!($right_uses)),*]],
                }),* };
                &ROWS
            }
        }
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
