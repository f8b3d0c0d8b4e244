//! A network of maxout layers.

use plywood_nn::{Context, Error, Layer, Linear, Maxout, Module, Result, Scalar, Stream, Var};

/// Maxout layers with dropout, and a linear layer at the end: `[n, sizes[0]]` to `[n, sizes[last]]`.
///
/// Source: Goodfellow et al. 2013, "Maxout networks".
///
/// ```
/// use plywood_models::MaxoutNet;
/// use plywood_nn::{Context, Layer, Stream, Tensor};
///
/// let model = MaxoutNet::<f32>::new(&[64, 32, 10], 4, 0.5, &mut Stream::new(0))?;
/// let logits = model.forward(&Tensor::zeros([5, 64]).into(), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[5, 10]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct MaxoutNet<T: Scalar = f32> {
    /// The maxout layers.
    pub layers: Vec<Maxout<T>>,
    /// To the classes.
    pub output: Linear<T>,
    dropout: f64,
}

impl<T: Scalar> MaxoutNet<T> {
    /// Each unit is the greatest of `pieces` linear maps; `dropout` is the rate before each layer but the first.
    ///
    /// # Errors
    /// If there are fewer than two sizes, or no pieces.
    pub fn new(sizes: &[usize], pieces: usize, dropout: f64, random: &mut Stream) -> Result<Self> {
        let [hidden @ .., classes] = sizes else {
            return Err(Error::value("MaxoutNet", "number of sizes", "at least 2, those of input and output", 0));
        };
        let Some(&last) = hidden.last() else {
            return Err(Error::value("MaxoutNet", "number of sizes", "at least 2, those of input and output", 1));
        };
        if pieces == 0 {
            return Err(Error::value("MaxoutNet", "pieces", "at least 1", pieces));
        }
        let layers = hidden.windows(2).map(|pair| Maxout::new(pair[0], pair[1], pieces, random)).collect();
        Ok(Self { layers, output: Linear::new(last, *classes, random), dropout })
    }
}

impl<T: Scalar> Layer<T> for MaxoutNet<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut x = x.clone();
        for layer in &self.layers {
            x = layer.forward(&x, cx)?;
            if self.dropout > 0.0 && cx.is_training() {
                x = x.dropout(self.dropout, cx.random())?;
            }
        }
        self.output.forward(&x, cx)
    }
}
