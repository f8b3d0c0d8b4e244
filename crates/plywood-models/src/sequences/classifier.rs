//! Many to one.

use plywood_autograd::cat;
use plywood_nn::{
    Context, Dropout, Embedding, Layer, Linear, Module, Padded, Recurrent, Result, Scalar, Stream, Tensor, Var,
};

use super::SequenceOptions;

/// Sequences of symbols to classes: an embedding, recurrent layers that read in both directions, and a linear map of
/// the states that both end in.
///
/// Source: Schuster and Paliwal 1997, "Bidirectional recurrent neural networks".
///
/// ```
/// use plywood_models::{SequenceClassifier, SequenceOptions};
/// use plywood_nn::{CellKind, Context, Stream, Tensor};
/// let options = SequenceOptions { cell: CellKind::Gru, embedding: 8, hidden: 16, ..Default::default() };
/// let model = SequenceClassifier::<f32>::new(100, 3, &options, &mut Stream::new(0));
/// // Two sentences, of four words and of two; the rest is padding.
/// let words = Tensor::from([[5i64, 7, 2, 9], [4, 1, 0, 0]]);
/// let logits = model.forward(&words, Some(&[4, 2]), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[2, 3]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct SequenceClassifier<T: Scalar = f32> {
    embedding: Embedding<T>,
    recurrent: Recurrent<T>,
    dropout: Dropout,
    output: Linear<T>,
}

impl<T: Scalar> SequenceClassifier<T> {
    /// For sequences of `symbols` different symbols and `classes` classes.
    pub fn new(symbols: usize, classes: usize, options: &SequenceOptions, random: &mut Stream) -> Self {
        Self {
            embedding: Embedding::new(symbols, options.embedding, random),
            recurrent: options.recurrent(options.embedding, options.hidden, true, random),
            dropout: Dropout::new(options.dropout),
            output: Linear::new(2 * options.hidden, classes, random),
        }
    }

    /// Logits `[batch, classes]` for `symbols [batch, steps]`, of each of which the first `lengths[i]` count (all if
    /// `None`).
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or the lengths don't fit.
    pub fn forward(&self, symbols: &Tensor<i64>, lengths: Option<&[usize]>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.embedding.forward(symbols, cx)?;
        let (_, state) = self.recurrent.forward_from(Padded { values: &x, lengths }, None, cx)?;
        let last = state.h.shape()[0] - 2;
        let both = cat(&[&state.h.select(0, last)?, &state.h.select(0, last + 1)?], 1)?;
        self.output.forward(&self.dropout.forward(&both, cx)?, cx)
    }
}
