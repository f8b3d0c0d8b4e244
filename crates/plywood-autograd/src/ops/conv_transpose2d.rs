//! Two-dimensional transposed convolution.

use plywood_kernels::conv_transpose2d::{self, ConvTranspose2dDims};
use plywood_kernels::conv2d::Algorithm;
use plywood_kernels::gemm::Activation;
use plywood_tensor::{Error, Result, Scalar, Tensor};

use super::Padding;
use crate::Var;

/// How a transposed convolution's filter is laid over the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvTranspose2dOptions {
    /// The step in the output between neighbouring inputs, `[vertical, horizontal]`.
    pub stride: [usize; 2],
    /// How much is cut off around the output.
    pub padding: Padding,
    /// Outputs added below and on the right, less than the stride or the dilation.
    pub output_padding: [usize; 2],
    /// The distance between neighbouring filter taps, `[vertical, horizontal]`.
    pub dilation: [usize; 2],
    /// The number of groups of channels, each convolved on its own.
    pub groups: usize,
    /// How it is computed; the result is the same up to rounding.
    pub algorithm: Algorithm,
}

impl Default for ConvTranspose2dOptions {
    /// Stride 1, no padding, dilation 1, one group, the fastest algorithm.
    fn default() -> Self {
        let (stride, output_padding, dilation) = ([1, 1], [0, 0], [1, 1]);
        let (padding, algorithm) = (Padding::from(0), Algorithm::Auto);
        Self { stride, padding, output_padding, dilation, groups: 1, algorithm }
    }
}

fn dims<T: Scalar>(x: &Tensor<T>, weight: &Tensor<T>, o: &ConvTranspose2dOptions) -> Result<ConvTranspose2dDims> {
    let op = "conv_transpose2d";
    let input = x.dims(op, "[n, c, h, w]")?;
    let filter = weight.dims(op, "[in_channels, out_channels / groups, kh, kw] for the weight")?;
    let padding = o.padding.resolve(op, [filter[2], filter[3]], o.stride, o.dilation)?;
    ConvTranspose2dDims::new(input, filter, o.stride, padding, o.output_padding, o.dilation, o.groups)
        .map_err(|e| Error::mismatch(op, e, &[("input", x.shape()), ("weight", weight.shape())]))
}

impl<T: Scalar> Var<T> {
    /// Transposed convolution of `[n, c, h, w]` with `weight [c, o / groups, kh, kw]` and `bias [o]`, to
    /// `[n, o, oh, ow]` with `oh = (h − 1)·stride − padding + dilation·(kh − 1) + output_padding + 1`.
    ///
    /// ```
    /// use plywood_autograd::{ConvTranspose2dOptions, Tensor, Var};
    /// let x = Var::from(Tensor::from([[[[1.0, 2.0]]]]));
    /// let weight = Var::leaf(Tensor::<f64>::ones([1, 1, 1, 2]));
    /// let y = x.conv_transpose2d(&weight, None, ConvTranspose2dOptions { stride: [2, 2], ..Default::default() })?;
    /// assert_eq!(y.value().to_vec(), [1.0, 1.0, 2.0, 2.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes don't fit each other, the output padding is too large, or nothing would be left of the output.
    pub fn conv_transpose2d(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        options: ConvTranspose2dOptions,
    ) -> Result<Self> {
        let (dims, algorithm) = (dims(self.value(), weight.value(), &options)?, options.algorithm);
        let o = dims.output_shape()[1];
        if let Some(bias) = bias.filter(|bias| bias.shape() != &[o]) {
            return Err(Error::shape("conv_transpose2d", "shape of the bias", format!("[{o}]"), bias.shape()));
        }
        let (x, w) = (self.value().contiguous(), weight.value().contiguous());
        let b = bias.map(|bias| bias.value().contiguous());
        let value = Tensor::build(dims.output_shape(), |y| {
            conv_transpose2d::forward(&dims, algorithm, &x, &w, b.as_deref(), Activation::None, y);
        });
        let inputs = [self, weight, bias.unwrap_or(weight)];
        let inputs = if bias.is_some() { &inputs[..] } else { &inputs[..2] };
        let (wants_x, wants_w) = (self.requires_grad(), weight.requires_grad());
        Ok(Self::op("conv_transpose2d", inputs, value, |_| {
            // Each gradient needs the other operand alone.
            let (x, w) = (wants_w.then_some(x), wants_x.then_some(w));
            let has_bias = b.is_some();
            move |dy, sink| {
                let dy = dy.contiguous();
                if let Some(w) = w {
                    sink.add(0, || {
                        Ok(Tensor::build(dims.input_shape(), |dx| {
                            conv_transpose2d::input_grad(&dims, algorithm, &dy, &w, dx);
                        }))
                    })?;
                }
                if let Some(x) = x {
                    sink.write(1, |dw, add| conv_transpose2d::weight_grad(&dims, algorithm, &x, &dy, dw, add))?;
                }
                if has_bias {
                    sink.write(2, |db, add| conv_transpose2d::bias_grad(&dims, &dy, db, add))
                } else {
                    Ok(())
                }
            }
        }))
    }
}
