//! Stretching to a larger shape, and splitting a dimension.

use plywood_tensor::{Error, Result, Scalar, Shape};

use super::broadcast::sum_to;
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Stretched to a shape that this broadcasts to: extents of 1 repeat, without a copy; see [`Tensor::expand`](plywood_tensor::Tensor::expand).
    ///
    /// # Errors
    /// If the shape isn't one that this broadcasts to.
    pub fn expand(&self, shape: impl Into<Shape>) -> Result<Self> {
        let value = self.value().expand(shape)?;
        let input = *self.shape();
        Ok(Self::op("expand", &[self], value, |_| move |dy, sink| sink.add(0, || sum_to(dy.clone(), &input))))
    }

    /// Dimension `dim` split into several of these extents: the opposite of flattening.
    ///
    /// # Errors
    /// If there is no such dimension, or the extents don't multiply to its own.
    pub fn unflatten(&self, dim: isize, extents: &[usize]) -> Result<Self> {
        let d = self.shape().dim(dim, "unflatten")?;
        if extents.iter().product::<usize>() != self.shape()[d] {
            let (what, got) = (format!("product of the extents of dimension {d}"), format!("{extents:?}"));
            return Err(Error::shape("unflatten", what, self.shape()[d], got).with_shapes(self.shape()));
        }
        let (before, after) = (&self.shape()[..d], &self.shape()[d + 1..]);
        self.reshape(Shape::from_slice(&[before, extents, after].concat())?)
    }
}
