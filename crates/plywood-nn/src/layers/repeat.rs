//! Several layers of one kind.

use plywood_autograd::{Result, Scalar, Var};

use crate::{Context, Layer, Module};

/// Layers of one type one after the other, each with parameters of its own, named `0`, `1`, ….
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Module, Repeat, Stream, Tensor};
/// let random = &mut Stream::new(0);
/// let deep = Repeat::new(3, |_| Linear::<f32>::new(4, 4, random));
/// assert_eq!(deep.num_parameters(), 3 * (16 + 4));
/// assert_eq!(deep.forward(&Tensor::ones([2, 4]).into(), &mut Context::eval())?.shape(), &[2, 4]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Repeat<L> {
    layers: Vec<L>,
}

impl<L> Repeat<L> {
    /// `n` layers, the `i`th of which is `layer(i)`.
    pub fn new(n: usize, layer: impl FnMut(usize) -> L) -> Self {
        Self { layers: (0..n).map(layer).collect() }
    }

    /// The layers.
    pub fn layers(&self) -> &[L] {
        &self.layers
    }
}

impl<T: Scalar, L: Module<T>> Module<T> for Repeat<L> {
    fn visit<'a>(&'a self, visitor: &mut crate::Visitor<'a, '_, T>) {
        self.layers.visit(visitor);
    }

    fn visit_mut(&mut self, visitor: &mut crate::VisitorMut<'_, T>) {
        self.layers.visit_mut(visitor);
    }
}

impl<T: Scalar, L: Layer<T>> Layer<T> for Repeat<L> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut layers = self.layers.iter().enumerate();
        layers.try_fold(x.clone(), |x, (i, layer)| cx.scope(&i.to_string(), |cx| layer.forward(&x, cx)))
    }
}
