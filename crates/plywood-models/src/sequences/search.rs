//! How a [`Seq2Seq`] writes: greedily, or with several continuations in view.

use plywood_nn::{Context, RecurrentState, Result, Scalar, Tensor, Var};

use super::Seq2Seq;
use super::seq2seq::Memory;

/// The settings of a beam search.
///
/// Source: Sutskever, Vinyals and Le 2014, "Sequence to sequence learning with neural networks", section 3.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BeamSearch {
    /// How many continuations are kept in view. 4 by default.
    pub width: usize,
    /// After how many symbols a sequence ends at the latest. 100 by default.
    pub longest: usize,
    /// Finished sequences are ranked by log-probability / length^penalty: 0 prefers short ones, 1 (the default) takes
    /// the mean over symbols.
    pub length_penalty: f64,
}

impl Default for BeamSearch {
    fn default() -> Self {
        Self { width: 4, longest: 100, length_penalty: 1.0 }
    }
}

/// A sequence that a beam search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its symbols, without start and end.
    pub symbols: Vec<i64>,
    /// The logarithm of its probability, that of its end included.
    pub log_probability: f64,
}

impl BeamSearch {
    fn rank(&self, found: &Found) -> f64 {
        found.log_probability / ((found.symbols.len() + 1) as f64).powf(self.length_penalty)
    }
}

impl<T: Scalar> Seq2Seq<T> {
    /// For each source the sequence that takes the likeliest symbol at each step, without its end; at most `longest`.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows, or the lengths don't fit.
    pub fn greedy(&self, source: &Tensor<i64>, lengths: Option<&[usize]>, longest: usize) -> Result<Vec<Vec<i64>>> {
        let mut cx = Context::eval();
        let (memory, mut state) = self.encode(source, lengths, &mut cx)?;
        let batch = source.shape()[0];
        let (mut written, mut ended) = (vec![Vec::new(); batch], vec![false; batch]);
        let mut next = vec![self.symbols().start; batch];
        for _ in 0..longest {
            if ended.iter().all(|&ended| ended) {
                break;
            }
            let (scores, after) = self.step(&next, &memory, &state, &mut cx)?;
            for (i, scores) in scores.iter().enumerate() {
                let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
                next[i] = best.unwrap_or_default() as i64;
                ended[i] |= next[i] == self.symbols().end;
                if !ended[i] {
                    written[i].push(next[i]);
                }
            }
            state = after;
        }
        Ok(written)
    }

    /// The best sequences that a beam search finds for one source, the best first.
    ///
    /// # Errors
    /// If a symbol isn't one that the model knows.
    pub fn beam_search(&self, source: &[i64], search: &BeamSearch) -> Result<Vec<Found>> {
        let (mut cx, end) = (Context::eval(), self.symbols().end);
        let source = Tensor::from_vec([1, source.len()], source.to_vec())?;
        let (memory, mut state) = self.encode(&source, None, &mut cx)?;
        let mut beams = vec![Found { symbols: Vec::new(), log_probability: 0.0 }];
        let mut finished: Vec<Found> = Vec::new();
        for _ in 0..search.longest {
            let last = |beam: &Found| beam.symbols.last().copied().unwrap_or(self.symbols().start);
            let next = beams.iter().map(last).collect::<Vec<_>>();
            let (scores, after) = self.step(&next, &memory.repeated(beams.len())?, &state, &mut cx)?;
            let mut grown = Vec::new();
            for (i, (beam, scores)) in beams.iter().zip(&scores).enumerate() {
                grown.extend(scores.iter().enumerate().map(|(s, score)| (beam.log_probability + score, i, s as i64)));
            }
            grown.sort_by(|a, b| b.0.total_cmp(&a.0));
            let (mut kept, mut from) = (Vec::new(), Vec::new());
            for &(log_probability, i, symbol) in grown.iter().take(search.width) {
                let mut symbols = beams[i].symbols.clone();
                if symbol == end {
                    finished.push(Found { symbols, log_probability });
                } else {
                    symbols.push(symbol);
                    kept.push(Found { symbols, log_probability });
                    from.push(i as i64);
                }
            }
            beams = kept;
            if beams.is_empty() || finished.len() >= search.width {
                break;
            }
            state = chosen(&after, &Tensor::from(from))?;
        }
        if finished.is_empty() {
            finished = beams;
        }
        finished.sort_by(|a, b| search.rank(b).total_cmp(&search.rank(a)));
        Ok(finished)
    }

