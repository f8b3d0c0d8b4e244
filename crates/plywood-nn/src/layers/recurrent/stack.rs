//! Recurrent layers of one kind on top of each other, in one or both directions.

use plywood_autograd::{Error, RecurrentWeights, Result, Scalar, Var, Walk, cat, stack};
use plywood_tensor::Stream;

use super::{CellKind, Padded, RecurrentOptions, RecurrentState};
use crate::{Context, Layer, Module, Param, Visitor, VisitorMut, init};

/// A stack of recurrent layers of any kind: what [`RNN`](crate::RNN), [`LSTM`](crate::LSTM) and [`GRU`](crate::GRU) are
/// made of, and what a model holds that leaves the choice open.
///
/// Parameters have PyTorch's names: `weight_ih_l0 [gates * hidden_size, input_size]`, `weight_hh_l0`, `bias_ih_l0`,
/// `bias_hh_l0`, then `…_l0_reverse`, `…_l1`; all drawn evenly from ±1/√hidden_size.
#[derive(Clone, Debug)]
pub struct Recurrent<T: Scalar = f32> {
    kind: CellKind,
    input_size: usize,
    hidden_size: usize,
    options: RecurrentOptions,
    /// Layer 0 forward, layer 0 backward, layer 1 …
    parameters: Vec<Parameters<T>>,
}

/// The parameters of one layer in one direction.
#[derive(Clone, Debug)]
struct Parameters<T: Scalar> {
    weight_ih: Param<T>,
    weight_hh: Param<T>,
    biases: Option<[Param<T>; 2]>,
}

impl<T: Scalar> Recurrent<T> {
    /// Layers of cells of one kind, each of `hidden_size` units.
    pub fn new(
        kind: CellKind,
        input_size: usize,
        hidden_size: usize,
        options: RecurrentOptions,
        random: &mut Stream,
    ) -> Self {
        let (rows, bound) = (kind.gates() * hidden_size, init::default_bound(hidden_size));
        let directions = options.directions();
        let mut param = |shape: &[usize]| match *shape {
            [rows, columns] => Param::new(random.uniform([rows, columns], -bound, bound)),
            _ => Param::new(random.uniform([rows], -bound, bound)),
        };
        let parameters = (0..options.num_layers * directions)
            .map(|i| Parameters {
                weight_ih: param(&[rows, if i < directions { input_size } else { directions * hidden_size }]),
                weight_hh: param(&[rows, hidden_size]),
                biases: options.bias.then(|| [param(&[rows]), param(&[rows])]),
            })
            .collect();
        Self { kind, input_size, hidden_size, options, parameters }
    }

    /// The kind of its cells.
    pub fn kind(&self) -> CellKind {
        self.kind
    }

    /// Features of the input.
    pub fn input_size(&self) -> usize {
        self.input_size
    }

    /// Units of each cell.
    pub fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    /// Features of the output: twice the hidden size for two directions.
    pub fn output_size(&self) -> usize {
        self.hidden_size * self.options.directions()
    }

    /// How the layers are stacked.
    pub fn options(&self) -> &RecurrentOptions {
        &self.options
    }

