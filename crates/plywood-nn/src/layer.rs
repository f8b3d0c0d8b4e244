//! A module with one input and one output.

use plywood_autograd::{Result, Scalar, Var};

use crate::{Context, Module};

/// A module that turns one value into another: what can stand in a [`Sequential`](crate::Sequential).
pub trait Layer<T: Scalar>: Module<T> {
    /// The layer's output for `x`.
    ///
    /// # Errors
    /// If the input's shape isn't one that the layer takes; the message names the layer's path in the model.
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>>;
}
