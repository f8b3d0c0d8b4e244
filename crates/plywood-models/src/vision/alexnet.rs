//! AlexNet.

use plywood_nn::{
    AdaptiveAvgPool2d, Context, Conv2d, Dropout, Layer, Linear, LocalResponseNorm, MaxPool2d, Module, ReLU, Result,
    Scalar, Sequential, Stream, Var, Window,
};

/// AlexNet, the network that won ImageNet in 2012: `[n, 3, h, w]` (224×224 in the paper, at least 63×63) to
/// `[n, num_classes]`.
///
/// [`new`](Self::new) is the single-tower variant of Krizhevsky 2014, "One weird trick for parallelizing convolutional
/// neural networks", with torchvision's names and shapes; [`original`](Self::original) that of Krizhevsky, Sutskever
/// and Hinton 2012, "ImageNet classification with deep convolutional neural networks".
///
/// ```
/// use plywood_models::AlexNet;
/// use plywood_nn::{Module, Stream};
///
/// let model = AlexNet::<f32>::new(10, 0.5, &mut Stream::new(0));
/// assert_eq!(model.num_parameters(), 57_044_810);
/// ```
#[derive(Module)]
pub struct AlexNet<T: Scalar = f32> {
    /// Convolutions and pooling, to 256 channels.
    pub features: Sequential<T>,
    /// To 6×6, whatever the size of the image.
    pub avgpool: AdaptiveAvgPool2d,
    /// Linear layers with dropout.
    pub classifier: Sequential<T>,
}

impl<T: Scalar> AlexNet<T> {
    /// The single tower; `dropout` is 0.5 in the paper.
    pub fn new(num_classes: usize, dropout: f64, random: &mut Stream) -> Self {
        Self::with_features(single_tower(random), num_classes, dropout, random)
    }

    /// Two towers that meet after the second and third convolution (groups), and local response normalisation.
    pub fn original(num_classes: usize, dropout: f64, random: &mut Stream) -> Self {
        Self::with_features(two_towers(random), num_classes, dropout, random)
    }

    fn with_features(features: Sequential<T>, num_classes: usize, dropout: f64, random: &mut Stream) -> Self {
        let classifier = Sequential::new()
            .then(Dropout::new(dropout))
            .then(Linear::new(256 * 6 * 6, 4096, random))
            .then(ReLU::default())
            .then(Dropout::new(dropout))
            .then(Linear::new(4096, 4096, random))
            .then(ReLU::default())
            .then(Linear::new(4096, num_classes, random));
        Self { features, avgpool: AdaptiveAvgPool2d::new([6, 6]), classifier }
    }
}

impl<T: Scalar> Layer<T> for AlexNet<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = cx.scope("features", |cx| self.features.forward(x, cx))?;
        let x = cx.scope("avgpool", |cx| self.avgpool.forward(&x, cx))?.flatten(1)?;
        cx.scope("classifier", |cx| self.classifier.forward(&x, cx))
    }
}

/// The features of Krizhevsky 2014.
fn single_tower<T: Scalar>(random: &mut Stream) -> Sequential<T> {
    Sequential::new()
        .then(Conv2d::new(3, 64, 11, random).stride(4).padding(2))
        .then(ReLU::default())
        .then(pool())
        .then(Conv2d::new(64, 192, 5, random).padding(2))
        .then(ReLU::default())
        .then(pool())
        .then(Conv2d::new(192, 384, 3, random).padding(1))
        .then(ReLU::default())
        .then(Conv2d::new(384, 256, 3, random).padding(1))
        .then(ReLU::default())
        .then(Conv2d::new(256, 256, 3, random).padding(1))
        .then(ReLU::default())
        .then(pool())
}

/// The features of Krizhevsky, Sutskever and Hinton 2012, section 3.5.
fn two_towers<T: Scalar>(random: &mut Stream) -> Sequential<T> {
    // The paper's constant of 1e-4 is summed over 5 channels, PyTorch's is averaged, hence 5e-4 here.
    let normalise = || LocalResponseNorm { size: 5, alpha: 5e-4, beta: 0.75, k: 2.0 };
    Sequential::new()
        .then(Conv2d::new(3, 96, 11, random).stride(4).padding(2))
        .then(ReLU::default())
        .then(normalise())
        .then(pool())
        .then(Conv2d::grouped(96, 256, 5, 2, random).padding(2))
        .then(ReLU::default())
        .then(normalise())
        .then(pool())
        .then(Conv2d::new(256, 384, 3, random).padding(1))
        .then(ReLU::default())
        .then(Conv2d::grouped(384, 384, 3, 2, random).padding(1))
        .then(ReLU::default())
        .then(Conv2d::grouped(384, 256, 3, 2, random).padding(1))
        .then(ReLU::default())
        .then(pool())
}

/// Overlapping windows, section 3.4 of the paper.
fn pool() -> MaxPool2d {
    MaxPool2d::new(Window::new([3, 3]).stride(2))
}

#[cfg(test)]
mod tests {
    use plywood_gradcheck::Gradcheck;
    use plywood_nn::Tensor;

    use super::*;

    // Without the classifiers, whose 55 million numbers have no part in these.

    #[test]
    fn an_image_too_small_is_an_error_that_names_the_pool_where_it_vanishes() {
        let (single, two) = (single_tower::<f32>(&mut Stream::new(0)), two_towers::<f32>(&mut Stream::new(0)));
        let run = |features: &Sequential, side| {
            let x = Tensor::zeros([1, 3, side, side]).into();
            Context::eval().scope("features", |cx| features.forward(&x, cx))
        };
        for (features, last) in [(&single, 12), (&two, 14)] {
            assert_eq!(run(features, 63).unwrap().shape(), &[1, 256, 1, 1]);
            let error = run(features, 62).unwrap_err().to_string();
            let expected = format!("features.{last}: max_pool2d: height of the input: expected at least 3");
            assert!(error.starts_with(&expected), "{error}");
            let error = run(features, 6).unwrap_err().to_string();
            assert!(error.starts_with("features.0: conv2d: height of the input"), "{error}");
        }
    }

    #[test]
    fn gradients_of_the_two_towers_are_right() {
        let x = Stream::new(1).normal([1, 3, 63, 63], 0.0, 1.0);
        let mut features = two_towers::<f64>(&mut Stream::new(0));
        // The first layer, below both normalisations, and a layer of each kind above them; the others take as long again.
        features.freeze(|name| !["0.weight", "0.bias", "4.weight", "8.weight"].contains(&name));
        // Of 30,000 rectifiers some would pass their kink within the usual step.
        let check = Gradcheck { eps: 1e-8, ..Default::default() };
        check.check_module(&mut features, &[x], |features, x, cx| features.forward(&x[0], cx)).unwrap();
    }
}
