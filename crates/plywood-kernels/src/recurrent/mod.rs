//! Recurrent layers: a whole pass through time of one layer in one direction, forward and backward.
//!
//! A layer isn't a graph of gates. Forward multiplies the input of all time steps with `weight_ih` in one product; then
//! each step adds `h · weight_hhᵀ` to that, with the weights packed once, and one vectorised pass makes gates, cell and
//! state of it. Backward (back-propagation through time, Werbos 1990) walks the same steps from the end: one pass turns
//! the gates into their gradients where they lie, one product carries the gradient on to the state before; afterwards
//! the gradients of weights and input are one product each over all steps. Blocks of sequences go through
//! time independently of each other, each on a thread.
//!
//! Gates and parameters have PyTorch's order: `i, f, g, o` for [`Lstm`], `r, z, n` for [`Gru`].
//!
//! - [`Sequences`]: directions, lengths, padding, blocks
//! - [`Cell`] and its three kinds [`Rnn`], [`Lstm`], [`Gru`]: the arithmetic of one step and its adjoint
//! - [`Input`]: vectors, or rows of a table
//! - [`forward`] and [`backward`]: the walks

mod backward;
mod cell;
mod dims;
mod forward;
mod gru;
mod input;
mod lstm;
mod order;
mod parameters;
mod rnn;
mod sequences;

pub use backward::backward;
pub use cell::Cell;
pub use dims::{RecurrentDims, Shapes};
pub use forward::forward;
pub use gru::Gru;
pub use input::Input;
pub use lstm::Lstm;
pub use parameters::{Gradients, Output, Saved, State, Weights};
pub use rnn::{Nonlinearity, Rnn};
pub use sequences::Sequences;

#[cfg(test)]
mod tests;
