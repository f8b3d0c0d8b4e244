//! The differentiable operations, one file each: check, forward, rule.

mod conv2d;
mod linear;
mod loss;
mod unary;
mod view;

pub use conv2d::{Conv2dOptions, Padding};
pub use loss::*;
pub use plywood_kernels::loss::Reduction;
#[doc(hidden)]
pub use unary::UNARY;
