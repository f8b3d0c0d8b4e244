//! VGG.

use plywood_nn::init::{Fan, Nonlinearity, kaiming_normal};
use plywood_nn::{
    AdaptiveAvgPool2d, BatchNorm2d, Context, Conv2d, Dropout, Layer, Linear, MaxPool2d, Module, ReLU, Result, Scalar,
    Sequential, Stream, Tensor, Var,
};

/// The number of 3×3 convolutions in each of VGG's five stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VggDepth {
    /// Configuration A of the paper.
    Vgg11,
    /// Configuration B.
    Vgg13,
    /// Configuration D.
    Vgg16,
    /// Configuration E.
    Vgg19,
}

impl VggDepth {
    fn convolutions(self) -> [usize; 5] {
        match self {
            Self::Vgg11 => [1, 1, 2, 2, 2],
            Self::Vgg13 => [2, 2, 2, 2, 2],
            Self::Vgg16 => [2, 2, 3, 3, 3],
            Self::Vgg19 => [2, 2, 4, 4, 4],
        }
    }
}

/// VGG: stages of 3×3 convolutions, each ended by max pooling; `[n, 3, h, w]` (224×224 in the paper, at least 32×32) to
/// `[n, num_classes]`. Names and shapes are torchvision's.
///
/// Source: Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition".
///
/// ```no_run
/// // Drawing 129 million numbers takes a minute in a build that isn't optimised.
/// use plywood_models::{Vgg, VggConfig, VggDepth};
/// use plywood_nn::{Module, Stream};
///
/// let config = VggConfig { batch_norm: true, ..VggConfig::new(VggDepth::Vgg11, 10) };
/// let model: Vgg = config.build(&mut Stream::new(0));
/// assert_eq!(model.num_parameters(), 128_812_810);
/// ```
#[derive(Module)]
pub struct Vgg<T: Scalar = f32> {
    /// The stages, to 512 channels.
    pub features: Sequential<T>,
    /// To 7×7, whatever the size of the image.
    pub avgpool: AdaptiveAvgPool2d,
    /// Linear layers with dropout.
    pub classifier: Sequential<T>,
}

/// How a [`Vgg`] is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VggConfig {
    /// Which of the paper's configurations.
    pub depth: VggDepth,
    /// The number of classes.
    pub num_classes: usize,
    /// Batch normalisation after each convolution.
    pub batch_norm: bool,
    /// The rate of dropout in the classifier.
    pub dropout: f64,
}

impl VggConfig {
    /// As in the paper: without batch normalisation, with dropout of 0.5.
    pub fn new(depth: VggDepth, num_classes: usize) -> Self {
        Self { depth, num_classes, batch_norm: false, dropout: 0.5 }
    }

    /// The network, with He's initial values as in torchvision.
    pub fn build<T: Scalar>(self, random: &mut Stream) -> Vgg<T> {
        let features = self.features(random);
        let classifier = Sequential::new()
            .then(linear(512 * 7 * 7, 4096, random))
            .then(ReLU::default())
            .then(Dropout::new(self.dropout))
            .then(linear(4096, 4096, random))
            .then(ReLU::default())
            .then(Dropout::new(self.dropout))
            .then(linear(4096, self.num_classes, random));
        Vgg { features, avgpool: AdaptiveAvgPool2d::new([7, 7]), classifier }
    }

    fn features<T: Scalar>(self, random: &mut Stream) -> Sequential<T> {
        let mut features = Sequential::new();
        let mut channels = 3;
        for (stage, &convolutions) in self.depth.convolutions().iter().enumerate() {
            let width = [64, 128, 256, 512, 512][stage];
            for _ in 0..convolutions {
                features = features.then(convolution(channels, width, random));
                if self.batch_norm {
                    features = features.then(BatchNorm2d::new(width));
                }
                features = features.then(ReLU::default());
                channels = width;
            }
            features = features.then(MaxPool2d::new(2));
        }
        features
    }
}

fn convolution<T: Scalar>(inputs: usize, outputs: usize, random: &mut Stream) -> Conv2d<T> {
    let mut conv = Conv2d::new(inputs, outputs, 3, random).padding(1);
    conv.weight.set(he(*conv.weight.shape(), random)).expect("drawn for the shape");
    zero(&mut conv.bias);
    conv
}

fn linear<T: Scalar>(inputs: usize, outputs: usize, random: &mut Stream) -> Linear<T> {
    let mut linear = Linear::new(inputs, outputs, random);
    linear.weight.set(random.normal([outputs, inputs], 0.0, 0.01)).expect("drawn for the shape");
    zero(&mut linear.bias);
    linear
}

/// He's initial values for a filter, by the number of its outputs.
pub(super) fn he<T: Scalar>(shape: plywood_nn::Shape, random: &mut Stream) -> Tensor<T> {
    kaiming_normal(shape, Nonlinearity::ReLU, Fan::Out, random).expect("a filter has four dimensions")
}

fn zero<T: Scalar>(bias: &mut Option<plywood_nn::Param<T>>) {
    if let Some(bias) = bias {
        bias.make_mut().fill(T::ZERO);
    }
}

impl<T: Scalar> Layer<T> for Vgg<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = cx.scope("features", |cx| self.features.forward(x, cx))?;
        let x = cx.scope("avgpool", |cx| self.avgpool.forward(&x, cx))?.flatten(1)?;
        cx.scope("classifier", |cx| self.classifier.forward(&x, cx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_too_small_is_an_error_that_names_the_pool_where_it_vanishes() {
        // Without the classifier, whose 120 million numbers have no part in this.
        let features = VggConfig::new(VggDepth::Vgg11, 10).features::<f32>(&mut Stream::new(0));
        let run = |side| {
            let x = Tensor::zeros([1, 3, side, side]).into();
            Context::eval().scope("features", |cx| features.forward(&x, cx))
        };
        assert_eq!(run(32).unwrap().shape(), &[1, 512, 1, 1]);
        let error = run(31).unwrap_err().to_string();
        assert!(error.starts_with("features.20: max_pool2d: height of the input: expected at least 2"), "{error}");
        let error = run(7).unwrap_err().to_string();
        assert!(error.starts_with("features.10: max_pool2d: height of the input: expected at least 2"), "{error}");
    }
}
