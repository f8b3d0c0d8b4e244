//! Sums and means.

use plywood_kernels::reduce;
use plywood_tensor::{Result, Scalar, Tensor};

use super::{Dims, Over};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// The sum of all values.
    pub fn sum(&self) -> Self {
        self.sum_over(Over::all(self.shape()))
    }

    /// Sums over some dimensions.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn sum_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        Ok(self.sum_over(Over::new("sum", self.shape(), dims.into(), keepdim)?))
    }

    /// The mean of all values; NaN of none.
    pub fn mean(&self) -> Self {
        self.mean_over(Over::all(self.shape()))
    }

    /// Means over some dimensions.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn mean_dim(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        Ok(self.mean_over(Over::new("mean", self.shape(), dims.into(), keepdim)?))
    }

    fn sum_over(&self, over: Over) -> Self {
        let x = self.value().contiguous();
        let value = Tensor::build(over.output, |y| reduce::sum(&over.dims, &x, y));
        Self::op("sum", &[self], value, |_| move |dy, sink| sink.add(0, || over.spread(dy)))
    }

    fn mean_over(&self, over: Over) -> Self {
        let x = self.value().contiguous();
        let value = Tensor::build(over.output, |y| reduce::mean(&over.dims, &x, y));
        Self::op("mean", &[self], value, |_| {
            let n = T::from_usize(over.dims.reduced());
            move |dy, sink| sink.add(0, || over.spread(&dy.map(|dy| dy / n)))
        })
    }
}
