//! The blocks of GoogLeNet.
//!
//! Source: Szegedy et al. 2015, "Going deeper with convolutions", sections 4 and 5.

use plywood_autograd::cat;
use plywood_nn::{
    BatchNorm2d, Context, Conv2d, Dropout, Layer, Linear, MaxPool2d, Module, Result, Scalar, Stream, Var, Window,
};

/// A convolution without a bias, batch normalisation and a rectifier.
#[derive(Module)]
pub struct ConvBlock<T: Scalar = f32> {
    conv: Conv2d<T>,
    bn: BatchNorm2d<T>,
}

impl<T: Scalar> ConvBlock<T> {
    /// From `inputs` to `outputs` channels; the image keeps its size but for the stride.
    pub fn new(inputs: usize, outputs: usize, kernel: usize, stride: usize, random: &mut Stream) -> Self {
        let mut conv = Conv2d::new(inputs, outputs, kernel, random).stride(stride).padding(kernel / 2).without_bias();
        // torchvision's truncated normal, whose bounds lie 200 deviations away.
        conv.weight.set(random.normal(*conv.weight.shape(), 0.0, 0.01)).expect("drawn for the shape");
        Self { conv, bn: BatchNorm2d::new(outputs).eps(1e-3) }
    }
}

impl<T: Scalar> Layer<T> for ConvBlock<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.bn.forward_relu(&self.conv.forward(x, cx)?, cx)
    }
}

/// Four branches over one input, whose channels are put together.
#[derive(Module)]
pub struct Inception<T: Scalar = f32> {
    branch1: ConvBlock<T>,
    branch2: (ConvBlock<T>, ConvBlock<T>),
    branch3: (ConvBlock<T>, ConvBlock<T>),
    branch4: (MaxPool2d, ConvBlock<T>),
}

impl<T: Scalar> Inception<T> {
    /// From `inputs` channels to `widths[0] + widths[2] + widths[4] + widths[5]`, the `widths` being in the order of
    /// the paper's table: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool proj.
    pub fn new(inputs: usize, widths: [usize; 6], random: &mut Stream) -> Self {
        let [one, reduce3, three, reduce5, five, pool] = widths;
        let mut block = |inputs, outputs, kernel| ConvBlock::new(inputs, outputs, kernel, 1, random);
        Self {
            branch1: block(inputs, one, 1),
            branch2: (block(inputs, reduce3, 1), block(reduce3, three, 3)),
            branch3: (block(inputs, reduce5, 1), block(reduce5, five, 3)),
            branch4: (MaxPool2d::new(Window::new([3, 3]).stride(1).padding(1).ceil_mode()), block(inputs, pool, 1)),
        }
    }
}

impl<T: Scalar> Layer<T> for Inception<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let branches = [
            self.branch1.forward(x, cx)?,
            self.branch2.forward(x, cx)?,
            self.branch3.forward(x, cx)?,
            self.branch4.forward(x, cx)?,
        ];
        cat(&branches.each_ref(), 1)
    }
}

/// A classifier on an early block's output, which brings gradients to the first layers.
#[derive(Module)]
pub struct AuxiliaryHead<T: Scalar = f32> {
    conv: ConvBlock<T>,
    fc1: Linear<T>,
    fc2: Linear<T>,
    dropout: Dropout,
}

impl<T: Scalar> AuxiliaryHead<T> {
    /// From `inputs` channels of an image of any size.
    pub fn new(inputs: usize, num_classes: usize, random: &mut Stream) -> Self {
        Self {
            conv: ConvBlock::new(inputs, 128, 1, 1, random),
            fc1: Linear::new(128 * 4 * 4, 1024, random),
            fc2: Linear::new(1024, num_classes, random),
            dropout: Dropout::new(0.7),
        }
    }
}

impl<T: Scalar> Layer<T> for AuxiliaryHead<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.conv.forward(&x.adaptive_avg_pool2d([4, 4])?, cx)?;
        let x = self.fc1.forward(&x.flatten(1)?, cx)?.relu();
        self.fc2.forward(&self.dropout.forward(&x, cx)?, cx)
    }
}
