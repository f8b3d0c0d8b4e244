//! Networks of linear layers: regressions, perceptrons, autoencoders, Boltzmann machines.

mod autoencoder;
mod boltzmann;
mod deep_belief;
mod maxout_net;
mod mlp;
mod regression;

pub use autoencoder::Autoencoder;
pub use boltzmann::RBM;
pub use deep_belief::DeepBeliefNet;
pub use maxout_net::MaxoutNet;
pub use mlp::{Activation, MLP};
pub use regression::{LinearRegression, LogisticRegression, SoftmaxRegression};
