//! Sequence to sequence, with attention.

use plywood_autograd::{AttentionOptions, cat};
use plywood_nn::{
    Context, Dropout, Embedding, Layer, Linear, Module, Padded, Recurrent, RecurrentState, Result, Scalar, Stream,
    Tensor, Var,
};

use super::SequenceOptions;

/// An encoder reads one sequence, a decoder writes another and looks back at what was read: global attention with the
/// general score and `h̃ = tanh(W_c [context; h])`, without input feeding, so that in training all steps of the decoder
/// are one pass.
///
/// Source: Luong, Pham and Manning 2015, "Effective approaches to attention-based neural machine translation",
/// section 3.1.
///
/// ```
/// use plywood_models::{BeamSearch, Seq2Seq, SequenceOptions, Symbols};
/// use plywood_nn::{Context, Stream, Tensor};
/// let options = SequenceOptions { embedding: 8, hidden: 16, ..Default::default() };
/// let symbols = Symbols { source: 30, target: 12, start: 0, end: 1 };
/// let model = Seq2Seq::<f32>::new(symbols, &options, &mut Stream::new(0));
/// let (source, target) = (Tensor::from([[5i64, 7, 2], [4, 9, 0]]), Tensor::from([[3i64, 4, 1], [5, 1, 1]]));
/// let logits = model.forward(&source, Some(&[3, 2]), &target, &mut Context::train(0))?;
/// assert_eq!(logits.shape(), &[2, 3, 12]); // to be held against `target`
/// let written = model.greedy(&source, Some(&[3, 2]), 10)?;
/// let best = model.beam_search(&[5, 7, 2], &BeamSearch { width: 4, ..Default::default() })?;
/// assert!(written.len() == 2 && best[0].log_probability <= 0.0);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Seq2Seq<T: Scalar = f32> {
    source_embedding: Embedding<T>,
    encoder: Recurrent<T>,
    target_embedding: Embedding<T>,
    decoder: Recurrent<T>,
    score: Linear<T>,
    combine: Linear<T>,
    dropout: Dropout,
    output: Linear<T>,
    #[module(skip)]
    symbols: Symbols,
}

/// The symbols of a [`Seq2Seq`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// How many there are in sources.
    pub source: usize,
    /// How many there are in targets.
    pub target: usize,
    /// The one that the decoder starts from.
    pub start: i64,
    /// The one that ends a target.
    pub end: i64,
}

/// What the decoder looks back at.
#[derive(Clone, Debug)]
pub struct Memory<T: Scalar = f32> {
    /// The encoder's outputs as the score sees them, `[batch, steps, hidden]`.
    pub(super) keys: Var<T>,
    /// The encoder's outputs, `[batch, steps, hidden]`.
    pub(super) values: Var<T>,
    /// Negative infinity at padding, `[batch, 1, steps]`.
    pub(super) mask: Tensor<T>,
}

impl<T: Scalar> Seq2Seq<T> {
    /// With `options.hidden` units in encoder and decoder.
    pub fn new(symbols: Symbols, options: &SequenceOptions, random: &mut Stream) -> Self {
        let hidden = options.hidden;
        Self {
            source_embedding: Embedding::new(symbols.source, options.embedding, random),
            encoder: options.recurrent(options.embedding, hidden, false, random),
            target_embedding: Embedding::new(symbols.target, options.embedding, random),
            decoder: options.recurrent(options.embedding, hidden, false, random),
            score: Linear::new(hidden, hidden, random).without_bias(),
            combine: Linear::new(2 * hidden, hidden, random).without_bias(),
            dropout: Dropout::new(options.dropout),
            output: Linear::new(hidden, symbols.target, random),
            symbols,
        }
    }

    /// The model's symbols.
    pub fn symbols(&self) -> Symbols {
        self.symbols
    }

