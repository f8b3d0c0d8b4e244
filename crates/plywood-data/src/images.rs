//! Labelled images in memory, one byte a pixel.

use std::sync::Arc;

use plywood_tensor::{Shape, Tensor};

use crate::{Batch, Collate, Dataset, Error, Labelled, Result, Sample};

/// Labelled images of one size, kept as bytes and handed out as `f32`: the form of MNIST, CIFAR and the digits.
///
/// A pixel of byte value `p` comes out as `p / white`, 0 to 1, and with [`normalize`](Self::normalize) as
/// `(p / white - mean) / std`, as torchvision's `ToTensor` and `Normalize` compute it. A clone shares the pixels.
#[derive(Clone, Debug)]
pub struct Images {
    pixels: Tensor<u8>,
    labels: Tensor<i64>,
    classes: Arc<[String]>,
    white: u8,
    /// What byte value `p` of channel `c` becomes, at `256 * c + p`.
    tones: Arc<[f32]>,
}

impl Images {
    /// Images of `pixels`, `[n, channels, height, width]`, with one of `labels` each, `[n]`, which index `classes`.
    ///
    /// # Errors
    /// If the shapes don't fit or a label is outside the classes.
    pub fn new(
        pixels: Tensor<u8>,
        labels: Tensor<i64>,
        classes: impl IntoIterator<Item: Into<String>>,
    ) -> Result<Self> {
        let classes: Arc<[String]> = classes.into_iter().map(Into::into).collect();
        let [n, channels, _, _] = pixels.dims("Images", "[n, channels, height, width]")?;
        let [m] = labels.dims("Images", "[n]")?;
        if n != m {
            return Err(Error::shape("Images", "number of labels", format!("{n}, as images"), m));
        }
        check_labels(&labels.values(), classes.len())?;
        let pixels = pixels.contiguous().into_tensor();
        let mut images = Self { pixels, labels, classes, white: 255, tones: Arc::new([]) };
        images.set_tones(&vec![0.0; channels], &vec![1.0; channels]);
        Ok(images)
    }

    /// Sets the byte value that comes out as 1; it is 255 unless set. 0 counts as 1. Undoes `normalize`.
    pub fn white(mut self, white: u8) -> Self {
        self.white = white.max(1);
        let channels = self.pixels.shape()[1];
        self.set_tones(&vec![0.0; channels], &vec![1.0; channels]);
        self
    }

    /// Subtracts `mean` and divides by `std`, one number a channel, on the scale of 0 to 1.
    ///
    /// # Errors
    /// If there isn't one number a channel, or a deviation is not above 0.
    pub fn normalize(mut self, mean: &[f32], std: &[f32]) -> Result<Self> {
        let channels = self.pixels.shape()[1];
        for (name, values) in [("mean", mean), ("std", std)] {
            if values.len() != channels {
                let what = format!("length of {name}");
                return Err(Error::shape("normalize", what, format!("{channels}, as channels"), values.len()));
            }
        }
        if let Some(std) = std.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
            return Err(Error::value("normalize", "std", "finite numbers above 0", std));
        }
        if let Some(mean) = mean.iter().find(|m| !m.is_finite()) {
            return Err(Error::value("normalize", "mean", "finite numbers", mean));
        }
        self.set_tones(mean, std);
        Ok(self)
    }

    fn set_tones(&mut self, mean: &[f32], std: &[f32]) {
        let white = self.white as f32;
        let tones = mean.iter().zip(std).flat_map(|(m, s)| (0..=255u8).map(move |p| (p as f32 / white - m) / s));
        self.tones = tones.collect();
    }

    /// The pixels as bytes, `[n, channels, height, width]`.
    pub fn pixels(&self) -> &Tensor<u8> {
        &self.pixels
    }

    /// The labels, `[n]`.
    pub fn label_tensor(&self) -> &Tensor<i64> {
        &self.labels
    }

    /// The names of the classes; a label is an index into them.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The shape of one image, `[channels, height, width]`.
    pub fn image_shape(&self) -> Shape {
        self.pixels.shape().remove(0)
    }

    /// Mean and standard deviation of each channel over all images, on the scale of 0 to 1: what `normalize` takes.
    pub fn channel_statistics(&self) -> (Vec<f32>, Vec<f32>) {
        let [n, channels, height, width] = self.pixels.dims("Images", "").expect("checked when it was made");
        let (pixels, plane) = (self.pixels.values(), height * width);
        let statistics = |c: usize| {
            let mut counts = [0u64; 256];
            let planes = (0..n).map(|i| &pixels[(i * channels + c) * plane..][..plane]);
            planes.flatten().for_each(|&p| counts[p as usize] += 1);
            let average = |f: &dyn Fn(f64) -> f64| {
                let sum: f64 =
                    counts.iter().enumerate().map(|(p, &k)| k as f64 * f(p as f64 / self.white as f64)).sum();
                sum / (n * plane) as f64
            };
            let mean = average(&|x| x);
            (mean as f32, average(&|x| (x - mean) * (x - mean)).sqrt() as f32)
        };
        (0..channels).map(statistics).unzip()
    }

    fn write(&self, index: usize, out: &mut [f32]) {
        let (size, pixels) = (out.len(), self.pixels.as_slice().expect("laid out when it was made"));
        let plane = size / self.pixels.shape()[1].max(1);
        let image = &pixels[index * size..][..size];
        for ((out, image), tones) in
            out.chunks_mut(plane.max(1)).zip(image.chunks(plane.max(1))).zip(self.tones.chunks_exact(256))
        {
            let tones: &[f32; 256] = tones.try_into().expect("256 tones a channel");
            out.iter_mut().zip(image).for_each(|(x, &p)| *x = tones[p as usize]);
        }
    }
}

