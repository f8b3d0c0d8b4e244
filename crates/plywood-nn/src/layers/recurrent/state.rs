//! What goes into a recurrent layer besides its parameters.

use plywood_autograd::{Scalar, Var};

/// The state of a recurrent layer between two time steps.
#[derive(Clone, Debug)]
pub struct RecurrentState<T: Scalar = f32> {
    /// The hidden states, `[num_layers * directions, batch, hidden_size]`: layer 0 forward, layer 0 backward, layer 1 …
    pub h: Var<T>,
    /// The cell states of an [`LSTM`](crate::LSTM), of the same shape.
    pub c: Option<Var<T>>,
}

impl<T: Scalar> RecurrentState<T> {
    /// The same state, cut off from the graph: for truncated back-propagation through time, which carries the state from
    /// one piece of a long sequence to the next but no gradient back.
    pub fn detach(&self) -> Self {
        Self { h: self.h.detach(), c: self.c.as_ref().map(Var::detach) }
    }
}

/// Sequences padded to one length: the input of a recurrent layer.
///
/// Made from a tensor alone, where every time step counts, or from a tensor and the real length of each sequence, in any
/// order. What lies beyond a length never influences a state, an output or a gradient; the outputs there are 0.
#[derive(Clone, Copy, Debug)]
pub struct Padded<'a, T: Scalar> {
    /// `[steps, batch, features]`, or `[batch, steps, features]` for a layer that is `batch_first`; or without the batch,
    /// `[steps, features]`.
    pub values: &'a Var<T>,
    /// The number of real time steps of each sequence.
    pub lengths: Option<&'a [usize]>,
}

impl<'a, T: Scalar> From<&'a Var<T>> for Padded<'a, T> {
    fn from(values: &'a Var<T>) -> Self {
        Self { values, lengths: None }
    }
}

impl<'a, T: Scalar> From<(&'a Var<T>, &'a [usize])> for Padded<'a, T> {
    fn from((values, lengths): (&'a Var<T>, &'a [usize])) -> Self {
        Self { values, lengths: Some(lengths) }
    }
}