    /// Reads `source [batch, steps]`, of each of which the first `lengths[i]` count (all if `None`).
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or the lengths don't fit.
    pub fn encode(
        &self,
        source: &Tensor<i64>,
        lengths: Option<&[usize]>,
        cx: &mut Context,
    ) -> Result<(Memory<T>, RecurrentState<T>)> {
        let x = self.source_embedding.forward(source, cx)?;
        let (values, state) = self.encoder.forward_from(Padded { values: &x, lengths }, None, cx)?;
        let [batch, steps] = source.dims("seq2seq", "[batch, steps] for the source")?;
        let is_padding = |i: usize| lengths.is_some_and(|lengths| i % steps >= lengths[i / steps]);
        let mask = Tensor::from_fn([batch, 1, steps], |i| if is_padding(i) { T::NEG_INFINITY } else { T::ZERO });
        Ok((Memory { keys: self.score.forward(&values, cx)?, values, mask }, state))
    }

    /// Logits `[batch, steps, target symbols]` of what follows each of `symbols [batch, steps]`.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows.
    pub fn decode(
        &self,
        symbols: &Tensor<i64>,
        memory: &Memory<T>,
        state: &RecurrentState<T>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let x = self.target_embedding.forward(symbols, cx)?;
        let (h, state) = self.decoder.forward_from(&x, Some(state), cx)?;
        let (context, _) = memory.attend(&h)?;
        let seen = self.combine.forward(&cat(&[&context, &h], 2)?, cx)?.tanh();
        Ok((self.output.forward(&self.dropout.forward(&seen, cx)?, cx)?, state))
    }

    /// How much the decoder looks at each symbol of `source` before it writes each symbol of `target`: weights
    /// `[target symbols, source symbols]`, the sum of each row being 1. To be looked at, in a picture say.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows.
    pub fn attention(&self, source: &[i64], target: &[i64]) -> Result<Tensor<T>> {
        let mut cx = Context::eval();
        let row = |symbols: &[i64]| Tensor::from_vec([1, symbols.len()], symbols.to_vec());
        let (memory, state) = self.encode(&row(source)?, None, &mut cx)?;
        let x = self.target_embedding.forward(&self.before(&row(target)?)?, &mut cx)?;
        let (h, _) = self.decoder.forward_from(&x, Some(&state), &mut cx)?;
        memory.attend(&h)?.1.squeeze(0)
    }

    /// Logits `[batch, steps, target symbols]` for each symbol of `target [batch, steps]`, given the true ones before
    /// it (teacher forcing).
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or shapes don't fit.
    pub fn forward(
        &self,
        source: &Tensor<i64>,
        lengths: Option<&[usize]>,
        target: &Tensor<i64>,
        cx: &mut Context,
    ) -> Result<Var<T>> {
        let (memory, state) = self.encode(source, lengths, cx)?;
        self.decode(&self.before(target)?, &memory, &state, cx).map(|(logits, _)| logits)
    }

    /// The symbol before each of `target [batch, steps]`.
    fn before(&self, target: &Tensor<i64>) -> Result<Tensor<i64>> {
        let [batch, steps] = target.dims("seq2seq", "[batch, steps] for the target")?;
        let (start, target) = (self.symbols.start, target.values());
        Ok(Tensor::from_fn([batch, steps], |i| if i % steps == 0 { start } else { target[i - 1] }))
    }
}

impl<T: Scalar> Memory<T> {
    /// What the states `h [batch, steps, hidden]` find in it, of the same shape, and the weights
    /// `[batch, steps, memory steps]`.
    fn attend(&self, h: &Var<T>) -> Result<(Var<T>, Tensor<T>)> {
        let options = AttentionOptions { mask: Some(self.mask.clone()), scale: Some(1.0), ..Default::default() };
        h.scaled_dot_product_attention_with_weights(&self.keys, &self.values, &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_shares_out_one_and_sees_no_target_before_it_is_written() {
        let options = SequenceOptions { embedding: 6, hidden: 7, ..Default::default() };
        let symbols = Symbols { source: 9, target: 5, start: 0, end: 1 };
        let model = Seq2Seq::<f64>::new(symbols, &options, &mut Stream::new(3));
        let weights = model.attention(&[2, 3, 8, 4], &[3, 2, 1]).unwrap();
        assert_eq!(weights.shape(), &[3, 4]);
        let values = weights.to_vec();
        assert!(values.chunks(4).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        let other = model.attention(&[2, 3, 8, 4], &[3, 4, 1]).unwrap().to_vec();
        assert!(values[..8] == other[..8] && values[8..] != other[8..]);
    }
}
