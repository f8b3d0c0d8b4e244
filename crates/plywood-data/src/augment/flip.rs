//! Mirror images.

use plywood_tensor::Stream;

use super::{Augmentation, Image};
use crate::Result;

/// Swaps left and right with a given probability.
#[derive(Clone, Copy, Debug)]
pub struct HorizontalFlip {
    probability: f64,
}

impl HorizontalFlip {
    /// Flips with this probability, 0 to 1.
    pub fn new(probability: f64) -> Self {
        Self { probability }
    }
}

impl Augmentation for HorizontalFlip {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        if random.chance(self.probability) {
            let width = image.shape()[2].max(1);
            image.values_mut().chunks_exact_mut(width).for_each(<[f32]>::reverse);
        }
        Ok(())
    }
}

/// Swaps top and bottom with a given probability.
#[derive(Clone, Copy, Debug)]
pub struct VerticalFlip {
    probability: f64,
}

impl VerticalFlip {
    /// Flips with this probability, 0 to 1.
    pub fn new(probability: f64) -> Self {
        Self { probability }
    }
}

impl Augmentation for VerticalFlip {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        if random.chance(self.probability) {
            let [_, height, width] = image.shape();
            for plane in image.planes_mut() {
                let (upper, lower) = plane.split_at_mut(height / 2 * width);
                let rows = upper.chunks_exact_mut(width.max(1)).zip(lower.rchunks_exact_mut(width.max(1)));
                rows.for_each(|(a, b)| a.swap_with_slice(b));
            }
        }
        Ok(())
    }
}
