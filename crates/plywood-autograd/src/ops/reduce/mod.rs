//! Reductions over some or all dimensions.
//!
//! Which dimensions is said by [`Dims`]: one number, an array of them, or an empty array for all. With `keepdim` the
//! reduced dimensions stay with extent 1, so that the result broadcasts against the input.

mod cumsum;
mod extrema;
mod logsumexp;
mod moments;
mod norm;
mod prod;
mod sort;
mod sum;

use plywood_kernels::binary::Binary;
use plywood_kernels::reduce::{AxisDims, ReduceDims};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use super::broadcast::operand;

/// The dimensions that a reduction goes over; negative numbers count from the end, none at all means all of them.
///
/// ```
/// use plywood_autograd::{Tensor, Var};
/// let x = Var::<f32>::from(Tensor::ones([2, 3, 4]));
/// assert_eq!(x.sum_dim(-1, false)?.shape(), &[2, 3]);
/// assert_eq!(x.sum_dim([0, 2], true)?.shape(), &[1, 3, 1]);
/// assert_eq!(x.sum_dim([], false)?.item()?, 24.0);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dims(Vec<isize>);

impl From<isize> for Dims {
    fn from(dim: isize) -> Self {
        Self(vec![dim])
    }
}

impl<const N: usize> From<[isize; N]> for Dims {
    fn from(dims: [isize; N]) -> Self {
        Self(dims.into())
    }
}

impl From<&[isize]> for Dims {
    fn from(dims: &[isize]) -> Self {
        Self(dims.into())
    }
}

/// A checked reduction of one shape.
#[derive(Clone, Copy)]
struct Over {
    dims: ReduceDims,
    input: Shape,
    /// The input's shape with 1 for the extents that are reduced.
    kept: Shape,
    /// The result's shape.
    output: Shape,
}

impl Over {
    fn new(op: &'static str, input: &Shape, dims: Dims, keepdim: bool) -> Result<Self> {
        let mut reduced = vec![dims.0.is_empty(); input.len()];
        for dim in dims.0 {
            // PyTorch takes a single value as one of one dimension.
            if input.is_empty() && matches!(dim, 0 | -1) {
                continue;
            }
            let d = input.dim(dim, op)?;
            if std::mem::replace(&mut reduced[d], true) {
                let message = format!("dimension {d} twice");
                return Err(Error::shape(op, "dimensions", "each one once", message).with_shapes(input));
            }
        }
        let mut kept = *input;
        kept.iter_mut().zip(&reduced).filter(|(_, reduced)| **reduced).for_each(|(extent, _)| *extent = 1);
        let left: Vec<usize> = input.iter().zip(&reduced).filter(|(_, r)| !**r).map(|(&extent, _)| extent).collect();
        let output = if keepdim { kept } else { Shape::from_slice(&left)? };
        Ok(Self { dims: ReduceDims::new(input, |d| reduced[d]), input: *input, kept, output })
    }

    /// Over all dimensions.
    fn all(input: &Shape) -> Self {
        let mut kept = *input;
        kept.fill(1);
        Self { dims: ReduceDims::new(input, |_| true), input: *input, kept, output: Shape::from([]) }
    }

    /// The same, of a reduction that has no result for no values.
    fn of_some(op: &'static str, input: &Shape, dims: Dims, keepdim: bool) -> Result<Self> {
        let over = Self::new(op, input, dims, keepdim)?;
        if over.dims.reduced() == 0 && over.dims.output() > 0 {
            return Err(Error::shape(op, "number of values", "at least 1", 0).with_shapes(input));
        }
        Ok(over)
    }

    /// A tensor of the result's shape stretched to the input's, without a copy.
    fn spread<T: Scalar>(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        x.reshape(self.kept)?.expand(self.input)
    }
}

/// A tensor seen from one of its dimensions; a single value counts as one of one dimension.
pub(super) fn axis(op: &'static str, shape: &Shape, dim: isize) -> Result<(usize, AxisDims)> {
    if shape.is_empty() && matches!(dim, 0 | -1) {
        return Ok((0, AxisDims::new(shape, 0)));
    }
    let d = shape.dim(dim, op)?;
    Ok((d, AxisDims::new(shape, d)))
}

/// A pointwise function of two tensors of one shape.
fn zip<T: Scalar>(f: Binary<T>, a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    Tensor::build(a.shape(), |y| f.forward(a.shape(), operand(a), operand(b), y))
}
