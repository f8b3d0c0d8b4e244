//! Training loop, metrics, checkpoints and pictures.

#[cfg(feature = "plots")]
pub mod plots;
#[cfg(feature = "plots")]
mod png;

pub use plywood_tensor::{Error, Result};
