//! Convolutions, plain and transposed.

use plywood_autograd::{Conv2dOptions, ConvTranspose2dOptions, Padding};
use plywood_tensor::Scalar;

use super::Runner;
use crate::conformance::case::{Inputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "conv2d" => |x| {
            let options = Conv2dOptions {
                stride: x.attrs.each_or("stride", 1)?,
                padding: padding(x)?,
                dilation: x.attrs.each_or("dilation", 1)?,
                groups: x.attrs.size_or("groups", 1)?,
                ..Default::default()
            };
            x.attrs.only("padding_mode", "zeros")?;
            Ok(output(x.var("input")?.conv2d(&x.var("weight")?, x.optional("bias")?.as_ref(), options)?))
        },
        "conv1d" => |x| {
            let options = Conv2dOptions {
                stride: x.attrs.each_or("stride", 1)?,
                padding: padding(x)?,
                dilation: x.attrs.each_or("dilation", 1)?,
                groups: x.attrs.size_or("groups", 1)?,
                ..Default::default()
            };
            Ok(output(x.var("input")?.conv1d(&x.var("weight")?, x.optional("bias")?.as_ref(), options)?))
        },
        "conv_transpose1d" => |x| {
            let (weight, bias) = (x.var("weight")?, x.optional("bias")?);
            Ok(output(x.var("input")?.conv_transpose1d(&weight, bias.as_ref(), transposed(x)?)?))
        },
        "conv_transpose2d" => |x| {
            let (weight, bias) = (x.var("weight")?, x.optional("bias")?);
            Ok(output(x.var("input")?.conv_transpose2d(&weight, bias.as_ref(), transposed(x)?)?))
        },
        _ => return None,
    })
}

fn transposed<T: Scalar>(x: &Inputs<T>) -> Result<ConvTranspose2dOptions, Stop> {
    Ok(ConvTranspose2dOptions {
        stride: x.attrs.each_or("stride", 1)?,
        padding: padding(x)?,
        output_padding: x.attrs.each_or("output_padding", 0)?,
        dilation: x.attrs.each_or("dilation", 1)?,
        groups: x.attrs.size_or("groups", 1)?,
        ..Default::default()
    })
}

/// Zeros around the image: numbers, or PyTorch's words `same` and `valid`.
fn padding<T: Scalar>(x: &Inputs<T>) -> Result<Padding, Stop> {
    match x.attrs.get("padding").and_then(|value| value.as_str()) {
        Some("same") => Ok(Padding::Same),
        Some("valid") => Ok(Padding::from(0)),
        Some(word) => Err(unsupported(format!("padding {word:?}"))),
        None => Ok(Padding::from(x.attrs.each_or::<2>("padding", 0)?)),
    }
}
