//! Transposed convolution: the passes of a convolution with their roles exchanged.
//!
//! The forward pass is a convolution's input gradient, the input gradient its forward pass, and the weight gradient
//! its weight gradient with input and output exchanged; so nothing is computed here that [`crate::conv2d`] lacks.

use crate::conv2d::{self, Algorithm, Conv2dDims, check_len, check_reach};
use crate::gemm::Activation;
use crate::{Mismatch, Scalar};

/// The sizes of a transposed convolution: input `[n, c, h, w]`, weight `[c, o / groups, kh, kw]`, output
/// `[n, o, oh, ow]` with `oh = (h - 1) * stride - padding + dilation * (kh - 1) + output_padding + 1`, `ow` alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvTranspose2dDims {
    /// The convolution that this is the adjoint of: its output is this one's input.
    adjoint: Conv2dDims,
}

impl ConvTranspose2dDims {
    /// The dims of a transposed convolution of `input` `[n, c, h, w]` by `weight` `[c, o / groups, kh, kw]`.
    ///
    /// # Errors
    /// If the sizes don't fit one another, a stride, dilation or number of groups is 0, the output padding is not
    /// smaller than the stride or the dilation, or the output would be empty or too large.
    pub fn new(
        input: [usize; 4],
        weight: [usize; 4],
        stride: [usize; 2],
        padding: [[usize; 2]; 2],
        output_padding: [usize; 2],
        dilation: [usize; 2],
        groups: usize,
    ) -> Result<Self, Mismatch> {
        let [n, c, h, w] = input;
        let [c_weight, o_group, kh, kw] = weight;
        if groups == 0 {
            return Err(Mismatch::new("groups", "at least 1", 0));
        }
        if c != c_weight {
            let expected = format!("{c_weight}, since weight is {weight:?}");
            return Err(Mismatch::new("input channels (dimension 1)", expected, format!("{c} in input {input:?}")));
        }
        if c % groups != 0 {
            return Err(Mismatch::new("input channels", format!("a multiple of the {groups} groups"), c));
        }
        let size = |axis: usize, name, size, kernel| {
            output_size(name, size, kernel, stride[axis], padding[axis], output_padding[axis], dilation[axis])
        };
        let (oh, ow) = (size(0, "height", h, kh)?, size(1, "width", w, kw)?);
        let o = o_group
            .checked_mul(groups)
            .ok_or_else(|| Mismatch::new("output channels", "a number that fits in memory", format!("{weight:?}")))?;
        check_len("input", &input)?;
        check_len("weight", &weight)?;
        check_len("output", &[n, o, oh, ow])?;
        check_reach(o, [oh, ow], padding, weight)?;
        let adjoint =
            Conv2dDims { n, c: o, h: oh, w: ow, o: c, kh, kw, oh: h, ow: w, stride, padding, dilation, groups };
        Ok(Self { adjoint })
    }

    /// `[n, c, h, w]`.
    pub fn input_shape(&self) -> [usize; 4] {
        self.adjoint.output_shape()
    }

    /// `[c, o / groups, kh, kw]`.
    pub fn weight_shape(&self) -> [usize; 4] {
        self.adjoint.weight_shape()
    }

    /// `[n, o, oh, ow]`.
    pub fn output_shape(&self) -> [usize; 4] {
        self.adjoint.input_shape()
    }
}

/// The length of one axis of the output.
fn output_size(
    name: &str,
    size: usize,
    kernel: usize,
    stride: usize,
    padding: [usize; 2],
    output_padding: usize,
    dilation: usize,
) -> Result<usize, Mismatch> {
    for (what, value) in [("stride", stride), ("dilation", dilation), ("kernel", kernel), ("input", size)] {
        if value == 0 {
            return Err(Mismatch::new(format!("{what} along the {name}"), "at least 1", 0));
        }
    }
    if output_padding >= stride.max(dilation) {
        let expected = format!("less than the stride {stride} or the dilation {dilation}");
        return Err(Mismatch::new(format!("output padding along the {name}"), expected, output_padding));
    }
    let full = (size - 1)
        .checked_mul(stride)
        .and_then(|s| s.checked_add(dilation.checked_mul(kernel - 1)?))
        .and_then(|s| s.checked_add(output_padding + 1));
    match full.zip(padding[0].checked_add(padding[1])) {
        Some((full, cut)) if full > cut => Ok(full - cut),
        _ => Err(Mismatch::new(
            format!("{name} of the output"),
            "at least 1",
            format!("{full:?} less the padding {} + {}", padding[0], padding[1]),
        )),
    }
}

