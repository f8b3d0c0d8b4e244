//! Changes of brightness, contrast, saturation and hue.

use plywood_tensor::Stream;

use super::{Augmentation, Image, within};
use crate::{Error, Result};

/// Random changes of colour in random order (torchvision's `ColorJitter`), for images from 0 to 1 of one channel or
/// three; of one channel, only brightness and contrast change.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColorJitter {
    brightness: f64,
    contrast: f64,
    saturation: f64,
    hue: f64,
}

/// How much of red, green and blue is in a pixel's brightness (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

impl ColorJitter {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Multiplies the brightness by up to `1 ± amount`.
    pub fn brightness(self, amount: f64) -> Self {
        Self { brightness: amount, ..self }
    }

    /// Multiplies the distance from the image's mean brightness by up to `1 ± amount`.
    pub fn contrast(self, amount: f64) -> Self {
        Self { contrast: amount, ..self }
    }

    /// Multiplies the distance from grey by up to `1 ± amount`.
    pub fn saturation(self, amount: f64) -> Self {
        Self { saturation: amount, ..self }
    }

    /// Turns the hue by up to `amount` of the circle to either side, 0 to 0.5.
    pub fn hue(self, amount: f64) -> Self {
        Self { hue: amount, ..self }
    }
}

impl Augmentation for ColorJitter {
    fn apply(&self, image: &mut Image, random: &mut Stream) -> Result<()> {
        let [channels, height, width] = image.shape();
        if channels != 1 && channels != 3 {
            return Err(Error::shape("ColorJitter", "channels", "1 or 3", channels));
        }
        let plane = height * width;
        for change in random.permutation(4) {
            let mut factor = |amount: f64| within(random, [(1.0 - amount).max(0.0), 1.0 + amount]) as f32;
            match change {
                0 if self.brightness > 0.0 => {
                    let factor = factor(self.brightness);
                    image.values_mut().iter_mut().for_each(|x| *x = (*x * factor).clamp(0.0, 1.0));
                }
                1 if self.contrast > 0.0 => {
                    let factor = factor(self.contrast);
                    let sum: f64 = (0..plane).map(|i| brightness(image.values(), plane, i) as f64).sum();
                    let mean = (sum / plane.max(1) as f64) as f32;
                    image.values_mut().iter_mut().for_each(|x| *x = (mean + (*x - mean) * factor).clamp(0.0, 1.0));
                }
                2 if self.saturation > 0.0 && channels == 3 => {
                    let factor = factor(self.saturation);
                    each_pixel(image, |rgb| {
                        let grey: f32 = rgb.iter().zip(LUMA).map(|(x, w)| x * w).sum();
                        rgb.map(|x| (grey + (x - grey) * factor).clamp(0.0, 1.0))
                    });
                }
                3 if self.hue > 0.0 && channels == 3 => {
                    let turn = within(random, [-self.hue, self.hue]) as f32;
                    each_pixel(image, |rgb| turn_hue(rgb, turn));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn brightness(values: &[f32], plane: usize, i: usize) -> f32 {
    match values.len() / plane {
        3 => LUMA[0] * values[i] + LUMA[1] * values[plane + i] + LUMA[2] * values[2 * plane + i],
        _ => values[i],
    }
}

fn each_pixel(image: &mut Image, change: impl Fn([f32; 3]) -> [f32; 3]) {
    let plane = image.values().len() / 3;
    let (red, rest) = image.values_mut().split_at_mut(plane);
    let (green, blue) = rest.split_at_mut(plane);
    for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
        [*r, *g, *b] = change([*r, *g, *b]);
    }
}

/// Turns the hue by a share of the circle, through HSV.
pub(super) fn turn_hue([r, g, b]: [f32; 3], turn: f32) -> [f32; 3] {
    let value = r.max(g).max(b);
    let chroma = value - r.min(g).min(b);
    if chroma <= 0.0 {
        return [r, g, b];
    }
    let sixth = if value == r {
        (g - b) / chroma
    } else if value == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    let hue = (sixth + 6.0 * turn).rem_euclid(6.0);
    // How far each primary colour is from the hue on the circle tells how much of the chroma it lacks.
    let channel = |offset: f32| {
        let k = (offset + hue).rem_euclid(6.0);
        value - chroma * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}
