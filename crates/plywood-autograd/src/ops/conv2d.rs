//! Two-dimensional convolution.

use plywood_kernels::conv2d::{self, Algorithm, Conv2dDims};
use plywood_kernels::gemm::Activation;
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::Var;

/// How a convolution's filter is laid over the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// The step between neighbouring outputs, `[vertical, horizontal]`.
    pub stride: [usize; 2],
    /// Zeros around the input.
    pub padding: Padding,
    /// The distance between neighbouring filter taps, `[vertical, horizontal]`.
    pub dilation: [usize; 2],
    /// The number of groups of channels, each convolved on its own.
    pub groups: usize,
    /// How it is computed; the result is the same up to rounding.
    pub algorithm: Algorithm,
}

impl Default for Conv2dOptions {
    /// Stride 1, no padding, dilation 1, one group, the fastest algorithm.
    fn default() -> Self {
        let (stride, dilation) = ([1, 1], [1, 1]);
        Self { stride, padding: Padding::from(0), dilation, groups: 1, algorithm: Algorithm::Auto }
    }
}

/// Zeros around a convolution's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// This many, `[[above, below], [left, right]]`.
    Zeros([[usize; 2]; 2]),
    /// As many as keep the extents, for stride 1; one more behind than before where the number is odd.
    Same,
}

impl From<usize> for Padding {
    fn from(all: usize) -> Self {
        Self::Zeros([[all; 2]; 2])
    }
}

impl From<[usize; 2]> for Padding {
    fn from([vertical, horizontal]: [usize; 2]) -> Self {
        Self::Zeros([[vertical; 2], [horizontal; 2]])
    }
}

impl Padding {
    /// The zeros for a filter of these extents.
    pub(super) fn resolve(
        self,
        op: &'static str,
        kernel: [usize; 2],
        stride: [usize; 2],
        dilation: [usize; 2],
    ) -> Result<[[usize; 2]; 2]> {
        match self {
            Self::Zeros(zeros) => Ok(zeros),
            Self::Same if stride == [1, 1] => {
                Ok([0, 1].map(|axis| Conv2dDims::same_padding(kernel[axis], dilation[axis])))
            }
            Self::Same => Err(Error::value(op, "stride with padding 'same'", "[1, 1]", format!("{stride:?}"))),
        }
    }
}

fn dims<T: Scalar>(x: &Tensor<T>, weight: &Tensor<T>, options: &Conv2dOptions) -> Result<Conv2dDims> {
    let input = x.dims("conv2d", "[n, c, h, w]")?;
    let filter = weight.dims("conv2d", "[out_channels, in_channels / groups, kh, kw] for the weight")?;
    let padding = options.padding.resolve("conv2d", [filter[2], filter[3]], options.stride, options.dilation)?;
    Conv2dDims::new(input, filter, options.stride, padding, options.dilation, options.groups)
        .map_err(|e| Error::mismatch("conv2d", e, &[("input", x.shape()), ("weight", weight.shape())]))
}

impl<T: Scalar> Var<T> {
    /// Convolution of `[n, c, h, w]` with `weight [o, c / groups, kh, kw]` and `bias [o]`, to `[n, o, oh, ow]` with
    /// `oh = (h + padding − dilation·(kh − 1) − 1) / stride + 1`.
    ///
    /// ```
    /// use plywood_autograd::{Conv2dOptions, Tensor, Var};
    /// let x = Var::from(Tensor::<f32>::ones([1, 1, 4, 4]));
    /// let weight = Var::leaf(Tensor::ones([2, 1, 3, 3]));
    /// let y = x.conv2d(&weight, None, Conv2dOptions::default())?;
    /// assert_eq!(y.shape(), &[1, 2, 2, 2]);
    /// assert_eq!(y.value().to_vec(), [9.0; 8]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes don't fit each other, or the filter is larger than the padded input.
    pub fn conv2d(&self, weight: &Self, bias: Option<&Self>, options: Conv2dOptions) -> Result<Self> {
        let dims = dims(self.value(), weight.value(), &options)?;
        if let Some(bias) = bias.filter(|bias| bias.shape() != &[dims.o]) {
            return Err(Error::shape("conv2d", "shape of the bias", format!("[{}]", dims.o), bias.shape()));
        }
        let (x, w) = (self.value().contiguous(), weight.value().contiguous());
        let b = bias.map(|bias| bias.value().contiguous());
        let value = Tensor::build(dims.output_shape(), |y| {
            conv2d::forward(&dims, options.algorithm, &x, &w, b.as_deref(), Activation::None, y);
        });
        let inputs = [self, weight, bias.unwrap_or(weight)];
        let inputs = if bias.is_some() { &inputs[..] } else { &inputs[..2] };
        let (wants_x, wants_w) = (self.requires_grad(), weight.requires_grad());
        Ok(Self::op("conv2d", inputs, value, |_| {
            // Each gradient needs the other operand alone.
            let (x, w) = (wants_w.then_some(x), wants_x.then_some(w));
            let has_bias = b.is_some();
            move |dy, sink| {
                let dy = dy.contiguous();
                if let Some(w) = w {
                    sink.write(0, |dx, add| conv2d::input_grad(&dims, options.algorithm, &dy, &w, dx, add))?;
                }
                if let Some(x) = x {
                    sink.write(1, |dw, add| conv2d::weight_grad(&dims, options.algorithm, &x, &dy, dw, add))?;
                }
                if has_bias { sink.write(2, |db, add| conv2d::bias_grad(&dims, &dy, db, add)) } else { Ok(()) }
            }
        }))
    }
}
