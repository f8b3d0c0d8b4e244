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
        let pool = || MaxPool2d::new(Window::new([3, 3]).stride(2));
        let features = Sequential::new()
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
            .then(pool());
        Self::with_features(features, num_classes, dropout, random)
    }

    /// Two towers that meet after the second and third convolution (groups), and local response normalisation.
    ///
    /// The paper's constant of 1e-4 is summed over 5 channels, PyTorch's is averaged, hence 5e-4 here.
    pub fn original(num_classes: usize, dropout: f64, random: &mut Stream) -> Self {
        let pool = || MaxPool2d::new(Window::new([3, 3]).stride(2));
        let normalise = || LocalResponseNorm { size: 5, alpha: 5e-4, beta: 0.75, k: 2.0 };
        let features = Sequential::new()
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
            .then(pool());
        Self::with_features(features, num_classes, dropout, random)
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
