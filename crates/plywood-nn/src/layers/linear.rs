//! Linear (fully connected, dense, affine).

use plywood_autograd::{Result, Scalar, Var};
use plywood_tensor::Stream;

use crate::{Context, Layer, Module, Param, init};

/// `y = x Wᵀ + b` over the last dimension: `[…, in_features]` to `[…, out_features]`.
///
/// `weight` is `[out_features, in_features]`, `bias` `[out_features]`, both drawn evenly from ±1/√in_features as in
/// PyTorch.
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Stream, Tensor};
/// let layer = Linear::<f32>::new(3, 2, &mut Stream::new(0));
/// let y = layer.forward(&Tensor::ones([5, 3]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[5, 2]);
/// let error = layer.forward(&Tensor::ones([5, 4]).into(), &mut Context::eval()).unwrap_err().to_string();
/// assert!(error.starts_with("Linear(3, 2): linear: "), "{error}");
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Linear<T: Scalar = f32> {
    /// `[out_features, in_features]`.
    pub weight: Param<T>,
    /// `[out_features]`.
    pub bias: Option<Param<T>>,
}

impl<T: Scalar> Linear<T> {
    /// From `in_features` to `out_features`, with a bias.
    pub fn new(in_features: usize, out_features: usize, random: &mut Stream) -> Self {
        let bound = init::default_bound(in_features);
        Self {
            weight: Param::new(random.uniform([out_features, in_features], -bound, bound)),
            bias: Some(Param::new(random.uniform([out_features], -bound, bound))),
        }
    }

    /// The same layer without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    fn describe(&self) -> String {
        let [out_features, in_features] = [self.weight.shape()[0], self.weight.shape()[1]];
        format!("Linear({in_features}, {out_features})")
    }
}

impl<T: Scalar> Layer<T> for Linear<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(
            Some(&self.weight),
            || self.describe(),
            x,
            |cx| {
                let bias = self.bias.as_ref().map(|bias| bias.var(cx));
                x.linear(&self.weight.var(cx), bias.as_ref())
            },
        )
    }
}
