//! Training loop, metrics, checkpoints and pictures.

pub mod metrics;
#[cfg(feature = "plots")]
pub mod plots;
#[cfg(feature = "plots")]
mod png;

pub use plywood_tensor::{Error, Result};
