//! One to many: a machine that writes.

use plywood_nn::{
    Context, Dropout, Embedding, Error, Layer, Linear, Module, Recurrent, RecurrentState, Result, Scalar, Stream,
    Tensor, Var,
};

use super::{Sampling, SequenceOptions};

/// A character language model: which symbol comes next, after all before it.
///
/// Source: Sutskever, Martens and Hinton 2011, "Generating text with recurrent neural networks"; Graves 2013,
/// "Generating sequences with recurrent neural networks".
///
/// ```
/// use plywood_models::{CharLm, Sampling, SequenceOptions};
/// use plywood_nn::{Context, Stream, Tensor};
/// let options = SequenceOptions { embedding: 8, hidden: 16, ..Default::default() };
/// let model = CharLm::<f32>::new(65, &options, &mut Stream::new(0));
/// let text = Tensor::from([[1i64, 2, 3, 4], [5, 6, 7, 8]]);
/// let (logits, state) = model.forward(&text, None, &mut Context::train(0))?;
/// assert_eq!(logits.shape(), &[2, 4, 65]);
/// let (_, _) = model.forward(&text, Some(&state.detach()), &mut Context::train(0))?; // the text goes on
/// let sampling = Sampling { temperature: 0.8, ..Default::default() };
/// let written = model.generate(&[1, 2, 3], 10, &sampling, &mut Stream::new(1))?;
/// assert_eq!(written.len(), 10);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct CharLm<T: Scalar = f32> {
    embedding: Embedding<T>,
    recurrent: Recurrent<T>,
    dropout: Dropout,
    output: Linear<T>,
}

impl<T: Scalar> CharLm<T> {
    /// For text of `symbols` different symbols.
    pub fn new(symbols: usize, options: &SequenceOptions, random: &mut Stream) -> Self {
        Self {
            embedding: Embedding::new(symbols, options.embedding, random),
            recurrent: options.recurrent(options.embedding, options.hidden, false, random),
            dropout: Dropout::new(options.dropout),
            output: Linear::new(options.hidden, symbols, random),
        }
    }

    /// Logits `[batch, steps, symbols]` of what follows each of `symbols [batch, steps]`, and the state to go on from.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or the state is of another batch size.
    pub fn forward(
        &self,
        symbols: &Tensor<i64>,
        state: Option<&RecurrentState<T>>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let x = self.embedding.forward(symbols, cx)?;
        let (y, state) = self.recurrent.forward_from(&x, state, cx)?;
        Ok((self.output.forward(&self.dropout.forward(&y, cx)?, cx)?, state))
    }

    /// The next `count` symbols after a prompt.
    ///
    /// # Errors
    /// If the prompt is empty or has an unknown symbol, or a setting of `sampling` is out of range.
    pub fn generate(&self, prompt: &[i64], count: usize, sampling: &Sampling, random: &mut Stream) -> Result<Vec<i64>> {
        if prompt.is_empty() {
            return Err(Error::value("generate", "prompt", "at least one symbol", "none"));
        }
        let mut cx = Context::eval();
        let mut next = Tensor::from_vec([1, prompt.len()], prompt.to_vec())?;
        let (mut written, mut state) = (Vec::with_capacity(count.min(1 << 16)), None);
        while written.len() < count {
            let (logits, after) = self.forward(&next, state.as_ref(), &mut cx)?;
            let logits = logits.value().select(1, next.shape()[1] - 1)?;
            let symbol = sampling.pick(&logits.values(), random)? as i64;
            written.push(symbol);
            (next, state) = (Tensor::from([[symbol]]), Some(after));
        }
        Ok(written)
    }
}
