//! Vector norms.

use plywood_kernels::reduce;
use plywood_tensor::{Error, Result, Scalar, Tensor};

use super::extrema::share;
use super::{Dims, Over};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// The `p`-norm (Σ |x|ᵖ)^(1/p) over some dimensions: 2 is the Euclidean length, 1 the sum of magnitudes, `±∞` the
    /// greatest and the least magnitude, 0 the number of values that aren't 0. The gradient at the origin is 0.
    ///
    /// # Errors
    /// If there is no such dimension, or `p` is NaN.
    pub fn norm(&self, p: f64, dims: impl Into<Dims>, keepdim: bool) -> Result<Self> {
        if p.is_nan() {
            return Err(Error::value("norm", "p", "a number", p));
        }
        let over = Over::new("norm", self.shape(), dims.into(), keepdim)?;
        let x = self.value().contiguous();
        let value = Tensor::build(over.output, |y| reduce::norm(&over.dims, p, &x, y));
        Ok(Self::op("norm", &[self], value, |y| {
            let y = y.clone();
            move |dy, sink| sink.add(0, || adjoint(p, &over, &x.into_tensor(), &y, dy))
        }))
    }
}

fn adjoint<T: Scalar>(p: f64, over: &Over, x: &Tensor<T>, y: &Tensor<T>, dy: &Tensor<T>) -> Result<Tensor<T>> {
    let sign = |x: T| if x > T::ZERO { T::ONE } else { -T::ONE };
    if p.is_infinite() {
        // The gradient goes to the values of that magnitude, in equal parts.
        let here = |x: T, y: T| if x == T::ZERO || x.abs() != y { T::ZERO } else { sign(x) };
        let mask = x.zip_map(&over.spread(y)?, here)?;
        let safe = |share: T| if share.is_finite() { share } else { T::ZERO };
        return Ok(share(over, &mask, dy)?.map(safe));
    }
    // x sign(x) |x|^(p-2) / y^(p-1), by powers of |x| / y so that nothing overflows.
    let ratio = |x: T, y: T| if x == T::ZERO || p == 0.0 { T::ZERO } else { sign(x) * power(x.abs() / y, p - 1.0) };
    x.zip_map(&over.spread(y)?, ratio)?.zip_map(&over.spread(dy)?, |slope, dy| slope * dy)
}

fn power<T: Scalar>(x: T, e: f64) -> T {
    if e == 1.0 { x } else { T::from_f64(x.to_f64().powf(e)) }
}
