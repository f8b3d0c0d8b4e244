//! Networks that see.

mod lenet;

pub use lenet::LeNet5;
