//! ln Σ eˣ.

use plywood_kernels::{binary, reduce, unary};
use plywood_tensor::{Result, Scalar, Tensor};

use super::{Dims, Over, zip};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// ln Σ eˣ over some dimensions, without overflow: a smooth maximum.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn logsumexp(&self, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        let over = Over::new("logsumexp", self.shape(), dims.into(), keepdim)?;
        let x = self.value().contiguous();
        let value = Tensor::build(over.output, |y| reduce::logsumexp(&over.dims, &x, y));
        Ok(Self::op("logsumexp", &[self], value, |_| {
            move |dy, sink| sink.add(0, || adjoint(&over, &x.into_tensor(), dy))
        }))
    }
}

/// dy times the softmax. It is made from the distances to the greatest value, as e^(x - y) would carry the rounding of
/// a large y.
fn adjoint<T: Scalar>(over: &Over, x: &Tensor<T>, dy: &Tensor<T>) -> Result<Tensor<T>> {
    let greatest = Tensor::build(over.output, |y| reduce::amax(&over.dims, &x.contiguous(), y));
    let shift = greatest.map(|m| if m.is_finite() { m } else { T::ZERO });
    let mut e = zip(binary::sub(), x, &over.spread(&shift)?);
    unary::exp().forward_in_place(e.make_mut());
    let total = Tensor::build(over.output, |y| reduce::sum(&over.dims, &e.contiguous(), y));
    let factor = dy.zip_map(&total, |dy, total| dy / total)?;
    Ok(zip(binary::mul(), &e, &over.spread(&factor)?))
}
