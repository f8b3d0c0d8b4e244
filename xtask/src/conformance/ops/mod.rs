//! Operations by name: how each is called on a case's inputs, with PyTorch's arguments and their defaults.

mod attention;
mod convolution;
mod elementwise;
mod indexing;
mod loss;
mod matmul;
mod normalization;
mod pooling;
mod recurrent;
mod reduction;
mod shape;

use plywood_tensor::Scalar;

use super::case::{Inputs, Outputs};
use super::outcome::Stop;

/// Calls an operation on a case's inputs.
pub type Runner<T> = fn(&Inputs<T>) -> Result<Outputs<T>, Stop>;

/// The runner for an operation, if it is known.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    let families = [
        attention::find::<T>,
        convolution::find,
        elementwise::find,
        indexing::find,
        loss::find,
        matmul::find,
        normalization::find,
        pooling::find,
        recurrent::find,
        reduction::find,
        shape::find,
    ];
    families.iter().find_map(|family| family(op))
}
