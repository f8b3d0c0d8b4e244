//! The rectifier with a learned slope.

use plywood_autograd::{Result, Scalar, Tensor, Var};

use crate::{Context, Layer, Module, Param};

/// x where positive, else `weight · x` with a learned weight, one for all channels or one each (He et al., "Delving Deep
/// into Rectifiers", 2015).
#[derive(Clone, Debug, Module)]
pub struct PReLU<T: Scalar = f32> {
    /// `[num_parameters]`, starts at 0.25.
    pub weight: Param<T>,
}

impl<T: Scalar> PReLU<T> {
    /// One slope, or as many as there are channels.
    pub fn new(num_parameters: usize) -> Self {
        Self { weight: Param::new(Tensor::full([num_parameters], T::from_f64(0.25))) }
    }
}

impl<T: Scalar> Default for PReLU<T> {
    /// One slope for all channels.
    fn default() -> Self {
        Self::new(1)
    }
}

impl<T: Scalar> Layer<T> for PReLU<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let kind = || format!("PReLU({})", self.weight.shape()[0]);
        cx.layer(Some(&self.weight), kind, x, |cx| x.prelu(&self.weight.var(cx)))
    }
}
