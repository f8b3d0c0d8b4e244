//! One after the other.

use super::Sampler;
use crate::Result;

/// All samples in the order of the set.
#[derive(Clone, Copy, Debug)]
pub struct Sequential;

impl Sampler for Sequential {
    fn order(&self, samples: usize, _batch_size: usize, _epoch: u64) -> Result<Vec<usize>> {
        Ok((0..samples).collect())
    }

    fn describe(&self) -> String {
        "in turn".into()
    }
}
