//! Batches of sequences of similar length, so that little is padded.

use super::Sampler;
use crate::random::{permutation, stream};
use crate::{Error, Result};

/// Each sample once an epoch: shuffled, sorted by length within buckets of several batches, and the batches shuffled
/// again; a smaller last batch stays last.
#[derive(Clone, Debug)]
pub struct ByLength {
    lengths: Vec<usize>,
    batches_a_bucket: usize,
    seed: u64,
}

impl ByLength {
    /// Groups sequences of these `lengths`, one a sample; more batches a bucket (100 is usual) mean less padding and
    /// less randomness.
    pub fn new(lengths: Vec<usize>, batches_a_bucket: usize, seed: u64) -> Self {
        Self { lengths, batches_a_bucket: batches_a_bucket.max(1), seed }
    }
}

impl Sampler for ByLength {
    fn order(&self, samples: usize, batch_size: usize, epoch: u64) -> Result<Vec<usize>> {
        if self.lengths.len() != samples {
            let expected = format!("{samples}, as samples");
            return Err(Error::value("sampler by length", "number of lengths", expected, self.lengths.len()));
        }
        let batch_size = batch_size.max(1);
        let mut order = permutation(samples, &[self.seed, epoch]);
        for bucket in order.chunks_mut(batch_size.saturating_mul(self.batches_a_bucket)) {
            bucket.sort_by_key(|&i| self.lengths[i]);
        }
        let (full, rest) = order.split_at(samples / batch_size * batch_size);
        let mut batches: Vec<&[usize]> = full.chunks(batch_size).collect();
        stream(&[self.seed, epoch, 1]).shuffle(&mut batches);
        batches.push(rest);
        Ok(batches.concat())
    }

    fn describe(&self) -> String {
        format!("by length in buckets of {} batches with seed {}", self.batches_a_bucket, self.seed)
    }
}
