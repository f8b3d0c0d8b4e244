//! Normalisation: over the batch, over a row's features, over groups of channels, over neighbouring channels.
//!
//! Sums are taken in lanes of `T` over groups of a few thousand elements and added up in `f64`, and deviations are
//! measured from the mean of their group, so that `f32` results hold for inputs whose mean dwarfs their spread. The
//! order of all sums follows from the shape alone.

pub mod batch_norm;
mod sums;
