//! What the recurrent layers' properties share.

use plywood_autograd::{RecurrentWeights, Walk};
use plywood_gradcheck::prelude::*;
use plywood_tensor::Stream;

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

/// A layer whose input is rows of a table: the table in the input's place, and the row of each step.
pub fn looked_up(gates: usize) -> impl Strategy<Value = (Layer, Tensor<i64>)> {
    (layers(gates), 1..=2usize, any::<u64>()).prop_map(|((mut inputs, batch_first, reverse, lengths), rows, seed)| {
        let [outer, inner, width] = inputs[0].dims("looked_up", "three dimensions").unwrap();
        let mut random = Stream::new(seed);
        let index = Tensor::from_fn([outer, inner], |_| random.below(rows) as i64);
        inputs[0] = random.normal([rows, width], 0.0, 1.0);
        ((inputs, batch_first, reverse, lengths), index)
    })
}

/// That a layer over an embedding does as one over the same values that don't come from there, in all of its outputs and
/// in the gradients of all of its inputs; with a row that gets no gradient, too.
pub fn same_as_over_values<const N: usize>(
    inputs: &[Tensor<f64>],
    index: &Tensor<i64>,
    run: impl Fn(&Var<f64>, &[Var<f64>]) -> Result<[Var<f64>; N], Error>,
) -> Result<(), TestCaseError> {
    for padding in [None, Some(0)] {
        let over = |between: &dyn Fn(Var<f64>) -> Var<f64>| -> Result<_, Error> {
            let x: Vec<Var<f64>> = inputs.iter().map(|x| Var::leaf(x.clone())).collect();
            let outputs = run(&between(x[0].embedding(index, padding)?), &x)?;
            let loss = outputs.iter().try_fold(Var::from(Tensor::from(0.0)), |sum, y| sum.add(&y.sin().sum()))?;
            let grads = loss.backward()?;
            let values: Vec<Tensor<f64>> = outputs.iter().map(|y| y.value().clone()).collect();
            let gradients = x.iter().map(|x| grads.get(x).map_or_else(|| Tensor::zeros(x.shape()), Tensor::clone));
            Ok(values.into_iter().chain(gradients).collect::<Vec<_>>())
        };
        let (rows, values) = (over(&|x| x)?, over(&|x| x.add_scalar(0.0))?);
        for (i, (rows, values)) in rows.iter().zip(&values).enumerate() {
            let close =
                rows.to_vec().iter().zip(values.to_vec()).all(|(a, b)| (a - b).abs() <= 1e-11 * (1.0 + b.abs()));
            prop_assert!(close, "{i}: {rows:?} instead of {values:?}, padding {padding:?}");
        }
    }
    Ok(())
}
