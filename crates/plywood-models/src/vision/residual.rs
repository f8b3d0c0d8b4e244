//! The blocks of residual networks.

use plywood_nn::{BatchNorm2d, Context, Conv2d, Layer, Module, Result, Scalar, Stream, Var};

use super::vgg::he;

/// A block of a residual network.
#[allow(clippy::large_enum_variant, reason = "all blocks of a network are of one variant")]
#[derive(Module)]
pub enum Block<T: Scalar = f32> {
    /// Two convolutions.
    Basic(BasicBlock<T>),
    /// Three, the middle one in a quarter of the channels.
    Bottleneck(Bottleneck<T>),
}

impl<T: Scalar> Layer<T> for Block<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        match self {
            Self::Basic(block) => block.forward(x, cx),
            Self::Bottleneck(block) => block.forward(x, cx),
        }
    }
}

/// Two 3×3 convolutions beside a shortcut.
#[derive(Module)]
pub struct BasicBlock<T: Scalar = f32> {
    conv1: Conv2d<T>,
    bn1: BatchNorm2d<T>,
    conv2: Conv2d<T>,
    bn2: BatchNorm2d<T>,
    /// The shortcut where the shape changes: a 1×1 convolution.
    downsample: Option<Projection<T>>,
    pre_activation: bool,
}

/// A convolution, and normalisation unless that comes first.
type Projection<T> = (Conv2d<T>, Option<BatchNorm2d<T>>);

impl<T: Scalar> BasicBlock<T> {
    /// From `inputs` to `width` channels; a `stride` of 2 halves the image.
    pub fn new(inputs: usize, width: usize, stride: usize, pre_activation: bool, random: &mut Stream) -> Self {
        Self {
            conv1: filter(inputs, width, 3, stride, random),
            bn1: BatchNorm2d::new(if pre_activation { inputs } else { width }),
            conv2: filter(width, width, 3, 1, random),
            bn2: BatchNorm2d::new(width),
            downsample: projection(inputs, width, stride, pre_activation, random),
            pre_activation,
        }
    }
}

impl<T: Scalar> Layer<T> for BasicBlock<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        if self.pre_activation {
            let active = self.bn1.forward_relu(x, cx)?;
            let y = self.conv1.forward(&active, cx)?;
            let y = self.conv2.forward(&self.bn2.forward_relu(&y, cx)?, cx)?;
            return y.add(&shortcut(&self.downsample, x, &active, cx)?);
        }
        let y = self.bn1.forward_relu(&self.conv1.forward(x, cx)?, cx)?;
        let y = self.conv2.forward(&y, cx)?;
        let shortcut = shortcut(&self.downsample, x, x, cx)?;
        self.bn2.forward_add_relu(&y, &shortcut, cx)
    }
}

/// 1×1, 3×3 and 1×1 convolutions beside a shortcut; the last has four times as many channels as the others.
#[derive(Module)]
pub struct Bottleneck<T: Scalar = f32> {
    conv1: Conv2d<T>,
    bn1: BatchNorm2d<T>,
    conv2: Conv2d<T>,
    bn2: BatchNorm2d<T>,
    conv3: Conv2d<T>,
    bn3: BatchNorm2d<T>,
    /// The shortcut where the shape changes: a 1×1 convolution.
    downsample: Option<Projection<T>>,
    pre_activation: bool,
}

impl<T: Scalar> Bottleneck<T> {
    /// From `inputs` to `4 width` channels; a `stride` of 2, in the 3×3 convolution as in torchvision, halves the image.
    pub fn new(inputs: usize, width: usize, stride: usize, pre_activation: bool, random: &mut Stream) -> Self {
        Self {
            conv1: filter(inputs, width, 1, 1, random),
            bn1: BatchNorm2d::new(if pre_activation { inputs } else { width }),
            conv2: filter(width, width, 3, stride, random),
            bn2: BatchNorm2d::new(width),
            conv3: filter(width, 4 * width, 1, 1, random),
            bn3: BatchNorm2d::new(if pre_activation { width } else { 4 * width }),
            downsample: projection(inputs, 4 * width, stride, pre_activation, random),
            pre_activation,
        }
    }
}

impl<T: Scalar> Layer<T> for Bottleneck<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        if self.pre_activation {
            let active = self.bn1.forward_relu(x, cx)?;
            let y = self.conv1.forward(&active, cx)?;
            let y = self.conv2.forward(&self.bn2.forward_relu(&y, cx)?, cx)?;
            let y = self.conv3.forward(&self.bn3.forward_relu(&y, cx)?, cx)?;
            return y.add(&shortcut(&self.downsample, x, &active, cx)?);
        }
        let y = self.bn1.forward_relu(&self.conv1.forward(x, cx)?, cx)?;
        let y = self.bn2.forward_relu(&self.conv2.forward(&y, cx)?, cx)?;
        let y = self.conv3.forward(&y, cx)?;
        let shortcut = shortcut(&self.downsample, x, x, cx)?;
        self.bn3.forward_add_relu(&y, &shortcut, cx)
    }
}

/// A convolution without a bias that keeps the image's size but for the stride, with He's initial values.
pub(super) fn filter<T: Scalar>(
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    random: &mut Stream,
) -> Conv2d<T> {
    let mut conv = Conv2d::new(inputs, outputs, kernel, random).stride(stride).padding(kernel / 2).without_bias();
    conv.weight.set(he(*conv.weight.shape(), random)).expect("drawn for the shape");
    conv
}

/// The shortcut's convolution, where the block's output has another shape than its input.
fn projection<T: Scalar>(
    inputs: usize,
    outputs: usize,
    stride: usize,
    pre_activation: bool,
    random: &mut Stream,
) -> Option<Projection<T>> {
    let normalise = (!pre_activation).then(|| BatchNorm2d::new(outputs));
    (stride != 1 || inputs != outputs).then(|| (filter(inputs, outputs, 1, stride, random), normalise))
}

/// What is added to a block's result: its input `x` as it is, or the projection of `active`.
fn shortcut<T: Scalar>(
    projection: &Option<Projection<T>>,
    x: &Var<T>,
    active: &Var<T>,
    cx: &mut Context,
) -> Result<Var<T>> {
    match projection {
        None => Ok(x.clone()),
        Some((conv, None)) => conv.forward(active, cx),
        Some((conv, Some(normalise))) => normalise.forward(&conv.forward(active, cx)?, cx),
    }
}

/// A stage: its blocks one after the other, under its name.
pub(super) fn run<T: Scalar>(name: &str, blocks: &[impl Layer<T>], x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
    cx.scope(name, |cx| {
        let mut blocks = blocks.iter().enumerate();
        blocks.try_fold(x.clone(), |x, (i, block)| cx.scope(&i.to_string(), |cx| block.forward(&x, cx)))
    })
}
