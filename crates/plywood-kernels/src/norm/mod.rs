//! Normalisation: over the batch, over a row's features, over groups of channels, over neighbouring channels.
//!
//! Sums are taken in lanes of `T` over groups of a few thousand elements and added up in `f64`, and deviations are
//! measured from the mean of their group, so that `f32` results hold for inputs whose mean dwarfs their spread. The
//! order of all sums follows from the shape alone.

pub mod batch_norm;
mod group_norm;
mod layer_norm;
mod local_response_norm;
mod sums;

pub use group_norm::{GroupNormDims, group_norm, group_norm_adjoint};
pub use layer_norm::{LayerNormDims, RowStatistics, layer_norm, layer_norm_affine_grad, layer_norm_input_grad};
pub use local_response_norm::{LocalResponseNormDims, local_response_norm, local_response_norm_adjoint};

#[cfg(test)]
mod tests;
