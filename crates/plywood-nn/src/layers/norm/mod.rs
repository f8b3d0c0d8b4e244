//! Normalisation layers.

mod batch_norm;
mod group_norm;
mod instance_norm;
mod layer_norm;
mod local_response_norm;

pub use batch_norm::{BatchNorm1d, BatchNorm2d};
pub use group_norm::GroupNorm;
pub use instance_norm::{InstanceNorm1d, InstanceNorm2d};
pub use layer_norm::{LayerNorm, RMSNorm};
pub use local_response_norm::LocalResponseNorm;

use plywood_autograd::{Error, Result, Scalar, Tensor, Var};

use crate::Param;

/// A weight of ones and a bias of zeros.
fn affine<T: Scalar>(shape: &[usize]) -> (Option<Param<T>>, Option<Param<T>>) {
    let shape = plywood_autograd::Shape::from_slice(shape).expect("no more dimensions than a tensor has");
    (Some(Param::new(Tensor::ones(shape))), Some(Param::new(Tensor::zeros(shape))))
}

/// Checks that the input of a layer has one of these shapes: a number of dimensions, of which the second is `features`.
fn check<T: Scalar>(op: &'static str, x: &Var<T>, names: &[&str], features: usize) -> Result<()> {
    let shape = x.shape();
    let rank = |names: &&str| names.split(", ").count();
    if !names.iter().any(|n| rank(n) == shape.len()) {
        return Err(Error::shape(op, "input shape", names.join(" or "), shape));
    }
    if shape[1] != features {
        let error = Error::shape(op, "channels of the input (dimension 1)", features, shape[1]);
        return Err(error.with_shapes(format!("input {shape}")));
    }
    Ok(())
}
