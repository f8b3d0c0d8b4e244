//! The gated recurrent unit.

use plywood_autograd::{Result, Scalar, Var};
use plywood_tensor::Stream;

use super::{CellKind, Padded, Recurrent, RecurrentOptions, RecurrentState};
use crate::{Context, Layer, Module};

/// The gated recurrent unit (Cho et al. 2014), gates in the order `r, z, n`, the reset gate applied after the product.
///
/// `[steps, batch, input_size]` (`[batch, steps, input_size]` if `batch_first`) to `[.., hidden_size]`. Parameters are
/// those of [`Recurrent`].
///
/// ```
/// use plywood_nn::{Context, GRU, RecurrentOptions, Stream, Tensor, Var};
/// let options = RecurrentOptions { bidirectional: true, num_layers: 2, ..Default::default() };
/// let gru = GRU::<f32>::with(3, 8, options, &mut Stream::new(0));
/// // Three sequences of different lengths, padded to five steps.
/// let x = Var::from(Tensor::ones([5, 3, 3]));
/// let (y, state) = gru.forward_from((&x, &[5, 1, 3][..]), None, &mut Context::eval())?;
/// assert_eq!(y.shape(), &[5, 3, 16]);
/// assert_eq!(state.h.shape(), &[4, 3, 8]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct GRU<T: Scalar = f32>(#[module(flatten)] Recurrent<T>);

impl<T: Scalar> GRU<T> {
    /// One layer of `hidden_size` units, time first.
    pub fn new(input_size: usize, hidden_size: usize, random: &mut Stream) -> Self {
        Self::with(input_size, hidden_size, RecurrentOptions::default(), random)
    }

    /// With options.
    pub fn with(input_size: usize, hidden_size: usize, options: RecurrentOptions, random: &mut Stream) -> Self {
        Self(Recurrent::new(CellKind::Gru, input_size, hidden_size, options, random))
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

impl<T: Scalar> From<GRU<T>> for Recurrent<T> {
    fn from(layer: GRU<T>) -> Self {
        layer.0
    }
}

/// The output after each time step; the final state is forgotten.
impl<T: Scalar> Layer<T> for GRU<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.0.forward(x, cx)
    }
}
