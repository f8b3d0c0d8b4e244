//! Random changes to images, so that a model sees more than the set holds.
//!
//! What happens to a sample depends on the seed, the epoch and the sample's index alone: the same for any batch size,
//! order and number of workers.

mod affine;
mod color;
mod crop;
mod erasing;
mod flip;
mod image;
mod mix;
mod normalize;

pub use affine::{Affine, Rotation};
pub use color::ColorJitter;
pub use crop::{CenterCrop, RandomCrop};
pub use erasing::RandomErasing;
pub use flip::{HorizontalFlip, VerticalFlip};
pub use image::Image;
pub use mix::{CutMix, Mixup};
pub use normalize::Normalize;

use std::sync::Arc;

use plywood_tensor::{Stream, Tensor};

use crate::random::stream;
use crate::{Batch, BatchInfo, DataLoader, Error, Result};

/// One random (or fixed) change to an image.
pub trait Augmentation: Send + Sync {
    /// Changes `image`, drawing all that is random from `random`.
    ///
    /// # Errors
    /// If the change doesn't fit an image of this shape.
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()>;
}

/// Several changes, one after the other.
///
/// Images are `[channels, height, width]`. Padding and erasing write 0, so put [`Normalize`] last, as torchvision's
/// recipes do, to make that black.
///
/// ```
/// use plywood_data::augment::{Augment, HorizontalFlip, Normalize, RandomCrop};
/// use plywood_data::{DataLoader, digits};
///
/// let augment = Augment::new(0)
///     .with(RandomCrop::new([8, 8]).padding(1))
///     .with(HorizontalFlip::new(0.5))
///     .with(Normalize::new(&[0.3], &[0.37]));
/// let loader = DataLoader::new(digits()).batch_size(32).shuffle(0).augment(augment).workers(2);
/// assert_eq!(loader.iter().next().unwrap()?.input.shape(), &[32, 1, 8, 8]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone)]
pub struct Augment {
    seed: u64,
    steps: Vec<Arc<dyn Augmentation>>,
}

impl Augment {
    /// No change yet; `seed` fixes all that is random.
    pub fn new(seed: u64) -> Self {
        Self { seed, steps: Vec::new() }
    }

    /// Adds a change after the others.
    pub fn with(mut self, step: impl Augmentation + 'static) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    /// Changes a batch of images, `[n, channels, height, width]`.
    ///
    /// # Errors
    /// If the batch has other dimensions, a change doesn't fit, or the images' shapes come to differ.
    pub fn apply(&self, input: &Tensor<f32>, info: &BatchInfo) -> Result<Tensor<f32>> {
        let [n, channels, height, width] = input.dims("augment", "[n, channels, height, width]")?;
        if n != info.indices.len() {
            return Err(Error::shape("augment", "images", format!("{}, as indices", info.indices.len()), n));
        }
        if n == 0 {
            return Ok(input.clone());
        }
        let (values, size) = (input.values(), channels * height * width);
        let epoch = stream(&[self.seed, info.epoch]);
        let change = |image: &mut Image, i: usize| {
            let mut random = epoch.fork(info.indices[i] as u64);
            image.load([channels, height, width], &values[i * size..][..size]);
            self.steps.iter().try_for_each(|step| step.apply(image, &mut random))
        };
        // The first image tells the shape of all.
        let mut image = Image::default();
        change(&mut image, 0)?;
        let shape = image.shape();
        let mut changed = Ok(());
        let output = Tensor::build([n, shape[0], shape[1], shape[2]], |out| {
            changed = out.chunks_exact_mut(image.values().len().max(1)).enumerate().try_for_each(|(i, out)| {
                if i > 0 {
                    change(&mut image, i)?;
                }
                if image.shape() != shape {
                    let expected = format!("{shape:?}, as the first");
                    return Err(Error::shape(
                        "augment",
                        format!("image {i}"),
                        expected,
                        format!("{:?}", image.shape()),
                    ));
                }
                out.copy_from_slice(image.values());
                Ok(())
            });
        });
        changed.map(|()| output)
    }
}

impl<'a, Y: Send + 'a> DataLoader<'a, Batch<Tensor<f32>, Y>> {
    /// Changes the images of every batch, on the worker that made it.
    pub fn augment(self, augment: Augment) -> Self {
        self.map(move |batch, info| Ok(Batch { input: augment.apply(&batch.input, info)?, target: batch.target }))
    }
}

/// A random number of a range.
fn within(random: &mut Stream, [low, high]: [f64; 2]) -> f64 {
    low + (high - low) * random.unit()
}

#[cfg(test)]
mod tests;
