//! The image that augmentations work on.

use crate::{Error, Result};

/// One image, `[channels, height, width]`, with room to work beside it.
#[derive(Clone, Debug, Default)]
pub struct Image {
    shape: [usize; 3],
    values: Vec<f32>,
    spare: Vec<f32>,
}

impl Image {
    /// An image of these values.
    ///
    /// # Errors
    /// If their number is not what the shape holds.
    pub fn new(shape: [usize; 3], values: &[f32]) -> Result<Self> {
        let size = shape.iter().try_fold(1, |n: usize, &extent| n.checked_mul(extent));
        if size != Some(values.len()) {
            return Err(Error::shape("image", "values", format!("those of shape {shape:?}"), values.len()));
        }
        let mut image = Self::default();
        image.load(shape, values);
        Ok(image)
    }

    /// Takes over other values, as many as the shape holds, keeping the memory.
    pub(crate) fn load(&mut self, shape: [usize; 3], values: &[f32]) {
        self.shape = shape;
        self.values.clear();
        self.values.extend_from_slice(values);
    }

    /// `[channels, height, width]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The values, channel by channel, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The values for changes in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Each channel's values, `[height, width]`.
    pub fn planes_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let [_, height, width] = self.shape;
        self.values.chunks_exact_mut((height * width).max(1))
    }

    /// Makes a new image of `[channels, height, width]` from this one: `write(from, to)` for each channel's plane, where
    /// `to` is all 0 before.
    pub fn remake(&mut self, height: usize, width: usize, mut write: impl FnMut(&[f32], &mut [f32])) {
        let [channels, old_height, old_width] = self.shape;
        self.spare.clear();
        self.spare.resize(channels * height * width, 0.0);
        let from = self.values.chunks_exact((old_height * old_width).max(1));
        from.zip(self.spare.chunks_exact_mut((height * width).max(1))).for_each(|(from, to)| write(from, to));
        std::mem::swap(&mut self.values, &mut self.spare);
        self.shape = [channels, height, width];
    }
}
