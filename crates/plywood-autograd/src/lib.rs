//! Reverse-mode automatic differentiation on tensors.
//!
//! A [`Var`] is a tensor and, where gradients are wanted, a link to the operation that made it. The graph hangs off
//! the values: nothing is recorded elsewhere, and dropping a value frees what only it needed. [`Var::backward`] walks
//! from a loss to the leaves and returns [`Gradients`]; it consumes the graph and frees saved values as it goes.
//!
//! ```
//! use plywood_autograd::Var;
//! use plywood_tensor::Tensor;
//!
//! let w = Var::leaf(Tensor::from([[2.0, -1.0]]));
//! let column = w.transpose(0, 1)?;
//! let grads = column.select(0, 1)?.backward()?;
//! assert_eq!(grads.of(&w)?.to_vec(), [0.0, 1.0]);
//! # Ok::<(), plywood_autograd::Error>(())
//! ```
//!
//! Each differentiable operation is one file under `ops/`: check, forward, rule. An operation of one's own is made in
//! the same way, with [`Var::op`].

mod affine;
pub mod anomaly;
mod engine;
mod gradients;
mod graph;
mod node;
mod ops;
mod pooled;
mod var;

pub use engine::{OutputGradients, Sink};
pub use gradients::Gradients;
pub use graph::{Graph, GraphNode};
pub use node::Key;
pub use ops::*;
pub use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};
pub use var::Var;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
