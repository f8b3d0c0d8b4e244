//! Layers one after the other.

use plywood_autograd::{Result, Scalar, Var};

use crate::{Context, Layer, Module};

/// Layers of any type one after the other, named `0`, `1`, … as in PyTorch.
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Sequential, Stream, Tensor};
/// let random = &mut Stream::new(0);
/// let net = Sequential::<f32>::new().then(Linear::new(2, 8, random)).then(Linear::new(8, 1, random));
/// let error = net.forward(&Tensor::ones([1, 3]).into(), &mut Context::eval()).unwrap_err().to_string();
/// assert!(error.starts_with("0: linear: "), "{error}");
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Default, Module)]
pub struct Sequential<T: Scalar = f32> {
    #[module(flatten)]
    layers: Vec<Box<dyn Layer<T> + Send + Sync>>,
}

impl<T: Scalar> Sequential<T> {
    /// No layers: the input is the output.
    pub fn new() -> Self {
        Self { layers: Vec::new() }
    }

    /// With one more layer at the end.
    pub fn then(mut self, layer: impl Layer<T> + Send + Sync + 'static) -> Self {
        self.layers.push(Box::new(layer));
        self
    }

    /// The number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there are no layers.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }
}

impl<T: Scalar> Layer<T> for Sequential<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.layers
            .iter()
            .enumerate()
            .try_fold(x.clone(), |x, (i, layer)| cx.scope(&i.to_string(), |cx| layer.forward(&x, cx)))
    }
}
