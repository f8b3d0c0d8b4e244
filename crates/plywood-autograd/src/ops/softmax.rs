//! Softmax and log-softmax along a dimension.

use plywood_kernels::reduce::AxisDims;
use plywood_kernels::softmax;
use plywood_tensor::{Result, Scalar, Tensor};

use super::reduce::axis;
use crate::Var;

impl<T: Scalar> Var<T> {
    /// eˣ / Σ eˣ along a dimension: positive values that sum to 1. Before a cross-entropy it isn't needed, since
    /// [`cross_entropy`](crate::cross_entropy) has it inside.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn softmax(&self, dim: isize) -> Result<Self> {
        self.along("softmax", dim, softmax::softmax, softmax::softmax_adjoint)
    }

    /// The logarithm of [`softmax`](Self::softmax), accurate where that vanishes.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn log_softmax(&self, dim: isize) -> Result<Self> {
        self.along("log_softmax", dim, softmax::log_softmax, softmax::log_softmax_adjoint)
    }

    fn along(
        &self,
        op: &'static str,
        dim: isize,
        forward: fn(&AxisDims, &[T], &mut [T]),
        adjoint: fn(&AxisDims, &[T], &[T], &mut [T]),
    ) -> Result<Self> {
        let (_, axis) = axis(op, self.shape(), dim)?;
        let x = self.value().contiguous();
        let value = Tensor::build(self.shape(), |y| forward(&axis, &x, y));
        Ok(Self::op(op, &[self], value, |y| {
            let (shape, y) = (*y.shape(), y.contiguous());
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.add(0, || Ok(Tensor::build(shape, |dx| adjoint(&axis, &y, &dy, dx))))
            }
        }))
    }
}
