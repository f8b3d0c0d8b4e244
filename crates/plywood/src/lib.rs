//! Deep learning in pure Rust, in layers that can each be used alone.
//!
//! This crate only glues: each module is one of Plywood's crates, and [`prelude`] is what most programs need. A sheet
//! of plywood is strong because thin layers are glued in strict order; so is this workspace.
//!
//! | module | holds |
//! |---|---|
//! | [`kernels`] | numeric kernels on slices |
//! | [`tensor`] | n-dimensional values, randomness, files |
//! | [`autograd`] | automatic differentiation |
//! | [`data`] | datasets and loaders |
//! | [`nn`] | parameters, layers, losses |
//! | [`optim`] | optimizers and schedules |
//! | [`models`] | networks from a straight line to ResNet |
//! | [`train`] | training loop, metrics, checkpoints, pictures |
//!
//! `plywood-gradcheck`, the kit for property-testing gradients, is a dev-dependency of its own.

pub use plywood_autograd as autograd;
pub use plywood_data as data;
pub use plywood_kernels as kernels;
pub use plywood_models as models;
pub use plywood_nn as nn;
pub use plywood_optim as optim;
pub use plywood_tensor as tensor;
pub use plywood_train as train;

pub use plywood_tensor::{Error, Result};

/// What most programs need: `use plywood::prelude::*`.
///
/// ```
/// use plywood::prelude::*;
/// use plywood::{data::iris, models::SoftmaxRegression, optim::Adam};
///
/// let irises = iris::<f32>();
/// assert_eq!(irises.labels().len(), 150);
/// let mut model = SoftmaxRegression::new(4, 3, &mut Stream::new(0));
/// let mut trainer = Trainer::new(Adam::new(&model, 0.1)?, |scores, species| cross_entropy(scores, species)).epochs(2);
/// trainer.fit(&mut model, &DataLoader::new(&irises).batch_size(30))?;
///
/// // Its traits leave the methods of the standard library alone.
/// let rows = vec![vec![1, 2], vec![3]];
/// assert_eq!((rows.get(1), rows.concat().len()), (Some(&vec![3]), 3));
/// # Ok::<(), plywood::Error>(())
/// ```
pub mod prelude {
    pub use plywood_autograd::{Gradients, Reduction, Var, binary_cross_entropy_with_logits, cross_entropy, mse_loss};
    pub use plywood_data::{DataLoader, Dataset, Labelled};
    pub use plywood_nn::{FacadeModule as Module, *};
    pub use plywood_optim::Optimizer;
    pub use plywood_tensor::{Error, Result, Scalar, Shape, Stream, Tensor};
    pub use plywood_train::Trainer;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