    /// The log-probabilities of each sequence's next symbol, and the state to go on from.
    fn step(
        &self,
        last: &[i64],
        memory: &Memory<T>,
        state: &RecurrentState<T>,
        cx: &mut Context,
    ) -> Result<(Vec<Vec<f64>>, RecurrentState<T>)> {
        let last = Tensor::from_vec([last.len(), 1], last.to_vec())?;
        let (logits, state) = self.decode(&last, memory, state, cx)?;
        let scores = logits.value().values().chunks(self.symbols().target.max(1)).map(log_softmax).collect();
        Ok((scores, state))
    }
}

impl<T: Scalar> Memory<T> {
    /// The memory of one sequence for each of several beams.
    fn repeated(&self, beams: usize) -> Result<Self> {
        let expand = |x: &Tensor<T>| x.expand([beams, x.shape()[1], x.shape()[2]]);
        let (keys, values) = (expand(self.keys.value())?.into(), expand(self.values.value())?.into());
        Ok(Self { keys, values, mask: expand(&self.mask)? })
    }
}

/// The states of the beams that others have grown from.
fn chosen<T: Scalar>(state: &RecurrentState<T>, from: &Tensor<i64>) -> Result<RecurrentState<T>> {
    let choose = |x: &Var<T>| x.index_select(1, from);
    Ok(RecurrentState { h: choose(&state.h)?, c: state.c.as_ref().map(choose).transpose()? })
}

fn log_softmax<T: Scalar>(logits: &[T]) -> Vec<f64> {
    let greatest = logits.iter().fold(f64::NEG_INFINITY, |m, x| m.max(x.to_f64()));
    let sum = logits.iter().map(|x| (x.to_f64() - greatest).exp()).sum::<f64>();
    logits.iter().map(|x| x.to_f64() - greatest - sum.ln()).collect()
}

#[cfg(test)]
mod tests {
    use plywood_nn::{CellKind, Nonlinearity, Stream};

    use super::*;
    use crate::{SequenceOptions, Symbols};

    fn model(cell: CellKind) -> Seq2Seq<f64> {
        let options = SequenceOptions { cell, embedding: 6, hidden: 7, layers: 2, ..Default::default() };
        Seq2Seq::new(Symbols { source: 9, target: 5, start: 0, end: 1 }, &options, &mut Stream::new(3))
    }

    #[test]
    fn a_beam_of_one_is_greedy_and_a_wider_one_finds_nothing_less_likely() {
        for cell in [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Lstm, CellKind::Gru] {
            let model = model(cell);
            let greedy = model.greedy(&Tensor::from([[2i64, 3, 8]]), None, 12).unwrap();
            let search = BeamSearch { width: 1, longest: 12, length_penalty: 0.0 };
            let one = model.beam_search(&[2, 3, 8], &search).unwrap();
            assert_eq!(one[0].symbols, greedy[0]);
            let wide = model.beam_search(&[2, 3, 8], &BeamSearch { width: 200, ..search }).unwrap();
            assert!(wide[0].log_probability >= one[0].log_probability);
        }
    }

    #[test]
    fn padding_of_the_source_never_matters() {
        let model = model(CellKind::Gru);
        let padded = model.greedy(&Tensor::from([[2i64, 3, 8, 4], [5, 6, 0, 0]]), Some(&[4, 2]), 8).unwrap();
        assert_eq!(padded[1], model.greedy(&Tensor::from([[5i64, 6]]), None, 8).unwrap()[0]);
    }
}
