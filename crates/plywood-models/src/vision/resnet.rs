//! Residual networks for large images.

use plywood_nn::{
    AdaptiveAvgPool2d, BatchNorm2d, Context, Conv2d, Layer, Linear, MaxPool2d, Module, Result, Scalar, Stream, Var,
    Window,
};

use super::residual::{BasicBlock, Block, Bottleneck, filter, run};

/// A residual network: `[n, 3, h, w]` (224×224 in the paper, any size) to `[n, num_classes]`. Names and shapes are
/// torchvision's.
///
/// Source: He et al. 2016, "Deep residual learning for image recognition", table 1.
///
/// ```
/// use plywood_models::{ResNet, ResNetConfig};
/// use plywood_nn::{Context, Layer, Module, Stream, Tensor};
///
/// let model: ResNet = ResNetConfig::resnet18(10).build(&mut Stream::new(0));
/// assert_eq!(model.num_parameters(), 11_181_642);
/// let logits = model.forward(&Tensor::zeros([1, 3, 32, 32]).into(), &mut Context::eval())?;
/// assert_eq!(logits.shape(), &[1, 10]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Module)]
pub struct ResNet<T: Scalar = f32> {
    /// 64 filters of 7×7, every other pixel.
    pub conv1: Conv2d<T>,
    /// After the first convolution; with pre-activation the blocks bring their own.
    pub bn1: Option<BatchNorm2d<T>>,
    /// 3×3, every other pixel.
    pub maxpool: MaxPool2d,
    /// 64 channels, times 4 with bottlenecks.
    pub layer1: Vec<Block<T>>,
    /// 128 channels.
    pub layer2: Vec<Block<T>>,
    /// 256 channels.
    pub layer3: Vec<Block<T>>,
    /// 512 channels.
    pub layer4: Vec<Block<T>>,
    /// After the last block, with pre-activation.
    pub bn: Option<BatchNorm2d<T>>,
    /// The mean of each channel.
    pub avgpool: AdaptiveAvgPool2d,
    /// To the classes.
    pub fc: Linear<T>,
}

/// How a [`ResNet`] is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResNetConfig {
    /// Blocks in each of the four stages.
    pub blocks: [usize; 4],
    /// Blocks of three convolutions that work in a quarter of the channels.
    pub bottleneck: bool,
    /// Normalisation and rectifier before each convolution (He et al. 2016, "Identity mappings in deep residual
    /// networks").
    pub pre_activation: bool,
    /// The number of classes.
    pub num_classes: usize,
}

impl ResNetConfig {
    fn new(blocks: [usize; 4], bottleneck: bool, num_classes: usize) -> Self {
        Self { blocks, bottleneck, pre_activation: false, num_classes }
    }

    /// 18 layers.
    pub fn resnet18(num_classes: usize) -> Self {
        Self::new([2, 2, 2, 2], false, num_classes)
    }

    /// 34 layers.
    pub fn resnet34(num_classes: usize) -> Self {
        Self::new([3, 4, 6, 3], false, num_classes)
    }

    /// 50 layers, with bottlenecks.
    pub fn resnet50(num_classes: usize) -> Self {
        Self::new([3, 4, 6, 3], true, num_classes)
    }

    /// 101 layers, with bottlenecks.
    pub fn resnet101(num_classes: usize) -> Self {
        Self::new([3, 4, 23, 3], true, num_classes)
    }

    /// 152 layers, with bottlenecks.
    pub fn resnet152(num_classes: usize) -> Self {
        Self::new([3, 8, 36, 3], true, num_classes)
    }

    /// The network, with He's initial values as in torchvision.
    pub fn build<T: Scalar>(self, random: &mut Stream) -> ResNet<T> {
        let conv1 = filter(3, 64, 7, 2, random);
        let mut channels = 64;
        let mut stage = |i: usize| -> Vec<Block<T>> {
            let width = 64 << i;
            let block = |b: usize| {
                let stride = if i > 0 && b == 0 { 2 } else { 1 };
                if self.bottleneck {
                    let block = Bottleneck::new(channels, width, stride, self.pre_activation, random);
                    channels = 4 * width;
                    Block::Bottleneck(block)
                } else {
                    let block = BasicBlock::new(channels, width, stride, self.pre_activation, random);
                    channels = width;
                    Block::Basic(block)
                }
            };
            (0..self.blocks[i]).map(block).collect()
        };
        let [layer1, layer2, layer3, layer4] = [0, 1, 2, 3].map(&mut stage);
        ResNet {
            conv1,
            bn1: (!self.pre_activation).then(|| BatchNorm2d::new(64)),
            maxpool: MaxPool2d::new(Window::new([3, 3]).stride(2).padding(1)),
            layer1,
            layer2,
            layer3,
            layer4,
            bn: self.pre_activation.then(|| BatchNorm2d::new(channels)),
            avgpool: AdaptiveAvgPool2d::new([1, 1]),
            fc: Linear::new(channels, self.num_classes, random),
        }
    }
}

impl<T: Scalar> Layer<T> for ResNet<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut x = self.conv1.forward(x, cx)?;
        if let Some(bn1) = &self.bn1 {
            x = bn1.forward_relu(&x, cx)?;
        }
        let mut x = cx.scope("maxpool", |cx| self.maxpool.forward(&x, cx))?;
        for (name, layer) in
            [("layer1", &self.layer1), ("layer2", &self.layer2), ("layer3", &self.layer3), ("layer4", &self.layer4)]
        {
            x = run(name, layer, &x, cx)?;
        }
        if let Some(bn) = &self.bn {
            x = bn.forward_relu(&x, cx)?;
        }
        let x = cx.scope("avgpool", |cx| self.avgpool.forward(&x, cx))?;
        self.fc.forward(&x.flatten(1)?, cx)
    }
}
