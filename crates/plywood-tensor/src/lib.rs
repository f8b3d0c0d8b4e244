//! N-dimensional values: [`Tensor`], its shapes, views, broadcasting, seeded randomness and files.
//!
//! The second rung of Plywood, above the kernels and below automatic differentiation. It is the one seam to `ndarray`
//! (`From` and `Into` without a copy, [`Tensor::view`]) and to files ([`npy`], [`safetensors`]).

mod element;
mod error;
pub mod file;
mod layout;
pub mod memory;
mod nd;
pub mod npy;
#[doc(hidden)]
pub mod pool;
mod random;
mod reduce;
pub mod safetensors;
mod shape;
mod storage;
mod tensor;
mod view;

pub use element::{Element, Scalar};
pub use error::{Error, Result};
pub use random::{Stream, StreamState};
pub use shape::{MAX_RANK, Shape};
pub use tensor::{Contiguous, Tensor};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
