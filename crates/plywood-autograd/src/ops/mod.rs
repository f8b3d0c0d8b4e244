//! The differentiable operations, one file each: check, forward, rule.

mod adaptive_pool;
mod avg_pool;
mod batch_norm;
mod binary;
mod broadcast;
mod conv2d;
mod dropout;
mod embedding;
mod expand;
mod gather;
mod group_norm;
mod index_select;
mod interpolate;
mod join;
mod layer_norm;
mod linear;
mod local_response_norm;
mod loss;
mod masked;
mod max_pool;
mod maxout;
mod one_hot;
mod prelu;
mod reduce;
mod remap;
mod select;
mod softmax;
mod triangle;
mod unary;
mod view;

pub use avg_pool::AvgWindow;
pub use batch_norm::BatchStatistics;
pub use conv2d::{Conv2dOptions, Padding};
pub use interpolate::{Interpolation, Resize};
pub use join::{cat, stack};
pub use loss::*;
pub use one_hot::one_hot;
pub use plywood_kernels::loss::Reduction;
pub use plywood_kernels::pool::Window;
pub use reduce::Dims;
pub use remap::PadMode;
pub use select::where_;
#[doc(hidden)]
pub use unary::UNARY;
