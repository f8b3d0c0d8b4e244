//! Layers side by side on one input.

use plywood_autograd::{Error, Result, Scalar, Var, cat};

use crate::{Context, Layer, Module};

/// Layers that all get the input, and whose outputs are merged: the inception module of GoogLeNet, gates, ensembles.
/// Named `0`, `1`, ….
///
/// ```
/// use plywood_nn::{Context, Layer, Linear, Parallel, Stream, Tensor};
/// let random = &mut Stream::new(0);
/// let wide = Parallel::<f32>::concat(1).with(Linear::new(4, 2, random)).with(Linear::new(4, 3, random));
/// assert_eq!(wide.forward(&Tensor::ones([7, 4]).into(), &mut Context::eval())?.shape(), &[7, 5]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Module)]
pub struct Parallel<T: Scalar = f32> {
    #[module(flatten)]
    branches: Vec<Box<dyn Layer<T> + Send + Sync>>,
    #[module(skip)]
    merge: Merge,
}

/// How outputs become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// One after the other along this dimension.
    Concat(isize),
    /// Added up.
    Sum,
    /// Multiplied.
    Product,
}

impl<T: Scalar> Parallel<T> {
    /// No branches yet, to be merged in this way.
    pub fn new(merge: Merge) -> Self {
        Self { branches: Vec::new(), merge }
    }

    /// Outputs one after the other along a dimension; 1 is that of channels and features.
    pub fn concat(dim: isize) -> Self {
        Self::new(Merge::Concat(dim))
    }

    /// Outputs added up.
    pub fn sum() -> Self {
        Self::new(Merge::Sum)
    }

    /// Outputs multiplied.
    pub fn product() -> Self {
        Self::new(Merge::Product)
    }

    /// With one more branch.
    pub fn with(mut self, branch: impl Layer<T> + Send + Sync + 'static) -> Self {
        self.branches.push(Box::new(branch));
        self
    }
}

impl<T: Scalar> Layer<T> for Parallel<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let branches = self.branches.iter().enumerate();
        let outputs: Vec<Var<T>> =
            branches.map(|(i, branch)| cx.scope(&i.to_string(), |cx| branch.forward(x, cx))).collect::<Result<_>>()?;
        let kind = || format!("Parallel({:?})", self.merge);
        cx.layer(None, kind, x, |_| {
            let Some((first, rest)) = outputs.split_first() else {
                return Err(Error::value("Parallel", "number of branches", "1 or more", 0));
            };
            match self.merge {
                Merge::Concat(dim) => cat(&outputs.iter().collect::<Vec<_>>(), dim),
                Merge::Sum => rest.iter().try_fold(first.clone(), |sum, y| sum.add(y)),
                Merge::Product => rest.iter().try_fold(first.clone(), |product, y| product.mul(y)),
            }
        })
    }
}
