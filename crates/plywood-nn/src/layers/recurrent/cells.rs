//! Single cells: one time step at a time, for loops of one's own.

use plywood_autograd::{Nonlinearity, RecurrentWeights, Result, Scalar, Var, Walk};
use plywood_tensor::Stream;

use crate::{Context, Module, Param, init};

/// The parameters of a cell, `[gates * hidden_size, …]`, drawn evenly from ±1/√hidden_size.
#[derive(Clone, Debug, Module)]
struct Parameters<T: Scalar> {
    weight_ih: Param<T>,
    weight_hh: Param<T>,
    bias_ih: Option<Param<T>>,
    bias_hh: Option<Param<T>>,
}

impl<T: Scalar> Parameters<T> {
    fn new(gates: usize, input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        let (rows, bound) = (gates * hidden_size, init::default_bound(hidden_size));
        Self {
            weight_ih: Param::new(random.uniform([rows, input_size], -bound, bound)),
            weight_hh: Param::new(random.uniform([rows, hidden_size], -bound, bound)),
            bias_ih: Some(Param::new(random.uniform([rows], -bound, bound))),
            bias_hh: Some(Param::new(random.uniform([rows], -bound, bound))),
        }
    }

    /// One step as a sequence of one, with the states `[batch, hidden_size]`, or all without the batch.
    fn step<const N: usize>(
        &self,
        kind: &str,
        x: &Var<T>,
        states: [Option<&Var<T>>; N],
        cx: &mut Context,
        run: impl FnOnce(&Var<T>, &RecurrentWeights<'_, T>, [Option<&Var<T>>; N]) -> Result<[Var<T>; N]>,
    ) -> Result<[Var<T>; N]> {
        let mut after = None;
        let place = |cx: &mut Context| {
            let (weight_ih, weight_hh) = (self.weight_ih.var(cx), self.weight_hh.var(cx));
            let bias_ih = self.bias_ih.as_ref().map(|b| b.var(cx));
            let bias_hh = self.bias_hh.as_ref().map(|b| b.var(cx));
            let (bias_ih, bias_hh) = (bias_ih.as_ref(), bias_hh.as_ref());
            let weights = RecurrentWeights { weight_ih: &weight_ih, weight_hh: &weight_hh, bias_ih, bias_hh };
            let unbatched = x.shape().len() == 1;
            let batched = |x: &Var<T>| if unbatched { x.unsqueeze(0) } else { Ok(x.clone()) };
            let mut rows: [Option<Var<T>>; N] = std::array::from_fn(|_| None);
            for (row, state) in rows.iter_mut().zip(states) {
                *row = state.map(batched).transpose()?;
            }
            let mut outputs = run(&batched(x)?.unsqueeze(0)?, &weights, rows.each_ref().map(Option::as_ref))?;
            if unbatched {
                for output in &mut outputs {
                    *output = output.squeeze(0)?;
                }
            }
            let first = outputs[0].clone();
            after = Some(outputs);
            Ok(first)
        };
        let describe = || format!("{kind}({}, {})", self.weight_ih.shape()[1], self.weight_hh.shape()[1]);
        cx.layer(Some(&self.weight_ih), describe, x, place)?;
        Ok(after.expect("set by the layer"))
    }
}

macro_rules! without_bias {
    () => {
        /// The same cell without biases.
        pub fn without_bias(mut self) -> Self {
            (self.parameters.bias_ih, self.parameters.bias_hh) = (None, None);
            self
        }
    };
}

/// One step of [`RNN`](crate::RNN). Parameters: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
#[derive(Clone, Debug, Module)]
pub struct RNNCell<T: Scalar = f32> {
    #[module(flatten)]
    parameters: Parameters<T>,
    #[module(skip)]
    nonlinearity: Nonlinearity,
}

impl<T: Scalar> RNNCell<T> {
    /// With `hidden_size` units and the hyperbolic tangent.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        let parameters = Parameters::new(1, input_size, hidden_size, random);
        Self { parameters, nonlinearity: Nonlinearity::Tanh }
    }

    /// The same cell with another function.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Self {
        Self { nonlinearity, ..self }
    }

    without_bias!();

    /// The state after a step: `x [batch, input_size]` and the state `h [batch, hidden_size]` (zeros if `None`) to
    /// `[batch, hidden_size]`; all without the batch as well.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn forward(&self, x: &Var<T>, h: Option<&Var<T>>, cx: &mut Context) -> Result<Var<T>> {
        let run = |x: &Var<T>, weights: &RecurrentWeights<'_, T>, [h]: [Option<&Var<T>>; 1]| {
            x.rnn(weights, h, self.nonlinearity, Walk::default()).map(|[_, h]| [h])
        };
        self.parameters.step("RNNCell", x, [h], cx, run).map(|[h]| h)
    }
}

/// One step of [`LSTM`](crate::LSTM). Parameters: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
///
/// ```
/// use plywood_nn::{Context, LSTMCell, Stream, Tensor, Var};
/// let cell = LSTMCell::<f32>::new(3, 8, &mut Stream::new(0));
/// let (x, mut cx) = (Var::from(Tensor::ones([4, 3])), Context::eval());
/// let [h, c] = cell.forward(&x, None, &mut cx)?;
/// let [h, _] = cell.forward(&x, Some([&h, &c]), &mut cx)?;
/// assert_eq!(h.shape(), &[4, 8]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct LSTMCell<T: Scalar = f32> {
    #[module(flatten)]
    parameters: Parameters<T>,
}

impl<T: Scalar> LSTMCell<T> {
    /// With `hidden_size` units.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        Self { parameters: Parameters::new(4, input_size, hidden_size, random) }
    }

    without_bias!();

    /// Hidden and cell state after a step: `x [batch, input_size]` and the states `[h, c]`, `[batch, hidden_size]` each
    /// (zeros if `None`), to two of that shape; all without the batch as well.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn forward(&self, x: &Var<T>, state: Option<[&Var<T>; 2]>, cx: &mut Context) -> Result<[Var<T>; 2]> {
        let state = state.map_or([None; 2], |state| state.map(Some));
        let run = |x: &Var<T>, weights: &RecurrentWeights<'_, T>, [h, c]: [Option<&Var<T>>; 2]| {
            x.lstm(weights, h, c, Walk::default()).map(|[_, h, c]| [h, c])
        };
        self.parameters.step("LSTMCell", x, state, cx, run)
    }
}

/// One step of [`GRU`](crate::GRU). Parameters: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
#[derive(Clone, Debug, Module)]
pub struct GRUCell<T: Scalar = f32> {
    #[module(flatten)]
    parameters: Parameters<T>,
}

impl<T: Scalar> GRUCell<T> {
    /// With `hidden_size` units.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        Self { parameters: Parameters::new(3, input_size, hidden_size, random) }
    }

    without_bias!();

    /// The state after a step, as [`RNNCell::forward`].
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn forward(&self, x: &Var<T>, h: Option<&Var<T>>, cx: &mut Context) -> Result<Var<T>> {
        let run = |x: &Var<T>, weights: &RecurrentWeights<'_, T>, [h]: [Option<&Var<T>>; 1]| {
            x.gru(weights, h, Walk::default()).map(|[_, h]| [h])
        };
        self.parameters.step("GRUCell", x, [h], cx, run).map(|[h]| h)
    }
}
