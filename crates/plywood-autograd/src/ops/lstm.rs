//! Long short-term memory.

use plywood_kernels::recurrent::Lstm;
use plywood_tensor::{Result, Scalar};

use super::recurrent::{RecurrentWeights, Walk, layer};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// A layer of long short-term memory (Hochreiter and Schmidhuber 1997) in one direction, gates in the order
    /// `i, f, g, o`: `c' = σ(f) c + σ(i) tanh(g)`, `h' = σ(o) tanh(c')`.
    ///
    /// This is the input, `[steps, batch, input]` (`[batch, steps, input]` if `batch_first`), `h_0` and `c_0` `[batch, hidden]`,
    /// zeros if `None`. Returns the hidden state after each step, `[.., hidden]`, and both states after the last real step,
    /// `[batch, hidden]`.
    ///
    /// # Errors
    /// If shapes don't agree, or a length exceeds the number of steps.
    pub fn lstm(
        &self,
        weights: &RecurrentWeights<'_, T>,
        h_0: Option<&Self>,
        c_0: Option<&Self>,
        walk: Walk<'_>,
    ) -> Result<[Self; 3]> {
        layer(Lstm, "lstm", self, weights, [h_0, c_0], walk)
    }
}
