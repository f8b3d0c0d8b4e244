//! By a boolean mask: filling, selecting.

use plywood_kernels::index::{masked_fill, masked_scatter, masked_select};
use plywood_tensor::{Result, Scalar, Tensor};

use crate::Var;

impl<T: Scalar> Var<T> {
    /// `value` where the mask is set, these values elsewhere; the mask broadcasts.
    ///
    /// # Errors
    /// If the mask doesn't broadcast to this shape.
    pub fn masked_fill(&self, mask: &Tensor<bool>, value: f64) -> Result<Self> {
        let mask = mask.expand(self.shape())?.contiguous();
        let (x, shape) = (self.value().contiguous(), *self.shape());
        let filled = Tensor::build(shape, |y| masked_fill(&x, &mask, T::from_f64(value), y));
        Ok(Self::op("masked_fill", &[self], filled, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.add(0, || Ok(Tensor::build(shape, |dx| masked_fill(&dy, &mask, T::ZERO, dx))))
            }
        }))
    }

    /// The values where the mask is set, in order, `[k]`; mask and values broadcast to each other.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::leaf(Tensor::from([1.0, 2.0, 3.0]));
    /// let y = x.masked_select(&Tensor::from([true, false, true]))?;
    /// assert_eq!(y.value().to_vec(), [1.0, 3.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes don't broadcast.
    pub fn masked_select(&self, mask: &Tensor<bool>) -> Result<Self> {
        let shape = self.shape().broadcast(mask.shape(), "masked_select")?;
        let (x, mask) = (self.expand(shape)?, mask.expand(shape)?.contiguous());
        let count = mask.iter().filter(|&&set| set).count();
        let values = x.value().contiguous();
        let selected = Tensor::build([count], |y| masked_select(&values, &mask, y));
        Ok(Self::op("masked_select", &[&x], selected, |_| {
            move |dy, sink| {
                let dy = dy.contiguous();
                sink.add(0, || Ok(Tensor::build(shape, |dx| masked_scatter(&dy, &mask, dx))))
            }
        }))
    }
}