/// Checks that all labels are indices of `classes` classes.
pub(crate) fn check_labels(labels: &[i64], classes: usize) -> Result<()> {
    match labels.iter().enumerate().find(|(_, label)| !(0..classes as i64).contains(label)) {
        Some((i, label)) => {
            Err(Error::value("labels", format!("label {i}"), format!("0 to {}", classes as i64 - 1), label))
        }
        None => Ok(()),
    }
}

impl Dataset for Images {
    type Item = Sample<Tensor<f32>, i64>;

    fn len(&self) -> usize {
        self.pixels.shape()[0]
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let input = Tensor::build(self.image_shape(), |out| self.write(index, out));
        Ok(Sample { input, target: self.labels.get(&[index])? })
    }

    fn batch(&self, indices: &[usize]) -> Result<<Self::Item as Collate>::Batch> {
        indices.iter().try_for_each(|&i| self.check(i))?;
        let shape = self.image_shape();
        let size = shape.elements().max(1);
        let input = Tensor::build(shape.insert(0, indices.len())?, |out| {
            out.chunks_mut(size).zip(indices).for_each(|(out, &i)| self.write(i, out));
        });
        Ok(Batch { input, target: crate::gather::rows(&self.labels, indices)? })
    }
}

impl Labelled for Images {
    fn labels(&self) -> Vec<i64> {
        self.labels.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Images {
        let pixels = Tensor::from_fn([3, 2, 1, 2], |i| (i * 20) as u8);
        Images::new(pixels, Tensor::from([1i64, 0, 1]), ["no", "yes"]).unwrap()
    }

    #[test]
    fn pixels_come_out_as_torchvision_makes_them() {
        let batch = images().batch(&[2, 0]).unwrap();
        assert_eq!(batch.input.shape(), &[2, 2, 1, 2]);
        assert_eq!(batch.input.to_vec(), [160, 180, 200, 220, 0, 20, 40, 60].map(|p| p as f32 / 255.0));
        assert_eq!(batch.target.to_vec(), [1, 1]);
        let normal = images().normalize(&[0.1, 0.2], &[0.5, 0.25]).unwrap();
        let sample = normal.get(1).unwrap();
        let expected = [(80, 0.1, 0.5), (100, 0.1, 0.5), (120, 0.2, 0.25), (140, 0.2, 0.25)];
        assert_eq!(sample.input.to_vec(), expected.map(|(p, m, s)| (p as f32 / 255.0 - m) / s));
        assert!(normal.batch(&[1]).unwrap().input.squeeze(0).unwrap().equals(&sample.input));
    }

    #[test]
    fn statistics_are_those_of_the_channels() {
        let (mean, std) = images().white(1).channel_statistics();
        let first = [0.0, 20.0, 80.0, 100.0, 160.0, 180.0f64];
        let expected = first.iter().sum::<f64>() / 6.0;
        let deviation = (first.iter().map(|x| (x - expected).powi(2)).sum::<f64>() / 6.0).sqrt();
        assert_eq!((mean[0], std[0]), (expected as f32, deviation as f32));
        assert_eq!((mean[1], std[1]), (expected as f32 + 40.0, deviation as f32));
    }

    #[test]
    fn wrong_labels_and_shapes_are_errors() {
        let pixels = || Tensor::full([2, 1, 1, 1], 0u8);
        let error =
            |labels: &[i64]| Images::new(pixels(), Tensor::from(labels.to_vec()), ["a", "b"]).unwrap_err().to_string();
        assert_eq!(error(&[0, 2]), "labels: label 1: expected 0 to 1, got 2");
        assert_eq!(error(&[-1, 0]), "labels: label 0: expected 0 to 1, got -1");
        assert_eq!(error(&[0]), "Images: number of labels: expected 2, as images, got 1");
        assert!(Images::new(Tensor::full([2, 1, 1], 0u8), Tensor::from([0i64, 0]), ["a"]).is_err());
        assert!(images().normalize(&[0.0], &[1.0]).is_err());
        assert!(images().normalize(&[0.0, 0.0], &[1.0, 0.0]).is_err());
        assert!(images().normalize(&[0.0, f32::NAN], &[1.0, 1.0]).is_err());
        assert!(images().get(3).is_err() && images().batch(&[0, 3]).is_err());
    }
}
