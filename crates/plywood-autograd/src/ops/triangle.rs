//! Triangles of matrices.

use plywood_kernels::index::{Triangle, triangle};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// The values on and below a diagonal of the matrices `[…, rows, columns]`, 0 above: 0 is the main diagonal, 1 the one
    /// above it, -1 the one below.
    ///
    /// # Errors
    /// If there are fewer than two dimensions.
    pub fn tril(&self, diagonal: i64) -> Result<Self> {
        keep("tril", self, Triangle::Lower(diagonal))
    }

    /// The values on and above a diagonal, 0 below; see [`tril`](Self::tril).
    ///
    /// # Errors
    /// If there are fewer than two dimensions.
    pub fn triu(&self, diagonal: i64) -> Result<Self> {
        keep("triu", self, Triangle::Upper(diagonal))
    }
}

fn keep<T: Scalar>(op: &'static str, x: &Var<T>, kept: Triangle) -> Result<Var<T>> {
    let shape = *x.shape();
    let [.., rows, columns] = *shape else {
        return Err(Error::shape(op, "number of dimensions", "2 or more", shape.len()).with_shapes(shape));
    };
    let values = x.value().contiguous();
    let value = Tensor::build(shape, |y| triangle(rows, columns, kept, &values, y));
    Ok(Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || Ok(Tensor::build(shape, |dx| triangle(rows, columns, kept, &dy, dx))))
        }
    }))
}
