//! Batches that each hold the classes in proportion.

use std::collections::BTreeMap;

use super::Sampler;
use crate::random::{permutation, stream};
use crate::{Error, Result};

/// Each sample once an epoch, in random order, such that any stretch of it holds the classes in nearly the proportions
/// of the whole set.
#[derive(Clone, Debug)]
pub struct Stratified {
    labels: Vec<i64>,
    seed: u64,
}

impl Stratified {
    /// Spreads the classes `labels`, one a sample.
    pub fn new(labels: Vec<i64>, seed: u64) -> Self {
        Self { labels, seed }
    }
}

impl Sampler for Stratified {
    fn order(&self, samples: usize, _batch_size: usize, epoch: u64) -> Result<Vec<usize>> {
        if self.labels.len() != samples {
            let expected = format!("{samples}, as samples");
            return Err(Error::value("stratified sampler", "number of labels", expected, self.labels.len()));
        }
        let mut classes: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for i in permutation(samples, &[self.seed, epoch]) {
            classes.entry(self.labels[i]).or_default().push(i);
        }
        // The k-th of n samples of a class goes to a random place in the k-th of n equal parts of the epoch.
        let mut stream = stream(&[self.seed, epoch, 1]);
        let mut placed = Vec::with_capacity(samples);
        for members in classes.values() {
            let n = members.len() as f64;
            placed.extend(members.iter().enumerate().map(|(k, &i)| ((k as f64 + stream.unit()) / n, i)));
        }
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(placed.into_iter().map(|(_, i)| i).collect())
    }

    fn describe(&self) -> String {
        format!("stratified with seed {}", self.seed)
    }
}
