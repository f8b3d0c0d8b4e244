//! A new random order for each epoch.

use super::Sampler;
use crate::Result;
use crate::random::permutation;

/// Each sample once an epoch, in an order that depends on the seed and the epoch's number.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    seed: u64,
}

impl Random {
    /// A random order from `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }
}

impl Sampler for Random {
    fn order(&self, samples: usize, _batch_size: usize, epoch: u64) -> Result<Vec<usize>> {
        Ok(permutation(samples, &[self.seed, epoch]))
    }

    fn describe(&self) -> String {
        format!("random with seed {}", self.seed)
    }
}
