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
        Ok(Self::op("logsumexp", &[self], value, |y| {
            let y = y.clone();
            move |dy, sink| {
                sink.add(0, || {
                    let mut softmax = zip(binary::sub(), &x.into_tensor(), &over.spread(&y)?);
                    unary::exp().forward_in_place(softmax.make_mut());
                    Ok(zip(binary::mul(), &softmax, &over.spread(dy)?))
                })
            }
        }))
    }
}
