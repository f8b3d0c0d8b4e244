//! Batches as samples.

use crate::{Collate, Dataset, Error, Result};

/// A set whose samples are batches of another's: made by [`Dataset::batched`].
#[derive(Clone, Debug)]
pub struct Batched<D> {
    dataset: D,
    size: usize,
}

impl<D: Dataset> Batched<D> {
    pub(crate) fn new(dataset: D, size: usize) -> Result<Self> {
        if size == 0 {
            return Err(Error::value("batched", "size", "at least 1", 0));
        }
        Ok(Self { dataset, size })
    }
}

impl<D: Dataset> Dataset for Batched<D>
where
    D::Item: Collate,
{
    type Item = <D::Item as Collate>::Batch;

    fn len(&self) -> usize {
        self.dataset.len().div_ceil(self.size)
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let first = index * self.size;
        let indices: Vec<_> = (first..(first + self.size).min(self.dataset.len())).collect();
        self.dataset.batch(&indices)
    }
}
