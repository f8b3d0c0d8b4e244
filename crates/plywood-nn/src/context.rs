//! What a forward pass carries along: its mode, its randomness, and where in the model it is.

use plywood_autograd::{Result, Scalar, Shape, Var, anomaly};
use plywood_tensor::Stream;

use crate::Param;

/// Mode, random stream and place of a forward pass, explicit so that layers own no flags.
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Stream, Tensor};
///
/// let layer = Linear::<f32>::new(3, 2, &mut Stream::new(0));
/// let x = Tensor::ones([1, 3]).into();
/// assert!(layer.forward(&x, &mut Context::train(7))?.requires_grad());
/// assert!(!layer.forward(&x, &mut Context::eval())?.requires_grad());
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    mode: Mode,
    random: Stream,
    path: String,
    trace: Option<Vec<Call>>,
}

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: dropout drops, batch statistics are taken, a graph is recorded.
    Train,
    /// Use: nothing is dropped, running statistics are used, no graph is recorded.
    Eval,
}

/// One call of a layer, as a traced pass records it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The layer's path in the model.
    pub path: String,
    /// The layer's type and settings, e.g. `Conv2d(1, 6, kernel 5×5)`.
    pub kind: String,
    /// The extents of its input.
    pub input: Shape,
    /// The extents of its output.
    pub output: Shape,
}

impl Context {
    /// For training, with randomness from this seed.
    pub fn train(seed: u64) -> Self {
        Self::new(Mode::Train, Stream::new(seed))
    }

    /// For use: no graph, no randomness.
    pub fn eval() -> Self {
        Self::new(Mode::Eval, Stream::new(0))
    }

    /// With a given stream, e.g. one restored from a checkpoint.
    pub fn new(mode: Mode, random: Stream) -> Self {
        Self { mode, random, path: String::new(), trace: None }
    }

    /// Whether this is training.
    pub fn is_training(&self) -> bool {
        self.mode == Mode::Train
    }

    /// Whether parameters are leaves of a graph.
    pub fn is_recording(&self) -> bool {
        self.mode == Mode::Train
    }

    /// The random stream, e.g. for dropout.
    pub fn random(&mut self) -> &mut Stream {
        &mut self.random
    }

    /// Runs `f` in the part of the model with this name: messages then name it, and so does the search for anomalies.
    pub fn scope<R>(&mut self, name: &str, f: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.path.len();
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = f(self);
        self.path.truncate(outer);
        result
    }

    /// Runs a layer's computation `f` on `x` so that errors, anomalies and traces name the layer.
    ///
    /// The place is that of `weight` in its model where the layer has one, else where [`scope`](Self::scope) has led.
    /// `kind` describes the layer and is only called when the description is needed.
    ///
    /// # Errors
    /// That of `f`, with the place.
    pub fn layer<T: Scalar>(
        &mut self,
        weight: Option<&Param<T>>,
        kind: impl Fn() -> String,
        x: &Var<T>,
        f: impl FnOnce(&mut Self) -> Result<Var<T>>,
    ) -> Result<Var<T>> {
        let name = weight.and_then(Param::name);
        let path;
        let place = match name.as_deref().and_then(|name| name.rsplit_once('.')) {
            Some((place, _)) => place,
            None => {
                path = self.path.clone();
                &path
            }
        };
        let y = anomaly::scope(place, || f(self));
        let y = y.map_err(|error| if place.is_empty() { error.at(kind()) } else { error.at(place) })?;
        if let Some(calls) = &mut self.trace {
            calls.push(Call { path: place.to_owned(), kind: kind(), input: *x.shape(), output: *y.shape() });
        }
        Ok(y)
    }

    /// Runs `f` and returns the layers that it called, in order.
    pub fn traced<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> (R, Vec<Call>) {
        let outer = self.trace.replace(Vec::new());
        let result = f(self);
        let calls = std::mem::replace(&mut self.trace, outer).unwrap_or_default();
        (result, calls)
    }
}
