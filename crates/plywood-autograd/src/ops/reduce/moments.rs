//! Variances and standard deviations.

use plywood_kernels::{binary, reduce};
use plywood_tensor::{Contiguous, Result, Scalar, Tensor};

use super::{Dims, Over, zip};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Variances over some dimensions: the sum of squared distances from the mean divided by n − `correction` (PyTorch's
    /// default is 1, the unbiased estimate).
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn var(&self, dims: impl Into<Dims>, correction: usize, keepdim: bool) -> Result<Self> {
        let over = Over::new("var", self.shape(), dims.into(), keepdim)?;
        let moments = Moments::new(self.value(), over, correction);
        let value = moments.var.clone();
        Ok(Self::op("var", &[self], value, |_| move |dy, sink| sink.add(0, || moments.adjoint(dy))))
    }

    /// Standard deviations over some dimensions: the roots of [`var`](Self::var). Where one is 0, so is its gradient.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn std(&self, dims: impl Into<Dims>, correction: usize, keepdim: bool) -> Result<Self> {
        let over = Over::new("std", self.shape(), dims.into(), keepdim)?;
        let moments = Moments::new(self.value(), over, correction);
        let value = moments.var.map(T::sqrt);
        Ok(Self::op("std", &[self], value, |std| {
            let std = std.clone();
            move |dy, sink| {
                let half = T::from_f64(0.5);
                let of_root = |dy: T, std: T| if std == T::ZERO { T::ZERO } else { half * dy / std };
                sink.add(0, || moments.adjoint(&dy.zip_map(&std, of_root)?))
            }
        }))
    }
}

/// What a variance saves.
struct Moments<T: Scalar> {
    over: Over,
    x: Contiguous<T>,
    mean: Tensor<T>,
    var: Tensor<T>,
    divisor: T,
}

impl<T: Scalar> Moments<T> {
    fn new(x: &Tensor<T>, over: Over, correction: usize) -> Self {
        let x = x.contiguous();
        let mut var = Tensor::zeros(over.output);
        let mean = Tensor::build(over.output, |mean| {
            reduce::var_mean(&over.dims, correction as f64, &x, var.make_mut(), mean);
        });
        let divisor = T::from_usize(over.dims.reduced().saturating_sub(correction));
        Self { over, x, mean, var, divisor }
    }

    /// `dx = 2 (x - mean) dy / divisor`.
    fn adjoint(self, dy: &Tensor<T>) -> Result<Tensor<T>> {
        let factor = T::from_f64(2.0) / self.divisor;
        let distance = zip(binary::sub(), &self.x.into_tensor(), &self.over.spread(&self.mean)?);
        Ok(zip(binary::mul(), &distance, &self.over.spread(&dy.map(|dy| dy * factor))?))
    }
}
