//! Cutting a part out of an image.

use plywood_tensor::Stream;

use super::{Augmentation, Image};
use crate::{Error, Result};

/// A part at a random place, of the image with a border of zeros around it (torchvision's `RandomCrop`).
#[derive(Clone, Copy, Debug)]
pub struct RandomCrop {
    size: [usize; 2],
    padding: usize,
}

impl RandomCrop {
    /// A part of `[height, width]`.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, padding: 0 }
    }

    /// Puts a border of `padding` pixels around the image first.
    pub fn padding(self, padding: usize) -> Self {
        Self { padding, ..self }
    }
}

impl Augmentation for RandomCrop {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        let [_, height, width] = image.shape();
        let (tall, wide) = (height + 2 * self.padding, width + 2 * self.padding);
        fits("RandomCrop", self.size, [tall, wide])?;
        let top = random.below(tall - self.size[0] + 1);
        let left = random.below(wide - self.size[1] + 1);
        let signed = |x: usize| x as isize - self.padding as isize;
        cut(image, self.size, signed(top), signed(left));
        Ok(())
    }
}

/// The part in the middle, for evaluation (torchvision's `CenterCrop`).
#[derive(Clone, Copy, Debug)]
pub struct CenterCrop {
    size: [usize; 2],
}

impl CenterCrop {
    /// A part of `[height, width]`.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size }
    }
}

impl Augmentation for CenterCrop {
    fn apply(&self, image: &mut Image, _random: &mut Stream) -> Result<()> {
        let [_, height, width] = image.shape();
        fits("CenterCrop", self.size, [height, width])?;
        let middle = |whole: usize, part: usize| (whole - part).div_ceil(2) as isize;
        cut(image, self.size, middle(height, self.size[0]), middle(width, self.size[1]));
        Ok(())
    }
}

fn fits(op: &'static str, part: [usize; 2], whole: [usize; 2]) -> Result<()> {
    if part[0] <= whole[0] && part[1] <= whole[1] {
        return Ok(());
    }
    Err(Error::shape(op, "size", format!("at most {whole:?}, the image with its border"), format!("{part:?}")))
}

/// Keeps `size` pixels from row `top` and column `left` on; what lies outside the image is 0.
fn cut(image: &mut Image, size: [usize; 2], top: isize, left: isize) {
    let [_, height, width] = image.shape();
    // The rows of the part that lie in the image, and likewise the columns.
    let inside = |start: isize, part: usize, whole: usize| {
        let clamp = |x: isize| x.clamp(0, part as isize) as usize;
        clamp(-start)..clamp(whole as isize - start)
    };
    let (rows, columns) = (inside(top, size[0], height), inside(left, size[1], width));
    image.remake(size[0], size[1], |from, to| {
        for row in rows.clone() {
            let source = (row as isize + top) as usize * width + (columns.start as isize + left) as usize;
            to[row * size[1]..][columns.clone()].copy_from_slice(&from[source..][..columns.len()]);
        }
    });
}
