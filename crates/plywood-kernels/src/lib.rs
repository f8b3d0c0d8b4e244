//! Numeric kernels on plain slices: `&[T]` in, `&mut [T]` out.
//!
//! The bottom rung of Plywood. Nothing here knows of tensors or graphs: an operation is a forward function and its
//! adjoints side by side in one file, shapes arrive as numbers, and lengths are asserted at the door. Everything is
//! generic over [`Scalar`] (`f32` and `f64`), chooses its instruction set at run time ([`isa`]) and splits its work
//! in one way ([`par`]), so that a result never depends on the number of threads.

#[macro_use]
mod monomorphic;

pub mod accumulate;
pub mod attention;
pub mod binary;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod copy;
pub mod dropout;
pub mod gemm;
pub mod index;
pub mod isa;
pub mod loss;
pub mod math;
mod mismatch;
pub mod norm;
pub mod optim;
pub mod par;
pub mod peak;
pub mod pool;
pub mod prelu;
pub mod recurrent;
pub mod reduce;
mod scalar;
mod scratch;
pub mod select;
#[doc(hidden)]
pub mod simd;
pub mod softmax;
mod strided;
mod team;
pub mod unary;

pub use mismatch::Mismatch;
pub use scalar::Scalar;
pub use strided::Strided;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
