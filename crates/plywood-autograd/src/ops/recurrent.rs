//! What the recurrent operations share: one layer in one direction is one node of the graph.
//!
//! The node has several outputs (output and final states), and the gradients of any of them may be absent when backward
//! comes.
//!
//! Where the input comes straight from an [`embedding`](Var::embedding) with fewer rows than there are time steps, the
//! layer reads the table instead ([`Input::Rows`]), and is linked to it.

use plywood_kernels::recurrent::{self, Cell, Gradients, Input, Output, RecurrentDims, Saved, Shapes, State, Weights};
use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::{OutputGradients, Sink, Var};

/// The parameters of one recurrent layer in one direction; `gates` is 1 for [`rnn`](Var::rnn), 4 for
/// [`lstm`](Var::lstm), 3 for [`gru`](Var::gru).
#[derive(Clone, Copy, Debug)]
pub struct RecurrentWeights<'a, T: Scalar> {
    /// `[gates * hidden, input]`.
    pub weight_ih: &'a Var<T>,
    /// `[gates * hidden, hidden]`.
    pub weight_hh: &'a Var<T>,
    /// `[gates * hidden]`, added to the products with the input.
    pub bias_ih: Option<&'a Var<T>>,
    /// `[gates * hidden]`, added to the products with the state.
    pub bias_hh: Option<&'a Var<T>>,
}

/// How a recurrent layer goes through its sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walk<'a> {
    /// Whether input and output are `[batch, steps, features]` instead of `[steps, batch, features]`.
    pub batch_first: bool,
    /// Whether each sequence is read from its end to its beginning.
    pub reverse: bool,
    /// The number of real time steps of each sequence, in any order; all of them if `None`. What lies beyond is
    /// padding: it is never read, the output there is 0, and no gradient comes from it or goes to it.
    pub lengths: Option<&'a [usize]>,
}

/// The output and the final hidden state, and for `N = 3` the final cell state.
pub(super) fn layer<T: Scalar, C: Cell, const N: usize>(
    cell: C,
    op: &'static str,
    input: &Var<T>,
    weights: &RecurrentWeights<'_, T>,
    [h_0, c_0]: [Option<&Var<T>>; 2],
    walk: Walk<'_>,
) -> Result<[Var<T>; N]> {
    let RecurrentWeights { weight_ih, weight_hh, bias_ih, bias_hh } = *weights;
    let shape = |x: Option<&'_ Var<T>>| x.map(|x| *x.shape());
    let (ih_shape, hh_shape, h_shape, c_shape) = (shape(bias_ih), shape(bias_hh), shape(h_0), shape(c_0));
    let shapes = Shapes {
        input: input.shape(),
        batch_first: walk.batch_first,
        weight_ih: weight_ih.shape(),
        weight_hh: weight_hh.shape(),
        bias_ih: ih_shape.as_deref(),
        bias_hh: hh_shape.as_deref(),
        h_0: h_shape.as_deref(),
        c_0: c_shape.as_deref(),
    };
    let named = |m| Error::mismatch(op, m, &[("input", input.shape()), ("weight_ih", weight_ih.shape())]);
    let dims = RecurrentDims::new::<C>(&shapes, walk.reverse, walk.lengths).map_err(named)?;

    // The products with the input, made for each row of a table instead of each time step, are half of them at most.
    let rows = input.rows().filter(|(table, rows)| 2 * table.shape()[0] <= rows.index.elements());
    let (source, rows) = rows.map_or((None, None), |(table, rows)| (Some(table), Some(rows)));
    let input = source.as_ref().unwrap_or(input);
    let outer = [shapes.input[0], shapes.input[1]];
    let all = [Some(input), Some(weight_ih), Some(weight_hh), bias_ih, bias_hh, h_0, c_0];
    let values = all.map(|x| x.map(|x| x.value().contiguous().into_tensor()));
    let [batch, hidden] = [dims.sequences().batch(), dims.hidden()];
    let mut y = stale([outer[0], outer[1], hidden]);
    let (mut h_n, mut c_n) = (stale([batch, hidden]), stale([if C::HAS_C { batch } else { 0 }, hidden]));
    let mut kept = [dims.gates_len::<C>(), dims.h_len(), dims.c_len::<C>()].map(stale);
    let output = Output { y: y.make_mut(), h_n: h_n.make_mut(), c_n: c_n.make_mut() };
    let rows = rows.map(|rows| (rows.index.contiguous(), rows.padding));
    let (x, parameters, initial) = arguments(&values, rows.as_ref());
    recurrent::forward(cell, &dims, x, parameters, initial, output, saved(&mut kept));

    let inputs = all.into_iter().flatten().collect::<Vec<_>>();
    let mut outputs = [Some(y), Some(h_n), Some(c_n)];
    let outputs = std::array::from_fn(|i| outputs[i].take().expect("N is 2, or 3 with a cell state"));
    Ok(Var::op_many(op, &inputs, outputs, |_| {
        move |grads, sink| adjoint(cell, &dims, &values, rows.as_ref(), kept, grads, sink)
    }))
}

