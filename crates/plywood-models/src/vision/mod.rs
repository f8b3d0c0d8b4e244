//! Networks that see.

mod alexnet;
mod cifar_resnet;
mod googlenet;
mod inception;
mod lenet;
mod residual;
mod resnet;
mod vgg;

pub use alexnet::AlexNet;
pub use cifar_resnet::{CifarBlock, CifarResNet};
pub use googlenet::{GoogLeNet, GoogLeNetOutput};
pub use inception::{AuxiliaryHead, ConvBlock, Inception};
pub use lenet::LeNet5;
pub use residual::{BasicBlock, Block, Bottleneck};
pub use resnet::{ResNet, ResNetConfig};
pub use vgg::{Vgg, VggConfig, VggDepth};
