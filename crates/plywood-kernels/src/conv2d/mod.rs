//! Two-dimensional convolution (the correlation of the field's usage): forward and its three adjoints.
//!
//! `y[n, o, i, j] = bias[o] + Σ x[n, c, i * stride + p * dilation - padding, …] * w[o, c, p, q]`.

mod dims;

pub use dims::Conv2dDims;
pub(crate) use dims::check_len;

use crate::Scalar;
use crate::gemm::Activation;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Whichever is fastest for the shape.
    #[default]
    Auto,
    /// A matrix product over patches that are never stored.
    ImplicitGemm,
    /// Fewer multiplications for 3×3 kernels of stride 1 (Lavin and Gray, "Fast Algorithms for Convolutional Neural
    /// Networks", 2016); elsewhere the same as [`Algorithm::Auto`].
    Winograd,
    /// Straight over the image, for depthwise convolutions and few channels; elsewhere the same as
    /// [`Algorithm::Auto`].
    Direct,
}

/// `y = activation(x * w + bias)`: `x [n, c, h, w]`, `w [o, c / groups, kh, kw]`, `bias [o]`, `y [n, o, oh, ow]`.
///
/// # Panics
/// If a slice's length is not what `dims` says.
pub fn forward<T: Scalar>(
    dims: &Conv2dDims,
    algorithm: Algorithm,
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    activation: Activation,
    y: &mut [T],
) {
    let _ = algorithm;
    check(dims, x.len(), w.len(), y.len());
    assert!(bias.is_none_or(|b| b.len() == dims.o), "length of the bias of a convolution");
    let (c_group, o_group) = (dims.c / dims.groups, dims.o / dims.groups);
    for (index, y) in y.iter_mut().enumerate() {
        let (j, i, o, n) = split(dims, index);
        let mut sum = bias.map_or(T::ZERO, |b| b[o]);
        taps(dims, i, j, |p, q, row, col| {
            for c in 0..c_group {
                let channel = o / o_group * c_group + c;
                sum += x[((n * dims.c + channel) * dims.h + row) * dims.w + col]
                    * w[((o * c_group + c) * dims.kh + p) * dims.kw + q];
            }
        });
        *y = if activation == Activation::Relu && sum < T::ZERO { T::ZERO } else { sum };
    }
}

/// The gradient `dx [n, c, h, w]` for `dy [n, o, oh, ow]`, written, or added if `accumulate`.
///
/// # Panics
/// If a slice's length is not what `dims` says.
pub fn input_grad<T: Scalar>(
    dims: &Conv2dDims,
    algorithm: Algorithm,
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    accumulate: bool,
) {
    let _ = algorithm;
    check(dims, dx.len(), w.len(), dy.len());
    if !accumulate {
        dx.fill(T::ZERO);
    }
    let (c_group, o_group) = (dims.c / dims.groups, dims.o / dims.groups);
    for (index, &dy) in dy.iter().enumerate() {
        let (j, i, o, n) = split(dims, index);
        taps(dims, i, j, |p, q, row, col| {
            for c in 0..c_group {
                let channel = o / o_group * c_group + c;
                dx[((n * dims.c + channel) * dims.h + row) * dims.w + col] +=
                    dy * w[((o * c_group + c) * dims.kh + p) * dims.kw + q];
            }
        });
    }
}

/// The gradient `dw [o, c / groups, kh, kw]` for `dy [n, o, oh, ow]`, written, or added if `accumulate`.
///
/// # Panics
/// If a slice's length is not what `dims` says.
pub fn weight_grad<T: Scalar>(
    dims: &Conv2dDims,
    algorithm: Algorithm,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    accumulate: bool,
) {
    let _ = algorithm;
    check(dims, x.len(), dw.len(), dy.len());
    if !accumulate {
        dw.fill(T::ZERO);
    }
    let (c_group, o_group) = (dims.c / dims.groups, dims.o / dims.groups);
    for (index, &dy) in dy.iter().enumerate() {
        let (j, i, o, n) = split(dims, index);
        taps(dims, i, j, |p, q, row, col| {
            for c in 0..c_group {
                let channel = o / o_group * c_group + c;
                dw[((o * c_group + c) * dims.kh + p) * dims.kw + q] +=
                    dy * x[((n * dims.c + channel) * dims.h + row) * dims.w + col];
            }
        });
    }
}

/// The gradient `db [o]` for `dy [n, o, oh, ow]`: the sum over images and pixels, written, or added if `accumulate`.
///
/// # Panics
/// If a slice's length is not what `dims` says.
pub fn bias_grad<T: Scalar>(dims: &Conv2dDims, dy: &[T], db: &mut [T], accumulate: bool) {
    assert_eq!(dy.len(), dims.output_len(), "length of the output of a convolution");
    assert_eq!(db.len(), dims.o, "length of the bias of a convolution");
    let pixels = dims.oh * dims.ow;
    for (o, db) in db.iter_mut().enumerate() {
        let image = |n: usize| dy[(n * dims.o + o) * pixels..][..pixels].iter().copied().sum::<T>();
        let sum = (0..dims.n).map(image).sum::<T>();
        *db = if accumulate { *db + sum } else { sum };
    }
}

fn check(dims: &Conv2dDims, x: usize, w: usize, y: usize) {
    assert_eq!(x, dims.input_len(), "length of the input of a convolution");
    assert_eq!(w, dims.weight_len(), "length of the weight of a convolution");
    assert_eq!(y, dims.output_len(), "length of the output of a convolution");
}

/// Column, row, channel and image of an element of the output.
fn split(dims: &Conv2dDims, index: usize) -> (usize, usize, usize, usize) {
    let (rest, j) = (index / dims.ow, index % dims.ow);
    let (rest, i) = (rest / dims.oh, rest % dims.oh);
    (j, i, rest % dims.o, rest / dims.o)
}

/// Calls `f(p, q, row, col)` for each tap of the kernel that falls on the input.
fn taps(dims: &Conv2dDims, i: usize, j: usize, mut f: impl FnMut(usize, usize, usize, usize)) {
    for p in 0..dims.kh {
        let row = (i * dims.stride[0] + p * dims.dilation[0]).wrapping_sub(dims.padding[0][0]);
        for q in 0..dims.kw {
            let col = (j * dims.stride[1] + q * dims.dilation[1]).wrapping_sub(dims.padding[1][0]);
            if row < dims.h && col < dims.w {
                f(p, q, row, col);
            }
        }
    }
}
