//! Running sums.

use plywood_kernels::reduce;
use plywood_tensor::{Result, Scalar, Tensor};

use super::axis;
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Running sums along a dimension: entry i is the sum of entries 0 to i.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn cumsum(&self, dim: isize) -> Result<Self> {
        let (_, axis) = axis("cumsum", self.shape(), dim)?;
        let x = self.value().contiguous();
        let value = Tensor::build(self.shape(), |y| reduce::cumsum(&axis, false, &x, y));
        Ok(Self::op("cumsum", &[self], value, |_| {
            move |dy, sink| {
                let gradient = dy.contiguous();
                sink.add(0, || Ok(Tensor::build(dy.shape(), |dx| reduce::cumsum(&axis, true, &gradient, dx))))
            }
        }))
    }
}
