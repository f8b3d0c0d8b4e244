//! Layer and RMS normalisation.

use plywood_autograd::{Result, Scalar, Shape, Tensor, Var};

use super::affine;
use crate::{Context, Layer, Module, Param};

/// Normalises the last dimensions of each sample by their mean and variance, then scales and shifts (Ba, Kiros and
/// Hinton, "Layer Normalization", 2016).
///
/// ```
/// use plywood_nn::{Context, Layer, LayerNorm, Tensor};
/// let norm = LayerNorm::<f64>::new([2]);
/// let y = norm.forward(&Tensor::from([[1.0, 3.0], [-5.0, 5.0]]).into(), &mut Context::eval())?;
/// assert!(y.value().to_vec().iter().zip([-1.0, 1.0, -1.0, 1.0]).all(|(y, e)| (y - e).abs() < 1e-4));
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct LayerNorm<T: Scalar = f32> {
    /// `normalized_shape`, starts at 1; absent without `elementwise_affine`.
    pub weight: Option<Param<T>>,
    /// `normalized_shape`, starts at 0; absent without `elementwise_affine` or bias.
    pub bias: Option<Param<T>>,
    /// Added to the variance.
    pub eps: f64,
    #[module(skip)]
    normalized_shape: Shape,
}

impl<T: Scalar> LayerNorm<T> {
    /// Over dimensions of these extents, with weight and bias, `eps` 1e-5.
    pub fn new(normalized_shape: impl Into<Shape>) -> Self {
        let normalized_shape = normalized_shape.into();
        let (weight, bias) = affine(&normalized_shape);
        Self { weight, bias, eps: 1e-5, normalized_shape }
    }

    /// With another constant added to the variance.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// Without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// Without weight and bias.
    pub fn without_affine(self) -> Self {
        Self { weight: None, bias: None, ..self }
    }
}

impl<T: Scalar> Layer<T> for LayerNorm<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let kind = || format!("LayerNorm({})", self.normalized_shape);
        cx.layer(self.weight.as_ref(), kind, x, |cx| {
            let parameter = |p: &Option<Param<T>>| p.as_ref().map(|p| p.var(cx));
            let (weight, bias) = (parameter(&self.weight), parameter(&self.bias));
            x.layer_norm(&self.normalized_shape, weight.as_ref(), bias.as_ref(), self.eps)
        })
    }
}

/// Divides the last dimensions of each sample by the root of their mean square, then scales (Zhang and Sennrich, "Root
/// Mean Square Layer Normalization", 2019).
#[derive(Clone, Debug, Module)]
pub struct RMSNorm<T: Scalar = f32> {
    /// `normalized_shape`, starts at 1; absent without `elementwise_affine`.
    pub weight: Option<Param<T>>,
    /// Added to the mean square.
    pub eps: f64,
    #[module(skip)]
    normalized_shape: Shape,
}

impl<T: Scalar> RMSNorm<T> {
    /// Over dimensions of these extents, with a weight; `eps` is the epsilon of the type.
    pub fn new(normalized_shape: impl Into<Shape>) -> Self {
        let normalized_shape = normalized_shape.into();
        let weight = Some(Param::new(Tensor::ones(normalized_shape)));
        Self { weight, eps: T::EPSILON.to_f64(), normalized_shape }
    }

    /// With another constant added to the mean square.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// Without a weight.
    pub fn without_affine(self) -> Self {
        Self { weight: None, ..self }
    }
}

impl<T: Scalar> Layer<T> for RMSNorm<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let kind = || format!("RMSNorm({})", self.normalized_shape);
        cx.layer(self.weight.as_ref(), kind, x, |cx| {
            let weight = self.weight.as_ref().map(|p| p.var(cx));
            x.rms_norm(&self.normalized_shape, weight.as_ref(), self.eps)
        })
    }
}
