//! The differentiable operations, one file each: check, forward, rule.

mod conv2d;
mod linear;
mod loss;
mod view;

pub use conv2d::{Conv2dOptions, Padding};
pub use loss::*;
pub use plywood_kernels::loss::Reduction;
