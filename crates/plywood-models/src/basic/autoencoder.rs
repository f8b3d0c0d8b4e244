//! The autoencoder.

use plywood_nn::{Context, Error, Layer, Module, Result, Scalar, Stream, Var};

use super::{Activation, MLP};

/// An autoencoder: squeezes its input through a narrow layer and restores it. `[n, sizes[0]]` to the same shape, as
/// logits of values between 0 and 1; train it with `binary_cross_entropy_with_logits` against its input.
///
/// Source: Hinton and Salakhutdinov 2006, "Reducing the dimensionality of data with neural networks".
///
/// ```
/// use plywood_models::Autoencoder;
/// use plywood_nn::{Context, Layer, Stream, Tensor, Var};
///
/// let model = Autoencoder::<f32>::new(&[64, 32, 2], Var::tanh, &mut Stream::new(0))?;
/// let x = Tensor::zeros([5, 64]).into();
/// let code = model.encode(&x, &mut Context::eval())?;
/// assert_eq!(code.shape(), &[5, 2]);
/// assert_eq!(model.decode(&code, &mut Context::eval())?.shape(), &[5, 64]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Autoencoder<T: Scalar = f32> {
    /// From the input to the code.
    pub encoder: MLP<T>,
    /// From the code to the input, through the same sizes backwards.
    pub decoder: MLP<T>,
}

impl<T: Scalar> Autoencoder<T> {
    /// From the first of `sizes` down to the last, the code's, and back.
    ///
    /// # Errors
    /// If there are fewer than two sizes.
    pub fn new(sizes: &[usize], activation: Activation<T>, random: &mut Stream) -> Result<Self> {
        if sizes.len() < 2 {
            let expected = "at least 2, those of input and code";
            return Err(Error::value("Autoencoder", "number of sizes", expected, sizes.len()));
        }
        let back: Vec<usize> = sizes.iter().rev().copied().collect();
        let encoder = MLP::new(sizes, activation, random)?;
        Ok(Self { encoder, decoder: MLP::new(&back, activation, random)? })
    }

    /// The code of each input.
    ///
    /// # Errors
    /// If the input hasn't the right number of features.
    pub fn encode(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.encoder.forward(x, cx)
    }

    /// The logits of the input that a code stands for.
    ///
    /// # Errors
    /// If the code hasn't the right number of values.
    pub fn decode(&self, code: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.decoder.forward(code, cx)
    }
}

impl<T: Scalar> Layer<T> for Autoencoder<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.decode(&self.encode(x, cx)?, cx)
    }
}
