//! Many to many.

use plywood_nn::{
    Context, Dropout, Embedding, Layer, Linear, Module, Padded, Recurrent, Result, Scalar, Stream, Tensor, Var,
};

use super::SequenceOptions;

/// A class for each symbol of a sequence: an embedding, recurrent layers that read in both directions, and a linear map
/// of the outputs.
///
/// Source: Graves and Schmidhuber 2005, "Framewise phoneme classification with bidirectional LSTM and other neural
/// network architectures".
///
/// ```
/// use plywood_models::{SequenceOptions, SequenceTagger};
/// use plywood_nn::{Context, Stream, Tensor};
/// let options = SequenceOptions { embedding: 8, hidden: 16, ..Default::default() };
/// let model = SequenceTagger::<f32>::new(100, 5, &options, &mut Stream::new(0));
/// let words = Tensor::from([[5i64, 7, 2, 9], [4, 1, 0, 0]]);
/// let logits = model.forward(&words, Some(&[4, 2]), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[2, 4, 5]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct SequenceTagger<T: Scalar = f32> {
    embedding: Embedding<T>,
    recurrent: Recurrent<T>,
    dropout: Dropout,
    output: Linear<T>,
}

impl<T: Scalar> SequenceTagger<T> {
    /// For sequences of `symbols` different symbols and `tags` classes.
    pub fn new(symbols: usize, tags: usize, options: &SequenceOptions, random: &mut Stream) -> Self {
        Self {
            embedding: Embedding::new(symbols, options.embedding, random),
            recurrent: options.recurrent(options.embedding, options.hidden, true, random),
            dropout: Dropout::new(options.dropout),
            output: Linear::new(2 * options.hidden, tags, random),
        }
    }

    /// Logits `[batch, steps, tags]` for `symbols [batch, steps]`, of each of which the first `lengths[i]` count (all
    /// if `None`). Those at padding mean nothing: a loss leaves them out by its `ignore_index`.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or the lengths don't fit.
    pub fn forward(&self, symbols: &Tensor<i64>, lengths: Option<&[usize]>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.embedding.forward(symbols, cx)?;
        let (y, _) = self.recurrent.forward_from(Padded { values: &x, lengths }, None, cx)?;
        self.output.forward(&self.dropout.forward(&y, cx)?, cx)
    }
}
