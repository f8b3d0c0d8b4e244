//! Named data sets.

mod digits;
mod iris;
mod locate;
mod mnist;
mod remote;

pub use digits::digits;
pub use iris::{IRIS_FEATURES, iris};
pub use locate::{cache_folder, data_folder};
pub use mnist::{Emnist, MnistLike, emnist, fashion_mnist, kmnist, mnist, qmnist};
#[cfg(feature = "download")]
pub(crate) use remote::RemoteFile;