    /// The output of the last layer after each time step, `[.., output_size]`, and the state that all layers end in,
    /// from an initial state (zeros if `None`).
    ///
    /// # Errors
    /// If the input hasn't `input_size` features, the state doesn't fit the batch, or a length exceeds the number of steps.
    pub fn forward_from<'a>(
        &self,
        input: impl Into<Padded<'a, T>>,
        state: Option<&RecurrentState<T>>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let input = input.into();
        let mut last = None;
        let weight = self.parameters.first().map(|p| &p.weight_ih);
        let output = cx.layer(
            weight,
            || self.describe(),
            input.values,
            |cx| {
                let (output, state) = if input.values.shape().len() == 2 {
                    self.unbatched(input, state, cx)?
                } else {
                    self.batched(input, state, cx)?
                };
                last = Some(state);
                Ok(output)
            },
        )?;
        Ok((output, last.expect("set by the layer")))
    }

    /// One sequence without a batch dimension: a batch of one.
    fn unbatched(
        &self,
        input: Padded<'_, T>,
        state: Option<&RecurrentState<T>>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let at = if self.options.batch_first { 0 } else { 1 };
        let each = |state: &RecurrentState<T>, f: &dyn Fn(&Var<T>) -> Result<Var<T>>| -> Result<RecurrentState<T>> {
            Ok(RecurrentState { h: f(&state.h)?, c: state.c.as_ref().map(f).transpose()? })
        };
        let state = state.map(|state| each(state, &|s| s.unsqueeze(1))).transpose()?;
        let values = input.values.unsqueeze(at)?;
        let (output, last) = self.batched(Padded { values: &values, ..input }, state.as_ref(), cx)?;
        Ok((output.squeeze(at)?, each(&last, &|s| s.squeeze(1))?))
    }

    fn batched(
        &self,
        input: Padded<'_, T>,
        state: Option<&RecurrentState<T>>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let directions = self.options.directions();
        if self.parameters.is_empty() {
            return Err(Error::value("recurrent", "num_layers", "at least 1", 0));
        }
        let (h_0, c_0) =
            (self.initial("h_0", state.map(|s| &s.h))?, self.initial("c_0", state.and_then(|s| s.c.as_ref()))?);
        let (mut h_n, mut c_n) = (Vec::new(), Vec::new());
        let mut x = input.values.clone();
        for (layer, parameters) in self.parameters.chunks(directions).enumerate() {
            let mut outputs = Vec::with_capacity(directions);
            for (direction, parameters) in parameters.iter().enumerate() {
                let i = layer * directions + direction;
                let walk =
                    Walk { batch_first: self.options.batch_first, reverse: direction == 1, lengths: input.lengths };
                let (y, last) = self.run(&x, parameters, [h_0.get(i), c_0.get(i)], walk, cx)?;
                outputs.push(y);
                h_n.push(last.h);
                c_n.extend(last.c);
            }
            x = if directions == 1 { outputs.remove(0) } else { cat(&outputs.iter().collect::<Vec<_>>(), 2)? };
            if layer + 1 < self.options.num_layers && self.options.dropout != 0.0 && cx.is_training() {
                x = x.dropout(self.options.dropout, cx.random())?;
            }
        }
        let c = if c_n.is_empty() { None } else { Some(stacked(&c_n)?) };
        Ok((x, RecurrentState { h: stacked(&h_n)?, c }))
    }

    /// The initial states of all layers and directions one by one; none for zeros.
    fn initial(&self, name: &str, state: Option<&Var<T>>) -> Result<Vec<Var<T>>> {
        let Some(state) = state else { return Ok(Vec::new()) };
        if state.shape().len() != 3 || state.shape()[0] != self.parameters.len() {
            let expected = format!("[{}, batch, {}]", self.parameters.len(), self.hidden_size);
            return Err(Error::shape("recurrent", format!("shape of {name}"), expected, state.shape()));
        }
        (0..self.parameters.len()).map(|i| state.select(0, i)).collect()
    }

    /// One layer in one direction: its output, and its final state `[batch, hidden_size]`.
    fn run(
        &self,
        x: &Var<T>,
        parameters: &Parameters<T>,
        [h_0, c_0]: [Option<&Var<T>>; 2],
        walk: Walk<'_>,
        cx: &Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        let (weight_ih, weight_hh) = (parameters.weight_ih.var(cx), parameters.weight_hh.var(cx));
        let biases = parameters.biases.as_ref().map(|biases| biases.each_ref().map(|b| b.var(cx)));
        let [bias_ih, bias_hh] = biases.as_ref().map_or([None; 2], |biases| biases.each_ref().map(Some));
        let weights = RecurrentWeights { weight_ih: &weight_ih, weight_hh: &weight_hh, bias_ih, bias_hh };
        match self.kind {
            CellKind::Rnn(nonlinearity) => {
                x.rnn(&weights, h_0, nonlinearity, walk).map(|[y, h]| (y, RecurrentState { h, c: None }))
            }
            CellKind::Lstm => x.lstm(&weights, h_0, c_0, walk).map(|[y, h, c]| (y, RecurrentState { h, c: Some(c) })),
            CellKind::Gru => x.gru(&weights, h_0, walk).map(|[y, h]| (y, RecurrentState { h, c: None })),
        }
    }

    fn describe(&self) -> String {
        let RecurrentOptions { num_layers, bidirectional, .. } = self.options;
        let layers = if num_layers == 1 { String::new() } else { format!(", {num_layers} layers") };
        let both = if bidirectional { ", bidirectional" } else { "" };
        format!("{}({}, {}{layers}{both})", self.kind.name(), self.input_size, self.hidden_size)
    }

    /// What follows `weight_ih` and the like in the name of a parameter.
    fn suffix(&self, i: usize) -> String {
        let directions = self.options.directions();
        format!("l{}{}", i / directions, if i % directions == 1 { "_reverse" } else { "" })
    }
}

impl<T: Scalar> Module<T> for Recurrent<T> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        for (i, p) in self.parameters.iter().enumerate() {
            let suffix = self.suffix(i);
            visitor.field(&format!("weight_ih_{suffix}"), &p.weight_ih);
            visitor.field(&format!("weight_hh_{suffix}"), &p.weight_hh);
            if let Some([bias_ih, bias_hh]) = &p.biases {
                visitor.field(&format!("bias_ih_{suffix}"), bias_ih);
                visitor.field(&format!("bias_hh_{suffix}"), bias_hh);
            }
        }
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        for i in 0..self.parameters.len() {
            let (suffix, p) = (self.suffix(i), &mut self.parameters[i]);
            visitor.field(&format!("weight_ih_{suffix}"), &mut p.weight_ih);
            visitor.field(&format!("weight_hh_{suffix}"), &mut p.weight_hh);
            if let Some([bias_ih, bias_hh]) = &mut p.biases {
                visitor.field(&format!("bias_ih_{suffix}"), bias_ih);
                visitor.field(&format!("bias_hh_{suffix}"), bias_hh);
            }
        }
    }
}

/// The output after each time step; the final state is forgotten.
impl<T: Scalar> Layer<T> for Recurrent<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.forward_from(x, None, cx).map(|(output, _)| output)
    }
}

/// The states of all layers and directions as one. A single one needs no copy.
fn stacked<T: Scalar>(states: &[Var<T>]) -> Result<Var<T>> {
    match states {
        [only] => only.unsqueeze(0),
        _ => stack(&states.iter().collect::<Vec<_>>(), 0),
    }
}
