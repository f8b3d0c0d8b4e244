//! The multi-layer perceptron.

use plywood_nn::{Context, Error, Layer, Linear, Module, Result, Scalar, Stream, Var};

/// A function between layers, such as `Var::relu`, `Var::tanh` or `Var::sigmoid`.
pub type Activation<T = f32> = fn(&Var<T>) -> Var<T>;

/// A multi-layer perceptron: linear layers with an activation function between them; `[n, sizes[0]]` to
/// `[n, sizes[last]]`.
///
/// Source: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating errors".
///
/// ```
/// use plywood_models::MLP;
/// use plywood_nn::{Context, Layer, Module, Stream, Tensor, Var};
///
/// let model = MLP::<f32>::new(&[784, 256, 10], Var::relu, &mut Stream::new(0))?;
/// assert_eq!(model.named_parameters()[2].0, "layers.1.weight");
/// let logits = model.forward(&Tensor::zeros([5, 784]).into(), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[5, 10]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct MLP<T: Scalar = f32> {
    /// The linear layers.
    pub layers: Vec<Linear<T>>,
    #[module(skip)]
    activation: Activation<T>,
    dropout: f64,
}

impl<T: Scalar> MLP<T> {
    /// Layers from each of `sizes` to the next.
    ///
    /// # Errors
    /// If there are fewer than two sizes.
    pub fn new(sizes: &[usize], activation: Activation<T>, random: &mut Stream) -> Result<Self> {
        if sizes.len() < 2 {
            let expected = "at least 2, those of input and output";
            return Err(Error::value("MLP", "number of sizes", expected, sizes.len()));
        }
        let layers = sizes.windows(2).map(|pair| Linear::new(pair[0], pair[1], random)).collect();
        Ok(Self::of(layers, activation))
    }

    /// Of linear layers that exist.
    pub fn of(layers: Vec<Linear<T>>, activation: Activation<T>) -> Self {
        Self { layers, activation, dropout: 0.0 }
    }

    /// With dropout of this rate after each activation.
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: p, ..self }
    }
}

impl<T: Scalar> Layer<T> for MLP<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                x = (self.activation)(&x);
                if self.dropout > 0.0 && cx.is_training() {
                    x = x.dropout(self.dropout, cx.random())?;
                }
            }
            x = layer.forward(&x, cx)?;
        }
        Ok(x)
    }
}
