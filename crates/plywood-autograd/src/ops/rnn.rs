//! The plain recurrent layer.

pub use plywood_kernels::recurrent::Nonlinearity;
use plywood_kernels::recurrent::Rnn;
use plywood_tensor::{Result, Scalar};

use super::recurrent::{RecurrentWeights, Walk, layer};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// A plain recurrent layer (Elman 1990) in one direction: `h' = f(W_ih x + b_ih + W_hh h + b_hh)`.
    ///
    /// This is the input, `[steps, batch, input]` (`[batch, steps, input]` if `batch_first`), `h_0` `[batch, hidden]`, zeros if
    /// `None`. Returns the state after each step, `[.., hidden]`, and that after the last real step, `[batch, hidden]`.
    ///
    /// # Errors
    /// If shapes don't agree, or a length exceeds the number of steps.
    pub fn rnn(
        &self,
        weights: &RecurrentWeights<'_, T>,
        h_0: Option<&Self>,
        nonlinearity: Nonlinearity,
        walk: Walk<'_>,
    ) -> Result<[Self; 2]> {
        layer(Rnn { nonlinearity }, "rnn", self, weights, [h_0, None], walk)
    }
}
