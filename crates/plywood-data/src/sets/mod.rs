//! Named data sets.

pub(crate) mod cifar;
mod digits;
mod emnist;
mod iris;
mod locate;
mod mnist;
mod remote;
mod source;

pub use cifar::{Cifar, cifar10, cifar100};
pub use digits::digits;
pub use emnist::{Emnist, emnist};
pub use iris::{IRIS_FEATURES, iris};
pub use locate::{cache_folder, data_folder};
pub use mnist::{MnistLike, fashion_mnist, kmnist, mnist, qmnist};
#[cfg(feature = "download")]
pub(crate) use remote::RemoteFile;
