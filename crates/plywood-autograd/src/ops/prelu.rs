//! The rectifier with a learned slope.

use plywood_kernels::prelu::{prelu, prelu_adjoint};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `x` where positive, else `weight · x`: `weight` is `[1]`, or `[c]` with a slope for each channel of `[n, c, …]`
    /// (He et al., "Delving Deep into Rectifiers", 2015).
    ///
    /// # Errors
    /// If `weight` has another shape.
    pub fn prelu(&self, weight: &Self) -> Result<Self> {
        let [slopes] = weight.value().dims("prelu", "[1] or [channels], for the weight")?;
        let channels = self.shape().get(1).copied().unwrap_or(1);
        let s = match slopes {
            1 => self.value().elements(),
            n if n == channels => self.shape()[2..].iter().product(),
            n => {
                let error =
                    Error::shape("prelu", "shape of the weight", format!("[1] or [{channels}]"), format!("[{n}]"));
                return Err(error.with_shapes(format!("input {}", self.shape())));
            }
        };
        let (x, w) = (self.value().contiguous(), weight.value().contiguous());
        let value = Tensor::build(self.shape(), |y| prelu(s, &w, &x, y));
        Ok(Self::op("prelu", &[self, weight], value, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                let mut dweight = vec![T::ZERO; slopes];
                sink.write_fresh(0, |dx| prelu_adjoint(s, &w, &x, &dy, dx, &mut dweight))?;
                sink.add(1, || Ok(dweight.into()))
            }
        }))
    }
}
