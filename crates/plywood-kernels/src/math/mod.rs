//! Elementary functions that vectorise.
//!
//! Each is a branch-free formula over one number: special cases are selects, powers of two are made from bits, and no
//! library is called. So a loop around one inside [`dispatch!`](crate::dispatch) becomes vector code for each
//! instruction set. All follow IEEE 754 at ±0, ±∞, NaN, subnormal numbers and saturation.
//!
//! The first type parameter is the instruction set, as in the body of a dispatched function:
//!
//! ```
//! use plywood_kernels::{Scalar, dispatch, isa::Isa, math};
//!
//! dispatch! {
//!     /// The logistic function of each value.
//!     fn logistic<I: Isa, T: Scalar>(x: &mut [T]) {
//!         x.iter_mut().for_each(|x| *x = math::sigmoid::<I, T>(*x));
//!     }
//! }
//!
//! let mut x = [0.0f32, 100.0];
//! logistic(&mut x);
//! assert_eq!(x, [0.5, 1.0]);
//! ```

mod erf;
mod exp;
mod log;
mod power;
mod real;
#[cfg(test)]
mod tests;

pub use erf::erf;
pub use exp::{exp, expm1, sigmoid, tanh};
pub use log::{ln, log_sigmoid, log1p, log2, log10, softplus};
pub use power::{cos, pow, sin};
pub(crate) use real::Real;

use crate::Scalar;

/// A literal of type `T`; free, since it is folded at compile time.
#[inline(always)]
pub(crate) fn lit<T: Scalar>(x: f64) -> T {
    T::from_f64(x)
}

/// `if` as an expression that becomes a select: both values are computed.
#[inline(always)]
pub(crate) fn pick<T>(condition: bool, yes: T, no: T) -> T {
    if condition { yes } else { no }
}

/// -1, 0 or 1; 0 for NaN.
#[inline(always)]
pub(crate) fn sign<T: Scalar>(x: T) -> T {
    pick(x > T::ZERO, T::ONE, pick(x < T::ZERO, -T::ONE, T::ZERO))
}
