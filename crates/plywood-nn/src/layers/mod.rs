//! The layers, one file each.

mod activation;
mod conv;
mod dropout;
mod embedding;
mod linear;
mod maxout;
mod multihead_attention;
mod norm;
mod parallel;
mod pool;
mod positional_encoding;
mod prelu;
mod recurrent;
mod repeat;
mod residual;
mod sequential;
mod shape;
mod softmax;
mod stateless;
mod transformer;

pub use activation::{
    CELU, ELU, GELU, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, Mish, ReLU, ReLU6, SELU, SiLU, Sigmoid,
    Softplus, Softsign, Tanh,
};
pub use conv::Conv2d;
pub use dropout::{AlphaDropout, Dropout, Dropout2d};
pub use embedding::Embedding;
pub use linear::Linear;
pub use maxout::Maxout;
pub use multihead_attention::{AttentionMasks, MultiheadAttention, excluding};
pub use norm::{
    BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm1d, InstanceNorm2d, LayerNorm, LocalResponseNorm, RMSNorm,
};
pub use parallel::{Merge, Parallel};
pub use pool::{
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, MaxPool1d,
    MaxPool2d,
};
pub use positional_encoding::PositionalEncoding;
pub use prelu::PReLU;
pub use recurrent::*;
pub use repeat::Repeat;
pub use residual::Residual;
pub use sequential::Sequential;
pub use shape::{Flatten, Unflatten, Upsample};
pub use softmax::{LogSoftmax, Softmax};
pub use transformer::{TransformerActivation, TransformerEncoder, TransformerEncoderLayer, TransformerOptions};

pub(crate) use stateless::stateless;
