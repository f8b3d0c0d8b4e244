//! Starting values of parameters.

/// The bound of PyTorch's default for linear layers and convolutions: weights and biases lie evenly within
/// ±1/√fan_in, where `fan_in` is the number of inputs of one output (He's rule with the slope √5 of a leaky ReLU).
pub(crate) fn default_bound(fan_in: usize) -> f64 {
    1.0 / (fan_in.max(1) as f64).sqrt()
}
