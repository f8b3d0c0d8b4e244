//! Products.

use plywood_kernels::reduce;
use plywood_tensor::{Result, Scalar, Tensor};

use super::{Dims, Over};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Products over some dimensions. The gradient is right where values are 0, too.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn prod(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        let over = Over::new("prod", self.shape(), dims.into(), keepdim)?;
        let x = self.value().clone();
        let value = Tensor::build(over.output, |y| reduce::prod(&over.dims, &x.contiguous(), y));
        Ok(Self::op("prod", &[self], value, |_| move |dy, sink| sink.add(0, || adjoint(&over, &x, dy))))
    }
}

/// The kernel wants the values of a product side by side: the reduced dimensions go behind and come back.
fn adjoint<T: Scalar>(over: &Over, x: &Tensor<T>, dy: &Tensor<T>) -> Result<Tensor<T>> {
    let reduced = |&d: &usize| over.kept[d] != over.input[d];
    let (behind, front): (Vec<usize>, Vec<usize>) = (0..over.input.len()).partition(reduced);
    let order = [front, behind].concat();
    let mut back = vec![0; order.len()];
    order.iter().enumerate().for_each(|(i, &d)| back[d] = i);

    let moved = x.permute(&order)?;
    let (n, x, dy) = (over.dims.reduced(), moved.contiguous(), dy.contiguous());
    Tensor::build(moved.shape(), |dx| reduce::prod_adjoint(n, &x, &dy, dx)).permute(&back)
}
