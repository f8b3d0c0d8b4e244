//! The maxout layer.

use plywood_autograd::{Result, Scalar, Var};
use plywood_tensor::Stream;

use crate::{Context, Layer, Module, Param, init};

/// The greatest of several linear maps for each unit: `[…, in_features]` to `[…, out_features]` (Goodfellow et al.,
/// "Maxout Networks", 2013).
///
/// ```
/// use plywood_nn::{Context, Layer, Maxout, Stream, Tensor};
/// let layer = Maxout::<f32>::new(4, 3, 2, &mut Stream::new(0));
/// assert_eq!(layer.weight.shape(), &[6, 4]);
/// assert_eq!(layer.forward(&Tensor::ones([5, 4]).into(), &mut Context::eval())?.shape(), &[5, 3]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Maxout<T: Scalar = f32> {
    /// `[out_features · pieces, in_features]`, the pieces of a unit one after the other; drawn as for
    /// [`Linear`](crate::Linear).
    pub weight: Param<T>,
    /// `[out_features · pieces]`.
    pub bias: Param<T>,
    pieces: usize,
}

impl<T: Scalar> Maxout<T> {
    /// From `in_features` to `out_features` units, each the greatest of `pieces` linear maps.
    pub fn new(in_features: usize, out_features: usize, pieces: usize, random: &mut Stream) -> Self {
        let bound = init::default_bound(in_features);
        Self {
            weight: Param::new(random.uniform([out_features * pieces, in_features], -bound, bound)),
            bias: Param::new(random.uniform([out_features * pieces], -bound, bound)),
            pieces,
        }
    }
}

impl<T: Scalar> Layer<T> for Maxout<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let [outputs, inputs] = [self.weight.shape()[0], self.weight.shape()[1]];
        let kind = || format!("Maxout({inputs}, {}, pieces {})", outputs / self.pieces.max(1), self.pieces);
        cx.layer(Some(&self.weight), kind, x, |cx| {
            x.linear(&self.weight.var(cx), Some(&self.bias.var(cx)))?.maxout(self.pieces)
        })
    }
}
