//! Local response normalisation.

use plywood_autograd::{Result, Scalar, Var};

use crate::layers::stateless;
use crate::{Context, Layer};

/// `x / (k + alpha / size · Σ x²)^beta`, the sum over `size` neighbouring channels (Krizhevsky, Sutskever and Hinton,
/// "ImageNet Classification with Deep Convolutional Neural Networks", 2012).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNorm {
    /// Channels of a window.
    pub size: usize,
    /// Factor of the mean square, 1e-4 by default.
    pub alpha: f64,
    /// Exponent, 0.75 by default.
    pub beta: f64,
    /// Summand, 1 by default; the paper has 2.
    pub k: f64,
}

impl LocalResponseNorm {
    /// Over so many channels, with PyTorch's constants.
    pub fn new(size: usize) -> Self {
        Self { size, alpha: 1e-4, beta: 0.75, k: 1.0 }
    }
}

impl<T: Scalar> Layer<T> for LocalResponseNorm {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let kind = || format!("LocalResponseNorm({})", self.size);
        cx.layer(None, kind, x, |_| x.local_response_norm(self.size, self.alpha, self.beta, self.k))
    }
}
stateless!(LocalResponseNorm);
