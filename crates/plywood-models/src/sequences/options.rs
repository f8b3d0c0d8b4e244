//! The sizes that the models of sequences share.

use plywood_nn::{CellKind, Recurrent, RecurrentOptions, Scalar, Stream};

/// How a model of sequences is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SequenceOptions {
    /// The kind of recurrent cell.
    pub cell: CellKind,
    /// Features that stand for a symbol.
    pub embedding: usize,
    /// Units of each recurrent layer.
    pub hidden: usize,
    /// Recurrent layers on top of each other.
    pub layers: usize,
    /// The probability with which a value is dropped in training: between recurrent layers, and before the last map.
    pub dropout: f64,
}

impl Default for SequenceOptions {
    /// One layer of long short-term memory: 128 units, 64 features a symbol, no dropout.
    fn default() -> Self {
        Self { cell: CellKind::Lstm, embedding: 64, hidden: 128, layers: 1, dropout: 0.0 }
    }
}

impl SequenceOptions {
    /// The recurrent part, batch first, of `hidden` units in each direction.
    pub(super) fn recurrent<T: Scalar>(
        &self,
        input: usize,
        hidden: usize,
        bidirectional: bool,
        random: &mut Stream,
    ) -> Recurrent<T> {
        let options = RecurrentOptions {
            num_layers: self.layers,
            bidirectional,
            batch_first: true,
            dropout: self.dropout,
            ..Default::default()
        };
        Recurrent::new(self.cell, input, hidden, options, random)
    }
}