monomorphic! {
    /// `y = activation(xᵀ* w + bias)`: `x [n, c, h, w]`, `w [c, o / groups, kh, kw]`, `bias [o]`, `y [n, o, oh, ow]`.
    ///
    /// # Panics
    /// If a slice's length is not what `dims` says.
    pub fn forward<T: Scalar>(
        dims: &ConvTranspose2dDims,
        algorithm: Algorithm,
        x: &[T],
        w: &[T],
        bias: Option<&[T]>,
        activation: Activation,
        y: &mut [T],
    ) {
        conv2d::input_grad(&dims.adjoint, algorithm, x, w, y, false);
        let [_, o, oh, ow] = dims.output_shape();
        assert!(bias.is_none_or(|b| b.len() == o), "length of the bias of a transposed convolution");
        if bias.is_none() && activation == Activation::None {
            return;
        }
        crate::par::chunks_mut(y, oh * ow, 1, |plane, y| {
            let b = bias.map_or(T::ZERO, |b| b[plane % o]);
            for y in y {
                *y += b;
                if activation == Activation::Relu && *y < T::ZERO {
                    *y = T::ZERO;
                }
            }
        });
    }
}

monomorphic! {
    /// The gradient `dx [n, c, h, w]` for `dy [n, o, oh, ow]`.
    ///
    /// # Panics
    /// If a slice's length is not what `dims` says.
    pub fn input_grad<T: Scalar>(dims: &ConvTranspose2dDims, algorithm: Algorithm, dy: &[T], w: &[T], dx: &mut [T]) {
        conv2d::forward(&dims.adjoint, algorithm, dy, w, None, Activation::None, dx);
    }
}

monomorphic! {
    /// The gradient `dw [c, o / groups, kh, kw]` for `dy [n, o, oh, ow]`, written, or added if `accumulate`.
    ///
    /// # Panics
    /// If a slice's length is not what `dims` says.
    pub fn weight_grad<T: Scalar>(
        dims: &ConvTranspose2dDims,
        algorithm: Algorithm,
        x: &[T],
        dy: &[T],
        dw: &mut [T],
        accumulate: bool,
    ) {
        conv2d::weight_grad(&dims.adjoint, algorithm, dy, x, dw, accumulate);
    }
}

monomorphic! {
    /// The gradient `db [o]` for `dy [n, o, oh, ow]`, written, or added if `accumulate`.
    ///
    /// # Panics
    /// If a slice's length is not what `dims` says.
    pub fn bias_grad<T: Scalar>(dims: &ConvTranspose2dDims, dy: &[T], db: &mut [T], accumulate: bool) {
        let [n, o, oh, ow] = dims.output_shape();
        let flat = Conv2dDims { n, o, oh, ow, ..dims.adjoint };
        conv2d::bias_grad(&flat, dy, db, accumulate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_invert_a_convolution() {
        let d =
            ConvTranspose2dDims::new([2, 6, 4, 5], [6, 2, 3, 4], [2, 3], [[1, 1], [0, 1]], [1, 2], [1, 2], 2).unwrap();
        assert_eq!(d.output_shape(), [2, 4, 8, 20]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let new = |out_pad, pad| {
            ConvTranspose2dDims::new([1, 2, 2, 2], [2, 1, 1, 1], [2, 2], [[pad; 2]; 2], [out_pad, 0], [1, 1], 1)
        };
        assert!(new(2, 0).unwrap_err().what.contains("output padding"));
        assert!(new(0, 2).unwrap_err().what.contains("output"));
        assert!(new(1, 1).is_ok());
    }
}
