//! A rectangle of nothing.

use plywood_tensor::Stream;

use super::{Augmentation, Image, within};
use crate::Result;

/// Sets a random rectangle to 0, with a given probability.
///
/// Source: Z. Zhong et al., "Random Erasing Data Augmentation", arXiv:1708.04896 (2017), algorithm 1.
#[derive(Clone, Copy, Debug)]
pub struct RandomErasing {
    probability: f64,
    area: [f64; 2],
    ratio: [f64; 2],
}

impl RandomErasing {
    /// Erases with this probability, between 2 % and 33 % of the area, height over width between 0.3 and 3.3.
    pub fn new(probability: f64) -> Self {
        Self { probability, area: [0.02, 0.33], ratio: [0.3, 3.3] }
    }

    /// The least and greatest share of the area.
    pub fn area(self, area: [f64; 2]) -> Self {
        Self { area, ..self }
    }

    /// The least and greatest ratio of height to width.
    pub fn ratio(self, ratio: [f64; 2]) -> Self {
        Self { ratio, ..self }
    }
}

impl Augmentation for RandomErasing {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        /// Rectangles tried until one fits within the image.
        const TRIES: usize = 10;
        let [_, height, width] = image.shape();
        if !random.chance(self.probability) {
            return Ok(());
        }
        for _ in 0..TRIES {
            let area = (height * width) as f64 * within(random, self.area);
            // Evenly distributed on a logarithmic scale, so that tall and wide are as likely.
            let ratio = libm::exp(within(random, self.ratio.map(libm::log)));
            let (tall, wide) = (libm::sqrt(area * ratio).round() as usize, libm::sqrt(area / ratio).round() as usize);
            if tall < height && wide < width {
                let (top, left) = (random.below(height - tall + 1), random.below(width - wide + 1));
                for plane in image.planes_mut() {
                    plane.chunks_exact_mut(width).skip(top).take(tall).for_each(|row| row[left..][..wide].fill(0.0));
                }
                return Ok(());
            }
        }
        Ok(())
    }
}
