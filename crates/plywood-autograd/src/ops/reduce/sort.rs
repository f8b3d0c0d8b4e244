//! Sorting, and the greatest few.

use plywood_kernels::reduce;
use plywood_tensor::{Error, Result, Scalar, Tensor};

use super::axis;
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Values in ascending (or descending) order along a dimension, and the indices they come from. Equal values keep
    /// their order; NaN counts as the greatest.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn sort(&self, dim: isize, descending: bool) -> Result<(Self, Tensor<i64>)> {
        let (d, axis) = axis("sort", self.shape(), dim)?;
        self.first_in_order("sort", d, axis.n, descending)
    }

    /// The `k` greatest values along a dimension (or the least, unless `largest`), in that order, and their indices.
    ///
    /// # Errors
    /// If there is no such dimension, or it has fewer than `k` entries.
    pub fn topk(&self, k: usize, dim: isize, largest: bool) -> Result<(Self, Tensor<i64>)> {
        let (d, axis) = axis("topk", self.shape(), dim)?;
        if k > axis.n {
            let expected = format!("at most {}, the extent of dimension {d}", axis.n);
            return Err(Error::value("topk", "k", expected, k));
        }
        self.first_in_order("topk", d, k, largest)
    }

    fn first_in_order(&self, op: &'static str, d: usize, k: usize, descending: bool) -> Result<(Self, Tensor<i64>)> {
        let (_, axis) = axis(op, self.shape(), d as isize)?;
        let mut shape = *self.shape();
        if let Some(extent) = shape.get_mut(d) {
            *extent = k;
        }
        let x = self.value().contiguous();
        let mut values = vec![T::ZERO; axis.lines() * k];
        let mut indices = vec![0; values.len()];
        reduce::top_k(&axis, k, descending, &x, &mut values, &mut indices);
        let indices = Tensor::from_vec(shape, indices)?;
        Ok((self.chosen(op, d, &indices)?, indices))
    }
}
