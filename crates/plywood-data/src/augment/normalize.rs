//! Mean 0 and deviation 1 a channel.

use plywood_tensor::Stream;

use super::{Augmentation, Image};
use crate::{Error, Result};

/// `(x - mean) / std`, one mean and deviation a channel.
#[derive(Clone, Debug)]
pub struct Normalize {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Normalize {
    /// Means and deviations, one a channel; wrong numbers are an error when applied.
    pub fn new(mean: &[f32], std: &[f32]) -> Self {
        Self { mean: mean.to_vec(), std: std.to_vec() }
    }
}

impl Augmentation for Normalize {
    fn apply(&self, image: &mut Image, _random: &mut Stream) -> Result<()> {
        let channels = image.shape()[0];
        for (name, values) in [("means", &self.mean), ("deviations", &self.std)] {
            if values.len() != channels {
                let expected = format!("{channels}, as channels");
                return Err(Error::shape("Normalize", format!("number of {name}"), expected, values.len()));
            }
        }
        if let Some(std) = self.std.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
            return Err(Error::value("Normalize", "deviations", "finite numbers above 0", std));
        }
        for (plane, (mean, std)) in image.planes_mut().zip(self.mean.iter().zip(&self.std)) {
            plane.iter_mut().for_each(|x| *x = (*x - mean) / std);
        }
        Ok(())
    }
}
