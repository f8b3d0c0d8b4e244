//! What broadcasting operations share.

use plywood_kernels::Strided;
use plywood_kernels::reduce::{self, ReduceDims};
use plywood_tensor::{Element, Result, Scalar, Shape, Tensor};

/// A tensor as the kernels read it.
pub(super) fn operand<T: Element>(x: &Tensor<T>) -> Strided<'_, T> {
    let (data, offset, strides) = x.raw();
    Strided { data, offset, strides }
}

/// A gradient summed over the dimensions in which a tensor of this shape was repeated.
pub(super) fn sum_to<T: Scalar>(gradient: Tensor<T>, shape: &Shape) -> Result<Tensor<T>> {
    if gradient.shape() == shape {
        return Ok(gradient);
    }
    let from = *gradient.shape();
    let new = from.len() - shape.len();
    let dims = ReduceDims::new(&from, |d| d < new || shape[d - new] != from[d]);
    let gradient = gradient.contiguous();
    Ok(Tensor::build(shape, |y| reduce::sum(&dims, &gradient, y)))
}
