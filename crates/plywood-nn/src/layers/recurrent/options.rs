//! Which cells a recurrent layer is made of, and how they are stacked.

use std::str::FromStr;

use plywood_autograd::{Error, Nonlinearity, Result};

/// A kind of recurrent cell. Read from text by PyTorch's names, in any case:
///
/// ```
/// use plywood_nn::{CellKind, Nonlinearity};
/// assert_eq!("lstm".parse::<CellKind>()?, CellKind::Lstm);
/// assert_eq!("RNN_RELU".parse::<CellKind>()?, CellKind::Rnn(Nonlinearity::Relu));
/// let error = "transformer".parse::<CellKind>().unwrap_err().to_string();
/// assert_eq!(error, "recurrent cell: kind: expected rnn, rnn_tanh, rnn_relu, lstm or gru, got `transformer`");
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// The plain cell: `h' = f(W_ih x + b_ih + W_hh h + b_hh)`.
    Rnn(Nonlinearity),
    /// Long short-term memory.
    Lstm,
    /// The gated recurrent unit.
    Gru,
}

impl CellKind {
    /// Rows of the weights per hidden unit.
    pub fn gates(self) -> usize {
        match self {
            Self::Rnn(_) => 1,
            Self::Lstm => 4,
            Self::Gru => 3,
        }
    }

    /// The layer's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rnn(_) => "RNN",
            Self::Lstm => "LSTM",
            Self::Gru => "GRU",
        }
    }
}

impl FromStr for CellKind {
    type Err = Error;

    /// `rnn`, which is `rnn_tanh`, `rnn_relu`, `lstm` or `gru`, in any case.
    fn from_str(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "rnn" | "rnn_tanh" => Ok(Self::Rnn(Nonlinearity::Tanh)),
            "rnn_relu" => Ok(Self::Rnn(Nonlinearity::Relu)),
            "lstm" => Ok(Self::Lstm),
            "gru" => Ok(Self::Gru),
            _ => {
                let kinds = "rnn, rnn_tanh, rnn_relu, lstm or gru";
                Err(Error::value("recurrent cell", "kind", kinds, format!("`{name}`")))
            }
        }
    }
}

/// The options of recurrent layers, under PyTorch's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentOptions {
    /// How many layers lie on top of each other. 1 by default.
    pub num_layers: usize,
    /// Whether each layer reads its sequences in both directions; its output then holds both states, forward's first.
    pub bidirectional: bool,
    /// Whether input and output are `[batch, steps, features]`, not `[steps, batch, features]`.
    pub batch_first: bool,
    /// The probability with which, in training, an output of a layer is dropped on its way to the next layer.
    pub dropout: f64,
    /// Whether sums have biases. `true` by default.
    pub bias: bool,
}

impl Default for RecurrentOptions {
    fn default() -> Self {
        Self { num_layers: 1, bidirectional: false, batch_first: false, dropout: 0.0, bias: true }
    }
}

impl RecurrentOptions {
    /// Directions in which each layer reads.
    pub(super) fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }
}
