//! Files that data sets come in.

pub(crate) mod gzip;
pub mod idx;
mod npz;
pub(crate) mod tar;
mod zip;

pub use idx::Idx;
pub use npz::Npz;
