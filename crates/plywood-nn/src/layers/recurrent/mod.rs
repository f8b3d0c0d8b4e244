//! Recurrent layers and cells.

mod cells;
mod gru;
mod lstm;
mod options;
mod rnn;
mod stack;
mod state;

pub use cells::{GRUCell, LSTMCell, RNNCell};
pub use gru::GRU;
pub use lstm::LSTM;
pub use options::{CellKind, RecurrentOptions};
pub use plywood_autograd::Nonlinearity;
pub use rnn::RNN;
pub use stack::Recurrent;
pub use state::{Padded, RecurrentState};
