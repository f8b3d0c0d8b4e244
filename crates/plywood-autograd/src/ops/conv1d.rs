//! One-dimensional convolutions: two-dimensional ones of images that are one pixel high.

use plywood_tensor::{Error, Result, Scalar};

use super::{Conv2dOptions, ConvTranspose2dOptions, Padding};
use crate::Var;

impl<T: Scalar> Var<T> {
    /// Convolution of `[n, c, l]` with `weight [o, c / groups, k]` and `bias [o]`, to `[n, o, ol]`, as
    /// [`conv2d`](Self::conv2d) does it in one dimension; the options' second entries count.
    ///
    /// ```
    /// use plywood_autograd::{Conv2dOptions, Padding, Tensor, Var};
    /// let x = Var::from(Tensor::from([[[1.0, 2.0, 3.0]]]));
    /// let weight = Var::leaf(Tensor::from([[[1.0, 1.0]]]));
    /// let y = x.conv1d(&weight, None, Conv2dOptions { padding: Padding::Same, ..Default::default() })?;
    /// assert_eq!(y.value().to_vec(), [3.0, 5.0, 3.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`conv2d`](Self::conv2d).
    pub fn conv1d(&self, weight: &Self, bias: Option<&Self>, options: Conv2dOptions) -> Result<Self> {
        three_dimensions("conv1d", self, weight)?;
        let options = Conv2dOptions {
            stride: [1, options.stride[1]],
            padding: flat(options.padding),
            dilation: [1, options.dilation[1]],
            ..options
        };
        self.unsqueeze(2)?.conv2d(&weight.unsqueeze(2)?, bias, options)?.squeeze(2)
    }

    /// Transposed convolution of `[n, c, l]` with `weight [c, o / groups, k]` and `bias [o]`, to `[n, o, ol]`, as
    /// [`conv_transpose2d`](Self::conv_transpose2d) does it in one dimension; the options' second entries count.
    ///
    /// # Errors
    /// As [`conv_transpose2d`](Self::conv_transpose2d).
    pub fn conv_transpose1d(
        &self,
        weight: &Self,
        bias: Option<&Self>,
        options: ConvTranspose2dOptions,
    ) -> Result<Self> {
        three_dimensions("conv_transpose1d", self, weight)?;
        let options = ConvTranspose2dOptions {
            stride: [1, options.stride[1]],
            padding: flat(options.padding),
            output_padding: [0, options.output_padding[1]],
            dilation: [1, options.dilation[1]],
            ..options
        };
        self.unsqueeze(2)?.conv_transpose2d(&weight.unsqueeze(2)?, bias, options)?.squeeze(2)
    }
}

/// No zeros above and below.
fn flat(padding: Padding) -> Padding {
    match padding {
        Padding::Zeros([_, horizontal]) => Padding::Zeros([[0; 2], horizontal]),
        Padding::Same => Padding::Same,
    }
}

fn three_dimensions<T: Scalar>(op: &'static str, x: &Var<T>, weight: &Var<T>) -> Result<()> {
    for (what, var) in [("input", x), ("weight", weight)] {
        if var.shape().len() != 3 {
            return Err(Error::shape(op, format!("dimensions of the {what}"), 3, var.shape().len())
                .with_shapes(format!("input {}, weight {}", x.shape(), weight.shape())));
        }
    }
    Ok(())
}
