//! Softmax and log-softmax along a dimension, and the losses of classification that are fused with them.

mod cross_entropy;
mod lines;
#[cfg(test)]
mod tests;

pub use cross_entropy::{Classes, cross_entropy, cross_entropy_adjoint};
pub use lines::{log_softmax, log_softmax_adjoint, softmax, softmax_adjoint};
