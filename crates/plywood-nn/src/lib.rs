//! Neural-network building blocks: parameters, layers, losses, initial values, state dicts.
//!
//! A model is a plain struct of layers. `#[derive(Module)]` gives it the one traversal from which parameters, names,
//! files, freezing and counting follow; [`Layer`] is what has one input and one output. Mode and randomness come with
//! the [`Context`] of each forward pass.

// Lets the derive macro, which writes `::plywood_nn`, be used in this crate too.
extern crate self as plywood_nn;

mod buffer;
mod collections;
mod context;
mod graph;
pub mod init;
mod layer;
mod layers;
pub mod module;
mod name;
mod param;
mod pytorch;
mod state_dict;
mod summary;

pub use buffer::{Buffer, Counter};
pub use context::{Call, Context, Mode};
pub use graph::graph;
pub use layer::Layer;
pub use layers::*;
pub use module::{Module, Part, PartMut, Visitor, VisitorMut};
pub use param::Param;
pub use plywood_autograd::{
    AvgWindow, Error, Gradients, Graph, Interpolation, Resize, Result, Scalar, Shape, Tensor, Var, Window,
};
pub use plywood_derive::Module;
pub use plywood_tensor::Stream;
pub use state_dict::{Entry, LoadReport, StateDict};
pub use summary::{LayerSummary, Summary, summary};

#[doc(hidden)]
pub use plywood_derive::FacadeModule;
