//! Successive samples together, as time series need them.

use crate::{Dataset, Error, Result};

/// Windows of successive samples: made by [`Dataset::window`].
#[derive(Clone, Debug)]
pub struct Window<D> {
    dataset: D,
    size: usize,
    step: usize,
}

impl<D: Dataset> Window<D> {
    pub(crate) fn new(dataset: D, size: usize, step: usize) -> Result<Self> {
        if step == 0 {
            return Err(Error::value("window", "step", "at least 1", 0));
        }
        if size == 0 || size > dataset.len() {
            let expected = format!("1 to the {} samples of the set", dataset.len());
            return Err(Error::value("window", "size", expected, size));
        }
        Ok(Self { dataset, size, step })
    }
}

impl<D: Dataset> Dataset for Window<D> {
    type Item = Vec<D::Item>;

    fn len(&self) -> usize {
        (self.dataset.len() - self.size) / self.step + 1
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let first = index * self.step;
        (first..first + self.size).map(|i| self.dataset.get(i)).collect()
    }
}
