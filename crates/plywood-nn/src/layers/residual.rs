//! Shortcuts around a layer.

use plywood_autograd::{Result, Scalar, Var};

use crate::{Context, Layer, Module};

/// `x + f(x)`, or `g(x) + f(x)` with a shortcut `g` where the shapes differ (He, Zhang, Ren and Sun, "Deep Residual
/// Learning for Image Recognition", 2015).
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Module, ReLU, Residual, Sequential, Stream, Tensor};
/// let random = &mut Stream::new(0);
/// let body = Sequential::<f32>::new().then(Linear::new(4, 4, random)).then(ReLU::default());
/// let block = Residual::new(body);
/// assert_eq!(block.forward(&Tensor::ones([2, 4]).into(), &mut Context::eval())?.shape(), &[2, 4]);
/// assert_eq!(block.named_parameters()[0].0, "body.0.weight");
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Module)]
pub struct Residual<T: Scalar = f32> {
    body: Box<dyn Layer<T> + Send + Sync>,
    shortcut: Option<Box<dyn Layer<T> + Send + Sync>>,
}

impl<T: Scalar> Residual<T> {
    /// `x + body(x)`.
    pub fn new(body: impl Layer<T> + Send + Sync + 'static) -> Self {
        Self { body: Box::new(body), shortcut: None }
    }

    /// `shortcut(x) + body(x)`.
    pub fn shortcut(self, shortcut: impl Layer<T> + Send + Sync + 'static) -> Self {
        Self { shortcut: Some(Box::new(shortcut)), ..self }
    }
}

impl<T: Scalar> Layer<T> for Residual<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let y = cx.scope("body", |cx| self.body.forward(x, cx))?;
        let x = match &self.shortcut {
            Some(shortcut) => cx.scope("shortcut", |cx| shortcut.forward(x, cx))?,
            None => x.clone(),
        };
        cx.layer(None, || "Residual".into(), &x, |_| y.add(&x))
    }
}
