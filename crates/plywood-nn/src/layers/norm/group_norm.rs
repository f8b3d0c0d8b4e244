//! Group normalisation.

use plywood_autograd::{Error, Result, Scalar, Var};

use super::affine;
use crate::{Context, Layer, Module, Param};

/// Normalises groups of channels of each sample of `[n, num_channels, …]`, then scales and shifts each channel (Wu and He,
/// "Group Normalization", 2018).
#[derive(Clone, Debug, Module)]
pub struct GroupNorm<T: Scalar = f32> {
    /// `[num_channels]`, starts at 1; absent without `affine`.
    pub weight: Option<Param<T>>,
    /// `[num_channels]`, starts at 0; absent without `affine`.
    pub bias: Option<Param<T>>,
    /// Added to the variance.
    pub eps: f64,
    num_groups: usize,
    num_channels: usize,
}

impl<T: Scalar> GroupNorm<T> {
    /// So many groups of so many channels in all, with weight and bias, `eps` 1e-5.
    pub fn new(num_groups: usize, num_channels: usize) -> Self {
        let (weight, bias) = affine(&[num_channels]);
        Self { weight, bias, eps: 1e-5, num_groups, num_channels }
    }

    /// With another constant added to the variance.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// Without weight and bias.
    pub fn without_affine(self) -> Self {
        Self { weight: None, bias: None, ..self }
    }

    fn normalize(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        if x.shape().get(1) != Some(&self.num_channels) {
            let expected = format!("[n, {}, …]", self.num_channels);
            return Err(Error::shape("group_norm", "input shape", expected, x.shape()));
        }
        let parameter = |p: &Option<Param<T>>| p.as_ref().map(|p| p.var(cx));
        let (weight, bias) = (parameter(&self.weight), parameter(&self.bias));
        x.group_norm(self.num_groups, weight.as_ref(), bias.as_ref(), self.eps)
    }
}

impl<T: Scalar> Layer<T> for GroupNorm<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let kind = || format!("GroupNorm({}, {})", self.num_groups, self.num_channels);
        cx.layer(self.weight.as_ref(), kind, x, |cx| self.normalize(x, cx))
    }
}
