//! Some of a set's samples, in an order of one's own.

use std::ops::Range;
use std::sync::Arc;

use crate::{Collate, Dataset, Error, Labelled, Result};

/// Some samples of a set, by index: made by [`Dataset::subset`], `take`, `skip`, `filter`, `shuffle` and the splits.
///
/// Batches are gathered by the set below, so its fast path stays.
#[derive(Clone, Debug)]
pub struct Subset<D> {
    dataset: D,
    indices: Arc<[usize]>,
}

/// The samples that a predicate kept: made by [`Dataset::filter`].
pub type Filter<D> = Subset<D>;

/// The samples in a random order: made by [`Dataset::shuffle`].
pub type Shuffle<D> = Subset<D>;

impl<D: Dataset> Subset<D> {
    pub(crate) fn new(dataset: D, indices: Arc<[usize]>) -> Result<Self> {
        let n = dataset.len();
        if let Some((i, index)) = indices.iter().enumerate().find(|(_, index)| **index >= n) {
            return Err(Error::value("subset", format!("index {i}"), format!("less than the {n} samples"), index));
        }
        Ok(Self { dataset, indices })
    }

    pub(crate) fn range(dataset: D, range: Range<usize>) -> Self {
        Self { dataset, indices: range.collect() }
    }

    /// For indices that are right by construction.
    pub(crate) fn unchecked(dataset: D, indices: Arc<[usize]>) -> Self {
        Self { dataset, indices }
    }

    /// The set below.
    pub fn inner(&self) -> &D {
        &self.dataset
    }

    /// The indices into the set below.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    type Item = D::Item;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<D::Item> {
        self.check(index)?;
        self.dataset.get(self.indices[index])
    }

    fn batch(&self, indices: &[usize]) -> Result<<D::Item as Collate>::Batch>
    where
        D::Item: Collate,
    {
        let below = indices.iter().map(|&i| self.check(i).map(|()| self.indices[i])).collect::<Result<Vec<_>>>()?;
        self.dataset.batch(&below)
    }
}

impl<D: Labelled> Labelled for Subset<D> {
    fn labels(&self) -> Vec<i64> {
        let labels = self.dataset.labels();
        self.indices.iter().map(|&i| labels[i]).collect()
    }
}
