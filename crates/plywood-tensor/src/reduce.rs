//! Reductions of values that need no gradient.

use plywood_kernels::reduce::{self, AxisDims, ReduceDims};

use crate::{Error, Result, Scalar, Shape, Tensor};

impl<T: Scalar> Tensor<T> {
    /// The sum of all values, accurate for millions of them.
    pub fn sum(&self) -> T {
        let mut sum = [T::ZERO];
        reduce::sum(&ReduceDims::new(&[self.elements()], |_| true), &self.contiguous(), &mut sum);
        sum[0]
    }

    /// The mean of all values; NaN of none.
    pub fn mean(&self) -> T {
        self.sum() / T::from_usize(self.elements())
    }

    /// The index of the first greatest value along a dimension; NaN counts as the greatest. With `keepdim` the dimension
    /// stays with extent 1.
    ///
    /// ```
    /// use plywood_tensor::Tensor;
    /// let scores = Tensor::from([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]]);
    /// assert_eq!(scores.argmax(1, false)?.to_vec(), [1, 0]);
    /// # Ok::<(), plywood_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn argmax(&self, dim: isize, keepdim: bool) -> Result<Tensor<i64>> {
        self.index_of("argmax", dim, keepdim, reduce::argmax)
    }

    /// The index of the first least value along a dimension; otherwise as [`argmax`](Self::argmax).
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn argmin(&self, dim: isize, keepdim: bool) -> Result<Tensor<i64>> {
        self.index_of("argmin", dim, keepdim, reduce::argmin)
    }

    /// The indices that put the values along a dimension in ascending (or descending) order. Equal values keep their
    /// order; NaN counts as the greatest.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn argsort(&self, dim: isize, descending: bool) -> Result<Tensor<i64>> {
        let axis = AxisDims::new(self.shape(), self.shape().dim(dim, "argsort")?);
        let mut values = vec![T::ZERO; self.elements()];
        let x = self.contiguous();
        Ok(Tensor::build(self.shape(), |out| reduce::sort(&axis, descending, &x, &mut values, out)))
    }

    fn index_of(
        &self,
        op: &'static str,
        dim: isize,
        keepdim: bool,
        kernel: fn(&AxisDims, &[T], &mut [i64]),
    ) -> Result<Tensor<i64>> {
        let d = self.shape().dim(dim, op)?;
        let axis = AxisDims::new(self.shape(), d);
        if axis.n == 0 && axis.lines() > 0 {
            return Err(Error::shape(op, format!("extent of dimension {d}"), "at least 1", 0).with_shapes(self.shape()));
        }
        let mut shape: Shape = self.shape().remove(d);
        if keepdim {
            shape = shape.insert(d, 1)?;
        }
        Ok(Tensor::build(shape, |out| kernel(&axis, &self.contiguous(), out)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_along_each_dimension() {
        let x = Tensor::from([[3.0, 1.0, 2.0], [0.0, 9.0, 9.0]]);
        assert_eq!(x.argmax(1, true).unwrap().shape(), &[2, 1]);
        assert_eq!(x.argmax(0, false).unwrap().to_vec(), [0, 1, 1]);
        assert_eq!(x.transpose(0, 1).unwrap().argmin(0, false).unwrap().to_vec(), [1, 0]);
        assert_eq!(x.argsort(-1, false).unwrap().to_vec(), [1, 2, 0, 0, 1, 2]);
        assert_eq!(x.argsort(-1, true).unwrap().to_vec(), [0, 2, 1, 1, 2, 0]);
        let error = Tensor::<f32>::zeros([2, 0]).argmax(1, false).unwrap_err().to_string();
        assert_eq!(error, "argmax: extent of dimension 1: expected at least 1, got 0 ([2, 0])");
        assert_eq!(Tensor::<f32>::zeros([0, 2]).argmax(1, false).unwrap().shape(), &[0]);
    }

    #[test]
    fn sums_of_many_values_are_accurate() {
        // Chains of 16 values are added in f32: at most 15 roundings of 6e-8 each, here all in one direction.
        let x = Tensor::full([1000, 5000], 0.1f32);
        assert!((x.sum() / 500_000.0 - 1.0).abs() < 9e-7, "{}", x.sum());
        assert!((x.mean() / 0.1 - 1.0).abs() < 9e-7, "{}", x.mean());
        assert!(Tensor::<f32>::zeros([0]).mean().is_nan());
    }
}
