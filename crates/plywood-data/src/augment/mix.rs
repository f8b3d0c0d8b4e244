//! Blends of pairs of samples: mixup and cutmix.

use plywood_tensor::{Stream, Tensor};

use crate::images::check_labels;
use crate::random::stream;
use crate::{Batch, BatchInfo, DataLoader, Error, Result};

/// Blends each image with another of the batch: `λ x + (1 - λ) x'`, and the targets alike.
///
/// Source: H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", arXiv:1710.09412 (2017), equation 2.
#[derive(Clone, Copy, Debug)]
pub struct Mixup {
    alpha: f64,
    classes: usize,
    seed: u64,
}

/// Pastes a rectangle of another image of the batch into each, and blends the targets by area.
///
/// Source: S. Yun et al., "CutMix", arXiv:1905.04899 (2019), equations 1 and 2.
#[derive(Clone, Copy, Debug)]
pub struct CutMix {
    alpha: f64,
    classes: usize,
    seed: u64,
}

impl Mixup {
    /// Blends with λ from a beta distribution of both parameters `alpha`, one λ a batch, for labels below `classes`.
    pub fn new(alpha: f64, classes: usize, seed: u64) -> Self {
        Self { alpha, classes, seed }
    }

    /// Blends a batch: targets become shares of the classes, `[n, classes]`.
    ///
    /// # Errors
    /// If `alpha` is not a number above 0, or a label is not below `classes`.
    pub fn apply(&self, batch: Batch, info: &BatchInfo) -> Result<Batch<Tensor<f32>, Tensor<f32>>> {
        let draw = Draw::new("Mixup", self.alpha, self.seed, &batch, info)?;
        let share = draw.share as f32;
        let n = batch.len();
        let size = batch.input.elements() / n.max(1);
        let values = batch.input.values();
        let input = Tensor::build(batch.input.shape(), |out| {
            for (i, out) in out.chunks_exact_mut(size.max(1)).enumerate() {
                let (a, b) = (&values[i * size..][..size], &values[draw.partner[i] * size..][..size]);
                out.iter_mut().zip(a.iter().zip(b)).for_each(|(x, (a, b))| *x = share * a + (1.0 - share) * b);
            }
        });
        Ok(Batch { input, target: draw.targets(&batch.target, self.classes)? })
    }
}

impl CutMix {
    /// Pastes a rectangle whose share `1 - λ` of the area comes from a beta distribution of both parameters `alpha`, one
    /// rectangle a batch, for labels below `classes`.
    pub fn new(alpha: f64, classes: usize, seed: u64) -> Self {
        Self { alpha, classes, seed }
    }

    /// Pastes within a batch of images `[n, channels, height, width]`: targets become shares of the classes,
    /// `[n, classes]`.
    ///
    /// # Errors
    /// If the batch has other dimensions, `alpha` is not a number above 0, or a label is not below `classes`.
    pub fn apply(&self, batch: Batch, info: &BatchInfo) -> Result<Batch<Tensor<f32>, Tensor<f32>>> {
        let mut draw = Draw::new("CutMix", self.alpha, self.seed, &batch, info)?;
        let [_, channels, height, width] = batch.input.dims("CutMix", "[n, channels, height, width]")?;
        // A rectangle of the image's proportions about a random pixel, cut off at the border.
        let side = libm::sqrt(1.0 - draw.share) / 2.0;
        let mut range = |extent: usize| {
            let (middle, half) = (draw.random.below(extent) as f64, side * extent as f64);
            (middle - half).max(0.0) as usize..((middle + half) as usize).min(extent)
        };
        let (rows, columns) = (range(height), range(width));
        let pasted = (rows.len() * columns.len()) as f64;
        draw.share = 1.0 - pasted / (height * width).max(1) as f64;
        let size = channels * height * width;
        let values = batch.input.values();
        let input = Tensor::build(batch.input.shape(), |out| {
            out.copy_from_slice(&values);
            for (i, out) in out.chunks_exact_mut(size.max(1)).enumerate() {
                let other = &values[draw.partner[i] * size..][..size];
                for row in (0..channels).flat_map(|c| rows.clone().map(move |row| c * height + row)) {
                    let part = row * width + columns.start..row * width + columns.end;
                    out[part.clone()].copy_from_slice(&other[part]);
                }
            }
        });
        Ok(Batch { input, target: draw.targets(&batch.target, self.classes)? })
    }
}

impl<'a> DataLoader<'a, Batch> {
    /// Blends the samples of every batch; targets become shares of the classes, `[n, classes]`.
    pub fn mixup(self, mixup: Mixup) -> DataLoader<'a, Batch<Tensor<f32>, Tensor<f32>>> {
        self.map(move |batch, info| mixup.apply(batch, info))
    }

    /// Pastes between the samples of every batch; targets become shares of the classes, `[n, classes]`.
    pub fn cutmix(self, cutmix: CutMix) -> DataLoader<'a, Batch<Tensor<f32>, Tensor<f32>>> {
        self.map(move |batch, info| cutmix.apply(batch, info))
    }
}

/// What is random about one batch.
struct Draw {
    /// How much of its own a sample keeps.
    share: f64,
    /// Which sample it is blended with.
    partner: Vec<usize>,
    random: Stream,
}

impl Draw {
    fn new(op: &'static str, alpha: f64, seed: u64, batch: &Batch, info: &BatchInfo) -> Result<Self> {
        if !(alpha > 0.0 && alpha.is_finite()) {
            return Err(Error::value(op, "alpha", "a finite number above 0", alpha));
        }
        if **batch.target.shape() != [batch.len()] {
            return Err(Error::shape(op, "labels", format!("[{}], one a sample", batch.len()), batch.target.shape()));
        }
        // The batch's number and not its indices: blending is about the batch as a whole.
        let mut random = stream(&[seed, info.epoch, info.number as u64]);
        let (a, b) = (gamma(&mut random, alpha), gamma(&mut random, alpha));
        let partner = random.permutation(batch.len());
        // Both underflow to 0 only for tiny alphas, where λ is 0 or 1: keep the sample.
        let share = if a + b > 0.0 { a / (a + b) } else { 1.0 };
        Ok(Self { share, partner, random })
    }

    fn targets(&self, labels: &Tensor<i64>, classes: usize) -> Result<Tensor<f32>> {
        let labels = labels.values();
        check_labels(&labels, classes)?;
        Ok(Tensor::build([labels.len(), classes], |out| {
            out.fill(0.0);
            for (i, out) in out.chunks_exact_mut(classes.max(1)).enumerate() {
                out[labels[i] as usize] += self.share as f32;
                out[labels[self.partner[i]] as usize] += (1.0 - self.share) as f32;
            }
        }))
    }
}

/// A number of the gamma distribution of this shape and scale 1 (Marsaglia and Tsang 2000).
fn gamma(random: &mut Stream, shape: f64) -> f64 {
    if shape < 1.0 {
        let u = 1.0 - random.unit();
        return gamma(random, shape + 1.0) * libm::pow(u, 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = random.gaussian();
        let v = libm::pow(1.0 + c * x, 3.0);
        let u = 1.0 - random.unit();
        if v > 0.0 && libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}