fn adjoint<T: Scalar, C: Cell>(
    cell: C,
    dims: &RecurrentDims,
    values: &[Option<Tensor<T>>; 7],
    rows: Option<&LookedUp>,
    mut kept: [Tensor<T>; 3],
    grads: &mut OutputGradients<T>,
    sink: &mut Sink<'_, T>,
) -> Result<()> {
    let mut next = 0..;
    let places = values.each_ref().map(|x| x.as_ref().and_then(|_| next.next()).filter(|&i| sink.wants(i)));
    let mut wanted = places.map(|i| i.map(|i| stale(*sink.shape(i))));
    let [dx, dih, dhh, db_ih, db_hh, dh_0, dc_0] = wanted.each_mut().map(|d| d.as_mut().map(Tensor::make_mut));
    let gradients = Gradients { input: dx, ih: dih, hh: dhh, bias_ih: db_ih, bias_hh: db_hh, h_0: dh_0, c_0: dc_0 };
    let mut take = |i| if i < grads.len() { grads.take(i).map(|d| d.contiguous()) } else { None };
    let (dy, dh_n, dc_n) = (take(0), take(1), take(2));
    let dstate = State { h: dh_n.as_deref(), c: dc_n.as_deref() };
    let (x, parameters, _) = arguments(values, rows);
    recurrent::backward(cell, dims, x, parameters, saved(&mut kept), dy.as_deref(), dstate, gradients);
    drop(kept);
    if let (Some(dtable), Some(&(_, Some(padding)))) = (&mut wanted[0], rows) {
        let width = dtable.shape()[1];
        dtable.make_mut()[padding * width..][..width].fill(T::ZERO);
    }
    for (place, gradient) in places.into_iter().zip(wanted) {
        if let (Some(i), Some(gradient)) = (place, gradient) {
            sink.add(i, || Ok(gradient))?;
        }
    }
    Ok(())
}

/// Which row of the table each time step reads, and the one that gets no gradient.
type LookedUp = (Contiguous<i64>, Option<usize>);

/// The inputs as the kernels take them.
fn arguments<'a, T: Scalar>(
    values: &'a [Option<Tensor<T>>; 7],
    rows: Option<&'a LookedUp>,
) -> (Input<'a, T>, Weights<'a, T>, State<'a, T>) {
    let [x, ih, hh, bias_ih, bias_hh, h, c] = values.each_ref().map(|x| x.as_ref().and_then(Tensor::as_slice));
    let weights = Weights { ih: ih.unwrap_or_default(), hh: hh.unwrap_or_default(), bias_ih, bias_hh };
    let x = x.unwrap_or_default();
    let input = rows.map_or(Input::Values(x), |(index, _)| Input::Rows { table: x, index });
    (input, weights, State { h, c })
}

fn saved<T: Scalar>(kept: &mut [Tensor<T>; 3]) -> Saved<'_, T> {
    let [gates, h, c] = kept.each_mut().map(Tensor::make_mut);
    Saved { gates, h, c }
}

/// A tensor that a kernel will write.
fn stale<T: Scalar>(shape: impl Into<Shape>) -> Tensor<T> {
    Tensor::build(shape, |_| {})
}
