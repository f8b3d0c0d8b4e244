//! Local response normalisation.

use plywood_kernels::norm::{LocalResponseNormDims, local_response_norm, local_response_norm_adjoint};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `x / (k + alpha / size · Σ x²)^beta` on `[n, c, …]`, the sum over `size` neighbouring channels. PyTorch's defaults
    /// are `alpha = 1e-4`, `beta = 0.75`, `k = 1`.
    ///
    /// # Errors
    /// If the input has fewer than three dimensions or `size` is 0.
    pub fn local_response_norm(&self, size: usize, alpha: f64, beta: f64, k: f64) -> Result<Self> {
        let dims = LocalResponseNormDims::new(self.shape(), size, alpha, beta, k)
            .map_err(|e| Error::mismatch("local_response_norm", e, &[("input", self.shape())]))?;
        let x = self.value().contiguous();
        let value = Tensor::build(self.shape(), |y| local_response_norm(&dims, &x, y));
        let shape = *self.shape();
        Ok(Self::op("local_response_norm", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.add(0, || Ok(Tensor::build(shape, |dx| local_response_norm_adjoint(&dims, &x, &dy, dx))))
            }
        }))
    }
}
