//! Greatest and least values.

use plywood_kernels::index::{GatherDims, gather, scatter_add};
use plywood_kernels::reduce::{self, AxisDims, ReduceDims};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use super::{Dims, Over, axis};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Greatest values over some dimensions, NaN where there is one. Equal greatest values share the gradient evenly.
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn amax(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        self.extremum("amax", dims.into(), keepdim, reduce::amax)
    }

    /// Least values over some dimensions, NaN where there is one. Equal least values share the gradient evenly.
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn amin(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        self.extremum("amin", dims.into(), keepdim, reduce::amin)
    }

    /// Greatest values along a dimension and the indices of the first of them, to which the gradient goes.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::from(Tensor::from([[1.0, 5.0, 2.0], [7.0, 7.0, 0.0]]));
    /// let (values, indices) = x.max(1, false)?;
    /// assert_eq!(values.value().to_vec(), [5.0, 7.0]);
    /// assert_eq!(indices.to_vec(), [1, 0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn max(&self, dim: isize, keepdim: bool) -> Result<(Self, Tensor<i64>)> {
        self.first("max", dim, keepdim, reduce::argmax)
    }

    /// Least values along a dimension and the indices of the first of them, to which the gradient goes.
    ///
    /// # Errors
    /// If there is no such dimension, or no value to choose from.
    pub fn min(&self, dim: isize, keepdim: bool) -> Result<(Self, Tensor<i64>)> {
        self.first("min", dim, keepdim, reduce::argmin)
    }

    fn extremum(
        &self,
        op: &'static str,
        dims: Dims,
        keepdim: bool,
        kernel: fn(&ReduceDims, &[T], &mut [T]),
    ) -> Result<Self> {
        let over = Over::of_some(op, self.shape(), dims, keepdim)?;
        let x = self.value().contiguous();
        let value = Tensor::build(over.output, |y| kernel(&over.dims, &x, y));
        Ok(Self::op(op, &[self], value, |y| {
            let y = y.clone();
            move |dy, sink| {
                let here = |x: T, y: T| if x == y { T::ONE } else { T::ZERO };
                sink.add(0, || share(&over, &x.into_tensor().zip_map(&over.spread(&y)?, here)?, dy))
            }
        }))
    }

    fn first(
        &self,
        op: &'static str,
        dim: isize,
        keepdim: bool,
        kernel: fn(&AxisDims, &[T], &mut [i64]),
    ) -> Result<(Self, Tensor<i64>)> {
        let (d, axis) = axis(op, self.shape(), dim)?;
        if axis.n == 0 && axis.lines() > 0 {
            return Err(Error::shape(op, format!("extent of dimension {d}"), "at least 1", 0).with_shapes(self.shape()));
        }
        let over = Over::new(op, self.shape(), dim.into(), keepdim)?;
        let indices = Tensor::build(over.kept, |out| kernel(&axis, &self.value().contiguous(), out));
        let values = self.chosen(op, d, &indices)?.reshape(over.output)?;
        Ok((values, indices.reshape(over.output)?))
    }

    /// The values at these indices along dimension `d`.
    pub(super) fn chosen(&self, op: &'static str, d: usize, indices: &Tensor<i64>) -> Result<Self> {
        // A single value is read as one of one dimension.
        let (input, output) = (*self.shape(), *indices.shape());
        let rows = |shape: &Shape| if shape.is_empty() { Shape::from([1]) } else { *shape };
        let dims = GatherDims::new(&rows(&input), &rows(&output), d)
            .map_err(|e| Error::mismatch(op, e, &[("input", &input), ("indices", &output)]))?;
        let (x, indices) = (self.value().contiguous(), indices.contiguous());
        let value = Tensor::build(output, |y| gather(&dims, &x, &indices, y));
        Ok(Self::op(op, &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.write(0, |dx, accumulate| {
                    if !accumulate {
                        dx.fill(T::ZERO);
                    }
                    scatter_add(&dims, &dy, &indices, dx);
                })
            }
        }))
    }
}

/// The gradient of each result, shared by the values of which `mask` is 1, in proportion to it.
pub(super) fn share<T: Scalar>(over: &Over, mask: &Tensor<T>, dy: &Tensor<T>) -> Result<Tensor<T>> {
    let count = Tensor::build(over.output, |y| {
        let magnitudes = mask.map(T::abs);
        reduce::sum(&over.dims, &magnitudes.contiguous(), y);
    });
    mask.zip_map(&over.spread(&dy.zip_map(&count, |dy, n| dy / n)?)?, |mask, dy| mask * dy)
}
