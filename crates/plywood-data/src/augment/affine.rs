//! Rotation, translation, scaling and shear.

use plywood_tensor::Stream;

use super::{Augmentation, Image, within};
use crate::Result;

/// A random affine map about the image's middle: shear, then scale, then rotate, then move (torchvision's
/// `RandomAffine`), sampled bilinearly, 0 outside the image.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    degrees: f64,
    translate: [f64; 2],
    scale: [f64; 2],
    shear: f64,
}

impl Affine {
    /// Rotates by up to `degrees` to either side.
    pub fn new(degrees: f64) -> Self {
        Self { degrees, translate: [0.0; 2], scale: [1.0; 2], shear: 0.0 }
    }

    /// Moves by up to these shares of height and width to either side.
    pub fn translate(self, translate: [f64; 2]) -> Self {
        Self { translate, ..self }
    }

    /// The least and greatest factor of size.
    pub fn scale(self, scale: [f64; 2]) -> Self {
        Self { scale, ..self }
    }

    /// Shears horizontally by up to `degrees` to either side.
    pub fn shear(self, degrees: f64) -> Self {
        Self { shear: degrees, ..self }
    }
}

impl Augmentation for Affine {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        let [_, height, width] = image.shape();
        let mut to_either_side = |x: f64| within(random, [-x, x]);
        let (sin, cos) = libm::sincos(to_either_side(self.degrees).to_radians());
        let down = to_either_side(self.translate[0]) * height as f64;
        let right = to_either_side(self.translate[1]) * width as f64;
        let shear = libm::tan(to_either_side(self.shear).to_radians());
        let scale = within(random, self.scale);
        // The inverse map, from a pixel of the result back to the image: undo the move, the rotation, scale and shear.
        // Rows run downwards, so a positive angle turns counter-clockwise as seen.
        let undo = |y: f64, x: f64| {
            let (x, y) = ((cos * x - sin * y) / scale, (sin * x + cos * y) / scale);
            (y, x - shear * y)
        };
        let middle = [(height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0];
        let start = undo(-middle[0] - down, -middle[1] - right);
        let (row_step, column_step) = (undo(1.0, 0.0), undo(0.0, 1.0));
        image.remake(height, width, |from, to| {
            for (i, row) in to.chunks_exact_mut(width.max(1)).enumerate() {
                let y = start.0 + middle[0] + i as f64 * row_step.0;
                let x = start.1 + middle[1] + i as f64 * row_step.1;
                for (j, value) in row.iter_mut().enumerate() {
                    let (y, x) = (y + j as f64 * column_step.0, x + j as f64 * column_step.1);
                    *value = bilinear(from, [height, width], y as f32, x as f32);
                }
            }
        });
        Ok(())
    }
}

/// A rotation about the image's middle by up to a number of degrees to either side, sampled bilinearly.
#[derive(Clone, Copy, Debug)]
pub struct Rotation(Affine);

impl Rotation {
    /// Rotates by up to `degrees` to either side.
    pub fn new(degrees: f64) -> Self {
        Self(Affine::new(degrees))
    }
}

impl Augmentation for Rotation {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        self.0.apply(image, random)
    }
}

/// The value between pixels; 0 beyond the border.
fn bilinear(plane: &[f32], [height, width]: [usize; 2], y: f32, x: f32) -> f32 {
    // Also what isn't a number, as a scale of 0 gives.
    if !(y > -1.0 && x > -1.0 && y < height as f32 && x < width as f32) {
        return 0.0;
    }
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let (top, left) = (top as isize, left as isize);
    let pixel = |y: isize, x: isize| {
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x);
        if inside { plane[y as usize * width + x as usize] } else { 0.0 }
    };
    let upper = pixel(top, left) * (1.0 - right) + pixel(top, left + 1) * right;
    let lower = pixel(top + 1, left) * (1.0 - right) + pixel(top + 1, left + 1) * right;
    upper * (1.0 - down) + lower * down
}
