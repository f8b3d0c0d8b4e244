//! Long short-term memory.

use plywood_autograd::{Result, Scalar, Var};
use plywood_tensor::Stream;

use super::{CellKind, Padded, Recurrent, RecurrentOptions, RecurrentState};
use crate::{Context, Layer, Module};

/// Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000), gates in the order `i, f, g,
/// o`.
///
/// `[steps, batch, input_size]` (`[batch, steps, input_size]` if `batch_first`) to `[.., hidden_size]`. Parameters are
/// those of [`Recurrent`].
///
/// ```
/// use plywood_nn::{Context, LSTM, RecurrentOptions, Stream, Tensor, Var};
/// let options = RecurrentOptions { batch_first: true, ..Default::default() };
/// let lstm = LSTM::<f32>::with(3, 8, options, &mut Stream::new(0));
/// let mut cx = Context::train(0);
/// // A long sequence in pieces: the state goes on, the gradient doesn't.
/// let mut state = None;
/// for _ in 0..2 {
///     let piece = Var::from(Tensor::ones([4, 10, 3]));
///     let (y, last) = lstm.forward_from(&piece, state.as_ref(), &mut cx)?;
///     assert_eq!(y.shape(), &[4, 10, 8]);
///     state = Some(last.detach());
/// }
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct LSTM<T: Scalar = f32>(#[module(flatten)] Recurrent<T>);

impl<T: Scalar> LSTM<T> {
    /// One layer of `hidden_size` units, time first.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        Self::with(input_size, hidden_size, RecurrentOptions::default(), random)
    }

    /// With options.
    pub fn with(input_size: usize, hidden_size: usize, options: RecurrentOptions, random: &mut Stream) -> Self {
        Self(Recurrent::new(CellKind::Lstm, input_size, hidden_size, options, random))
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

impl<T: Scalar> From<LSTM<T>> for Recurrent<T> {
    fn from(layer: LSTM<T>) -> Self {
        layer.0
    }
}

/// The output after each time step; the final state is forgotten.
impl<T: Scalar> Layer<T> for LSTM<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.0.forward(x, cx)
    }
}
