//! The gated recurrent unit.

use plywood_kernels::recurrent::Gru;
use plywood_tensor::{Result, Scalar};

use super::recurrent::{RecurrentWeights, Walk, layer};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// A layer of gated recurrent units (Cho et al. 2014) in one direction, gates in the order `r, z, n`:
    /// `n = tanh(W_in x + b_in + σ(r) (W_hn h + b_hn))`, `h' = (1 - σ(z)) n + σ(z) h`.
    ///
    /// This is the input, `[steps, batch, input]` (`[batch, steps, input]` if `batch_first`), `h_0` `[batch, hidden]`, zeros if
    /// `None`. Returns the state after each step, `[.., hidden]`, and that after the last real step, `[batch, hidden]`.
    ///
    /// # Errors
    /// If shapes don't agree, or a length exceeds the number of steps.
    pub fn gru(&self, weights: &RecurrentWeights<'_, T>, h_0: Option<&Self>, walk: Walk<'_>) -> Result<[Self; 2]> {
        layer(Gru, "gru", self, weights, [h_0, None], walk)
    }
}
