//! A function applied to every sample.

use crate::{Dataset, Result};

/// Applies a function to each sample when it is asked for: made by [`Dataset::map`].
#[derive(Clone, Debug)]
pub struct Map<D, F> {
    dataset: D,
    f: F,
}

impl<D, F> Map<D, F> {
    pub(crate) fn new(dataset: D, f: F) -> Self {
        Self { dataset, f }
    }
}

impl<D: Dataset, B, F: Fn(D::Item) -> Result<B> + Send + Sync> Dataset for Map<D, F> {
    type Item = B;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<B> {
        (self.f)(self.dataset.get(index)?).map_err(|e| e.at(format!("sample {index}")))
    }
}
