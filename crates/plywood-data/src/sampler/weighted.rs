//! Samples drawn with given weights, e.g. to balance classes.

use super::Sampler;
use crate::random::stream;
use crate::{Error, Result};

/// Draws samples with replacement, each with a probability in proportion to its weight.
///
/// ```
/// use plywood_data::{DataLoader, Labelled, digits, sampler::Weighted};
///
/// let train = digits();
/// let balanced = Weighted::balancing(&train.labels(), 1)?;
/// let loader = DataLoader::new(&train).batch_size(64).sampler(balanced);
/// # assert_eq!(loader.iter().count(), 29);
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Weighted {
    /// The sum of the weights up to and including each sample's.
    sums: Vec<f64>,
    drawn: usize,
    seed: u64,
}

impl Weighted {
    /// Draws `drawn` samples an epoch; sample `i` has `weights[i]`.
    ///
    /// # Errors
    /// If a weight is negative or not finite, or all are 0.
    pub fn new(weights: Vec<f64>, drawn: usize, seed: u64) -> Result<Self> {
        if let Some((i, weight)) = weights.iter().enumerate().find(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
            return Err(Error::value(
                "weighted sampler",
                format!("weight {i}"),
                "a finite number of at least 0",
                weight,
            ));
        }
        let mut sum = 0.0;
        let sums: Vec<f64> = weights
            .iter()
            .map(|w| {
                sum += w;
                sum
            })
            .collect();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::value("weighted sampler", "sum of the weights", "a finite number above 0", sum));
        }
        Ok(Self { sums, drawn, seed })
    }

    /// Weights that make all classes equally likely; as many draws an epoch as there are labels.
    ///
    /// # Errors
    /// If there are no labels.
    pub fn balancing(labels: &[i64], seed: u64) -> Result<Self> {
        let mut counts = std::collections::BTreeMap::new();
        labels.iter().for_each(|label| *counts.entry(label).or_insert(0.0) += 1.0);
        Self::new(labels.iter().map(|label| 1.0 / counts[label]).collect(), labels.len(), seed)
    }
}

impl Sampler for Weighted {
    fn order(&self, samples: usize, _batch_size: usize, epoch: u64) -> Result<Vec<usize>> {
        if self.sums.len() != samples {
            let expected = format!("{samples}, as samples");
            return Err(Error::value("weighted sampler", "number of weights", expected, self.sums.len()));
        }
        let total = self.sums[samples - 1];
        let mut stream = stream(&[self.seed, epoch]);
        // The first sum above the drawn number: so a sample of weight 0, whose sum equals the one before, never comes.
        let mut draw = || {
            let at = stream.unit() * total;
            self.sums.partition_point(|&sum| sum <= at)
        };
        Ok((0..self.drawn).map(|_| draw()).collect())
    }

    fn drawn(&self, _samples: usize) -> usize {
        self.drawn
    }

    fn describe(&self) -> String {
        format!("{} drawn by weight with seed {}", self.drawn, self.seed)
    }
}
