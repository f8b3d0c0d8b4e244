//! Datasets, loaders, splits and transforms for training neural networks.
//!
//! A [`Dataset`] is a pure function from an index to a sample; combinators make sets of sets; a [`DataLoader`] draws
//! an order, gathers batches (on worker threads if asked to) and can stop and resume anywhere:
//!
//! ```
//! use plywood_data::{DataLoader, digits, split};
//!
//! let (train, test) = split::stratified(digits(), 0.2, 0)?;
//! for batch in DataLoader::new(&train).batch_size(64).shuffle(0).iter() {
//!     let batch = batch?;
//!     assert_eq!(batch.input.shape()[1..], [1, 8, 8]); // f32, 0 to 1
//!     assert_eq!(batch.target.shape().len(), 1); // i64, 0 to 9
//! }
//! # Ok::<(), plywood_data::Error>(())
//! ```

pub mod augment;
mod checksum;
mod collate;
pub mod combinators;
mod dataset;
#[cfg(feature = "download")]
mod download;
pub mod formats;
mod gather;
pub mod generated;
mod images;
mod loader;
mod padded;
pub mod preprocess;
mod progress;
pub mod random;
pub mod sampler;
pub mod sets;
pub mod split;
mod tensor_dataset;
#[cfg(test)]
mod testing;
pub mod text;

pub use collate::{Batch, Collate};
pub use combinators::Subset;
pub use dataset::{Dataset, Labelled, Sample, Samples};
pub use formats::Idx;
pub use images::Images;
pub use loader::{BatchInfo, Batches, DataLoader, Position};
pub use padded::Padded;
pub use plywood_tensor::{Error, Result};
pub use progress::Progress;
pub use sets::{cifar10, cifar100, digits, emnist, fashion_mnist, iris, kmnist, mnist, qmnist};
pub use tensor_dataset::TensorDataset;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
