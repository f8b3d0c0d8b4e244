//! What the recurrent layers' properties share.

use plywood_autograd::{RecurrentWeights, Walk};
use plywood_gradcheck::prelude::*;

/// Input, both weights, both biases, both states, and how to go through them.
pub type Layer = (Vec<Tensor<f64>>, bool, bool, Option<Vec<usize>>);

/// A layer whose weights have `gates` rows per unit, with sequences that may be empty or of different lengths.
pub fn layers(gates: usize) -> impl Strategy<Value = Layer> {
    let sizes = (0..=4usize, 1..=3usize, 1..=3usize, 1..=3usize, any::<bool>(), any::<bool>(), any::<bool>());
    sizes.prop_flat_map(move |(steps, batch, input, hidden, batch_first, reverse, ragged)| {
        let outer = if batch_first { [batch, steps] } else { [steps, batch] };
        let shapes = vec![
            Shape::from([outer[0], outer[1], input]),
            [gates * hidden, input].into(),
            [gates * hidden, hidden].into(),
            [gates * hidden].into(),
            [gates * hidden].into(),
            [batch, hidden].into(),
            [batch, hidden].into(),
        ];
        let lengths = prop::collection::vec(0..=steps, batch).prop_map(move |l| ragged.then_some(l));
        (tensors(Just(shapes)), Just(batch_first), Just(reverse), lengths)
    })
}

/// The parameters among a layer's inputs.
pub fn weights(x: &[Var<f64>], bias: bool) -> RecurrentWeights<'_, f64> {
    RecurrentWeights { weight_ih: &x[1], weight_hh: &x[2], bias_ih: bias.then(|| &x[3]), bias_hh: bias.then(|| &x[4]) }
}

/// The walk of a layer.
pub fn walk((_, batch_first, reverse, lengths): &Layer) -> Walk<'_> {
    Walk { batch_first: *batch_first, reverse: *reverse, lengths: lengths.as_deref() }
}
