//! Starting values of parameters.
//!
//! Each function draws a tensor; [`Param::set`](crate::Param::set) gives it to a layer:
//!
//! ```
//! use plywood_nn::init::{Fan, Nonlinearity, kaiming_normal};
//! use plywood_nn::{Conv2d, Stream};
//!
//! let random = &mut Stream::new(0);
//! let mut conv = Conv2d::<f32>::new(3, 8, 3, random);
//! conv.weight.set(kaiming_normal(*conv.weight.shape(), Nonlinearity::ReLU, Fan::Out, random)?)?;
//! # Ok::<(), plywood_nn::Error>(())
//! ```

mod orthogonal;
mod plain;
mod scaled;
mod trunc_normal;

pub use orthogonal::orthogonal;
pub use plain::{constant, normal, ones, uniform, zeros};
pub use scaled::{
    Fan, Nonlinearity, fans, kaiming_normal, kaiming_std, kaiming_uniform, lecun_normal, lecun_std, lecun_uniform,
    xavier_normal, xavier_std, xavier_uniform,
};
pub use trunc_normal::trunc_normal;

/// The bound of PyTorch's default for linear layers and convolutions: weights and biases lie evenly within
/// ±1/√fan_in, where `fan_in` is the number of inputs of one output (He's rule with the slope √5 of a leaky ReLU).
pub(crate) fn default_bound(fan_in: usize) -> f64 {
    1.0 / (fan_in.max(1) as f64).sqrt()
}
