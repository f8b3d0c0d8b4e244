//! Files that data sets come in.

pub(crate) mod gzip;
pub mod idx;

pub use idx::Idx;
