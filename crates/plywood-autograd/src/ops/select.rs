//! Choosing between two values by a condition.

use plywood_kernels::select;
use plywood_tensor::{Result, Scalar, Tensor};

use super::broadcast::{operand, sum_to};
use crate::Var;

/// `a` where the condition holds, else `b`; PyTorch's `where`. All three broadcast against each other.
///
/// ```
/// use plywood_autograd::{Tensor, Var, where_};
/// let (a, b) = (Var::leaf(Tensor::from([1.0, 2.0])), Var::leaf(Tensor::from([9.0])));
/// let y = where_(&Tensor::from([true, false]), &a, &b)?;
/// assert_eq!(y.value().to_vec(), [1.0, 9.0]);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If the shapes don't broadcast.
pub fn where_<T: Scalar>(condition: &Tensor<bool>, a: &Var<T>, b: &Var<T>) -> Result<Var<T>> {
    let shape = condition.shape().broadcast(&a.shape().broadcast(b.shape(), "where")?, "where")?;
    let condition = condition.expand(shape)?;
    let (x, y) = (a.value().expand(shape)?, b.value().expand(shape)?);
    let value = Tensor::build(shape, |out| select::forward(&shape, operand(&condition), operand(&x), operand(&y), out));
    let shapes = [*a.shape(), *b.shape()];
    Ok(Var::op("where", &[a, b], value, |_| {
        move |dy, sink| {
            for (i, side) in [true, false].into_iter().enumerate() {
                let chosen = |dx: &mut [T]| select::adjoint(side, &shape, operand(&condition), operand(dy), dx);
                sink.add(i, || sum_to(Tensor::build(shape, chosen), &shapes[i]))?;
            }
            Ok(())
        }
    }))
}
