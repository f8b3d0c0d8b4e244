//! Samples kept once they are made.

use std::sync::{Arc, OnceLock};

use crate::{Dataset, Labelled, Result};

/// Keeps each sample in memory after it was first asked for: made by [`Dataset::cache`].
///
/// Clones share what is kept.
#[derive(Clone, Debug)]
pub struct Cache<D: Dataset> {
    dataset: D,
    kept: Arc<[OnceLock<D::Item>]>,
}

impl<D: Dataset> Cache<D> {
    pub(crate) fn new(dataset: D) -> Self {
        let kept = (0..dataset.len()).map(|_| OnceLock::new()).collect();
        Self { dataset, kept }
    }
}

impl<D: Dataset> Dataset for Cache<D>
where
    D::Item: Clone + Send + Sync,
{
    type Item = D::Item;

    fn len(&self) -> usize {
        self.kept.len()
    }

    fn get(&self, index: usize) -> Result<D::Item> {
        self.check(index)?;
        if let Some(sample) = self.kept[index].get() {
            return Ok(sample.clone());
        }
        // Errors are not kept, so that a file that comes back is read; two threads may make the same sample at once,
        // which costs time but, as a sample is a pure function of its index, changes nothing.
        let sample = self.dataset.get(index)?;
        Ok(self.kept[index].get_or_init(|| sample).clone())
    }
}

impl<D: Labelled> Labelled for Cache<D>
where
    D::Item: Clone + Send + Sync,
{
    fn labels(&self) -> Vec<i64> {
        self.dataset.labels()
    }
}
