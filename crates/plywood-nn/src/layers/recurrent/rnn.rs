//! The plain recurrent layer.

use plywood_autograd::{Nonlinearity, Result, Scalar, Var};
use plywood_tensor::Stream;

use super::{CellKind, Padded, Recurrent, RecurrentOptions, RecurrentState};
use crate::{Context, Layer, Module};

/// The plain recurrent layer (Elman 1990), `h' = f(W_ih x + b_ih + W_hh h + b_hh)`.
///
/// `[steps, batch, input_size]` (`[batch, steps, input_size]` if `batch_first`) to `[.., hidden_size]`. Parameters are
/// those of [`Recurrent`].
///
/// ```
/// use plywood_nn::{Context, Layer, RNN, Stream, Tensor};
/// let rnn = RNN::<f32>::new(3, 8, &mut Stream::new(0));
/// let y = rnn.forward(&Tensor::ones([10, 4, 3]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[10, 4, 8]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct RNN<T: Scalar = f32>(#[module(flatten)] Recurrent<T>);

impl<T: Scalar> RNN<T> {
    /// One layer of `hidden_size` units with the hyperbolic tangent, time first.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        Self::with(input_size, hidden_size, Nonlinearity::Tanh, RecurrentOptions::default(), random)
    }

    /// With options.
    pub fn with(
        input_size: usize,
        hidden_size: usize,
        nonlinearity: Nonlinearity,
        options: RecurrentOptions,
        random: &mut Stream,
    ) -> Self {
        Self(Recurrent::new(CellKind::Rnn(nonlinearity), input_size, hidden_size, options, random))
    }

    /// The outputs, and the state that all layers end in; see [`Recurrent::forward_from`].
    ///
    /// # Errors
    /// As there.
    pub fn forward_from<'a>(
        &self,
        input: impl Into<Padded<'a, T>>,
        state: Option<&RecurrentState<T>>,
        cx: &mut Context,
    ) -> Result<(Var<T>, RecurrentState<T>)> {
        self.0.forward_from(input, state, cx)
    }
}

impl<T: Scalar> From<RNN<T>> for Recurrent<T> {
    fn from(layer: RNN<T>) -> Self {
        layer.0
    }
}

/// The output after each time step; the final state is forgotten.
impl<T: Scalar> Layer<T> for RNN<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.0.forward(x, cx)
    }
}
