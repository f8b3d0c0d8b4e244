//! Losses: how far predictions are from targets.

pub mod cross_entropy;
pub mod ctc;
pub mod pair;

/// How the losses of single values become the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Not at all: one loss a value.
    None,
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

/// What the gradient of a loss is multiplied by on its way to the predictions.
#[derive(Clone, Copy, Debug)]
pub enum Upstream<'a, T> {
    /// One number for all values, after a mean or a sum.
    All(T),
    /// One number a value.
    Each(&'a [T]),
}

impl<T: Copy> Upstream<'_, T> {
    /// The factor of value `i`.
    #[inline(always)]
    pub fn at(self, i: usize) -> T {
        match self {
            Self::All(x) => x,
            Self::Each(xs) => xs[i],
        }
    }
}
