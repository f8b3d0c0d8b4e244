//! Stretching to a larger shape, and splitting a dimension.

use plywood_kernels::index::Remap;
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// Stretched to a shape that this broadcasts to: extents of 1 repeat, without a copy; see [`Tensor::expand`].
    ///
    /// # Errors
    /// If the shape isn't one that this broadcasts to.
    pub fn expand(&self, shape: impl Into<Shape>) -> Result<Self> {
        let value = self.value().expand(shape)?;
        let (input, output) = (*self.shape(), *value.shape());
        Ok(Self::op("expand", &[self], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.add(0, || {
                    // The adjoint of reading an extent of 1 again and again is a sum.
                    let new = output.len() - input.len();
                    let extents: Vec<usize> = std::iter::repeat_n(1, new).chain(input.iter().copied()).collect();
                    let map = |(&from, &to): (&usize, &usize)| (from != to).then(|| vec![0; to]);
                    let maps = extents.iter().zip(&*output).map(map).collect();
                    Ok(Tensor::build(input, |dx| Remap::new(&extents, maps).adjoint(&dy, dx)))
                })
            }
        }))
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
