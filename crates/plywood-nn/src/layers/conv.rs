//! Convolutions.

use plywood_autograd::{Conv2dOptions, Padding, Result, Scalar, Var};
use plywood_tensor::Stream;

use crate::{Context, Layer, Module, Param, init};

/// Two-dimensional convolution (cross-correlation, as everywhere in deep learning): `[n, in_channels, h, w]` to
/// `[n, out_channels, oh, ow]` with `oh = (h + padding − dilation·(kernel − 1) − 1) / stride + 1`.
///
/// `weight` is `[out_channels, in_channels / groups, kernel, kernel]`, `bias` `[out_channels]`, both drawn evenly from
/// ±1/√fan_in as in PyTorch.
///
/// ```
/// use plywood_nn::{Context, Conv2d, Layer, Stream, Tensor};
/// let conv = Conv2d::<f32>::new(1, 6, 5, &mut Stream::new(0)).padding(2);
/// let y = conv.forward(&Tensor::ones([8, 1, 28, 28]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[8, 6, 28, 28]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Conv2d<T: Scalar = f32> {
    /// `[out_channels, in_channels / groups, kernel height, kernel width]`.
    pub weight: Param<T>,
    /// `[out_channels]`.
    pub bias: Option<Param<T>>,
    /// Stride, padding, dilation, groups.
    #[module(skip)]
    pub options: Conv2dOptions,
}

impl<T: Scalar> Conv2d<T> {
    /// Stride 1, no padding, a bias; `kernel` is one extent or `[height, width]`.
    pub fn new(in_channels: usize, out_channels: usize, kernel: impl Into<Extents>, random: &mut Stream) -> Self {
        Self::grouped(in_channels, out_channels, kernel, 1, random)
    }

    /// With the channels in `groups`, each convolved on its own; as many groups as channels is a depthwise
    /// convolution.
    pub fn grouped(
        in_channels: usize,
        out_channels: usize,
        kernel: impl Into<Extents>,
        groups: usize,
        random: &mut Stream,
    ) -> Self {
        let Extents([height, width]) = kernel.into();
        let shape = [out_channels, in_channels / groups.max(1), height, width];
        let bound = init::default_bound(shape[1..].iter().product());
        Self {
            weight: Param::new(random.uniform(shape, -bound, bound)),
            bias: Some(Param::new(random.uniform([out_channels], -bound, bound))),
            options: Conv2dOptions { groups, ..Default::default() },
        }
    }

    /// The step between neighbouring outputs.
    pub fn stride(mut self, stride: impl Into<Extents>) -> Self {
        self.options.stride = stride.into().0;
        self
    }

    /// Zeros around the input: a number, `[vertical, horizontal]`, or [`Padding::Same`].
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.options.padding = padding.into();
        self
    }

    /// The distance between neighbouring filter taps.
    pub fn dilation(mut self, dilation: impl Into<Extents>) -> Self {
        self.options.dilation = dilation.into().0;
        self
    }

    /// The same layer without a bias, as before a batch normalisation.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    fn describe(&self) -> String {
        let shape = self.weight.shape();
        let groups = self.options.groups;
        let grouped = if groups == 1 { String::new() } else { format!(", groups {groups}") };
        format!("Conv2d({}, {}, kernel {}×{}{grouped})", shape[1] * groups, shape[0], shape[2], shape[3])
    }
}

impl<T: Scalar> Layer<T> for Conv2d<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(
            Some(&self.weight),
            || self.describe(),
            x,
            |cx| {
                let bias = self.bias.as_ref().map(|bias| bias.var(cx));
                x.conv2d(&self.weight.var(cx), bias.as_ref(), self.options)
            },
        )
    }
}

/// Two extents, vertical and horizontal; one number stands for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extents(pub [usize; 2]);

impl From<usize> for Extents {
    fn from(both: usize) -> Self {
        Self([both; 2])
    }
}

impl From<[usize; 2]> for Extents {
    fn from(extents: [usize; 2]) -> Self {
        Self(extents)
    }
}

impl From<(usize, usize)> for Extents {
    fn from((vertical, horizontal): (usize, usize)) -> Self {
        Self([vertical, horizontal])
    }
}
