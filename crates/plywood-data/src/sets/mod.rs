//! Named data sets.

mod digits;
mod iris;

pub use digits::digits;
pub use iris::{IRIS_FEATURES, iris};
