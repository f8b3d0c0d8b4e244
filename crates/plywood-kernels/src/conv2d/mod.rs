//! Two-dimensional convolution (the correlation of the field's usage): forward and its three adjoints.
//!
//! `y[n, o, i, j] = bias[o] + Σ x[n, c, i * stride + p * dilation - padding, …] * w[o, c, p, q]`.

mod depthwise;
mod dims;
mod dots;
mod geometry;
mod image;
mod narrow;
mod patches;
mod pointwise;
mod steps;
mod weight;
mod weights;
mod wide;
mod winograd;

pub use dims::Conv2dDims;
pub(crate) use dims::{check_len, check_reach};

use crate::gemm::{Activation, Bias, Epilogue};
use crate::{Scalar, dispatch, par};
use geometry::Correlation;

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Whichever is fastest for the shape.
    #[default]
    Auto,
    /// A matrix product over patches that are never stored, with the pixels of a row in the lanes of a vector.
    ImplicitGemm,
    /// Winograd's minimal filtering, for 3×3 and 5×5 kernels of stride and dilation 1; elsewhere the same as
    /// [`Algorithm::Direct`]. Two to three times the rounding error of the others, and an infinite input makes NaN of its
    /// neighbours too.
    Winograd,
    /// A way of their own for shapes that suit it: depthwise along the rows of the image, small images side by side, 1×1
    /// kernels as a product of whole planes; elsewhere the same as [`Algorithm::ImplicitGemm`].
    Direct,
}

monomorphic! {
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
        check(dims, x.len(), w.len(), y.len());
        assert!(bias.is_none_or(|b| b.len() == dims.o), "length of the bias of a convolution");
        let epilogue = Epilogue { accumulate: false, bias: bias.map_or(Bias::None, Bias::PerRow), activation };
        T::correlate(&Correlation::forward(dims), algorithm, x, w, &epilogue, y);
    }
}

monomorphic! {
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
        check(dims, dx.len(), w.len(), dy.len());
        let epilogue = if accumulate { Epilogue::ADD } else { Epilogue::WRITE };
        T::correlate(&Correlation::backward(dims), algorithm, dy, w, &epilogue, dx);
    }
}

monomorphic! {
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
        check(dims, x.len(), dw.len(), dy.len());
        T::weight_grad(dims, algorithm, x, dy, dw, accumulate);
    }
}

monomorphic! {
    /// The gradient `db [o]` for `dy [n, o, oh, ow]`: the sum over images and pixels, written, or added if `accumulate`.
    ///
    /// # Panics
    /// If a slice's length is not what `dims` says.
    pub fn bias_grad<T: Scalar>(dims: &Conv2dDims, dy: &[T], db: &mut [T], accumulate: bool) {
        assert_eq!(dy.len(), dims.output_len(), "length of the output of a convolution");
        assert_eq!(db.len(), dims.o, "length of the bias of a convolution");
        let pixels = dims.oh * dims.ow;
        par::chunks_mut(db, 1, dims.n * pixels / 4, |o, db| {
            let sum = (0..dims.n).map(|n| sum(&dy[(n * dims.o + o) * pixels..][..pixels])).sum::<T>();
            db[0] = if accumulate { db[0] + sum } else { sum };
        });
    }
}

dispatch! {
    /// The sum of a plane, in as many interleaved parts as keep the adders busy.
    fn sum<I: Isa, T: Scalar>(values: &[T]) -> T {
        const PARTS: usize = 32;
        let mut sums = [T::ZERO; PARTS];
        let (chunks, rest) = values.as_chunks::<PARTS>();
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, &x)| *sum += x);
        }
        let mut half = PARTS;
        while half > 1 {
            half /= 2;
            for i in 0..half {
                sums[i] += sums[i + half];
            }
        }
        sums[0] + rest.iter().fold(T::ZERO, |sum, &x| sum + x)
    }
}

fn check(dims: &Conv2dDims, x: usize, w: usize, y: usize) {
    assert_eq!(x, dims.input_len(), "length of the input of a convolution");
    assert_eq!(w, dims.weight_len(), "length of the weight of a convolution");
    assert_eq!(y, dims.output_len(), "length of the output of a convolution");
}

/// The passes compiled for each type in this crate, as [`Multiply`](crate::gemm::Multiply) is.
#[doc(hidden)]
#[allow(private_interfaces)]
pub trait Convolve: Sized {
    /// A forward pass or an input gradient.
    fn correlate(
        c: &Correlation,
        algorithm: Algorithm,
        source: &[Self],
        weight: &[Self],
        epilogue: &Epilogue<'_, Self>,
        out: &mut [Self],
    );
    /// A weight gradient.
    fn weight_grad(dims: &Conv2dDims, algorithm: Algorithm, x: &[Self], dy: &[Self], dw: &mut [Self], accumulate: bool);
}

macro_rules! convolve {
    ($($(#[$attribute:meta])* $t:ty;)+) => {$(
        #[allow(private_interfaces)]
        impl Convolve for $t {
            $(#[$attribute])*
            fn correlate(
                c: &Correlation,
                algorithm: Algorithm,
                source: &[Self],
                weight: &[Self],
                epilogue: &Epilogue<'_, Self>,
                out: &mut [Self],
            ) {
                correlate(c, algorithm, source, weight, epilogue, out);
            }
            $(#[$attribute])*
            fn weight_grad(
                dims: &Conv2dDims,
                algorithm: Algorithm,
                x: &[Self],
                dy: &[Self],
                dw: &mut [Self],
                accumulate: bool,
            ) {
                weight_gradient(dims, algorithm, x, dy, dw, accumulate);
            }
        }
    )+};
}
convolve!(f32; #[cfg_attr(not(debug_assertions), inline)] f64;);

fn correlate<T: Scalar>(
    c: &Correlation,
    algorithm: Algorithm,
    source: &[T],
    weight: &[T],
    epilogue: &Epilogue<'_, T>,
    out: &mut [T],
) {
    if out.is_empty() {
        return;
    }
    if wants_winograd(c, algorithm) {
        return winograd::correlate(c, source, weight, epilogue, out);
    }
    let direct = algorithm != Algorithm::ImplicitGemm;
    if direct && pointwise::suits::<T>(c) {
        pointwise::correlate(c, source, weight, epilogue, out);
    } else if direct && narrow::suits::<T>(c) {
        narrow::correlate(c, source, weight, epilogue, out);
    } else if direct && patches::suits::<T>(c) {
        patches::correlate(c, source, weight, epilogue, out);
    } else {
        wide::correlate(c, source, weight, epilogue, direct, out);
    }
}

fn weight_gradient<T: Scalar>(
    dims: &Conv2dDims,
    algorithm: Algorithm,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    accumulate: bool,
) {
    if wants_winograd(&Correlation::forward(dims), algorithm) {
        return winograd::gradient(dims, x, dy, dw, accumulate);
    }
    if algorithm != Algorithm::ImplicitGemm && dims.c == dims.groups && dims.o == dims.groups && !dy.is_empty() {
        depthwise::gradient(dims, x, dy, dw, accumulate);
    } else if algorithm != Algorithm::ImplicitGemm && pointwise::suits_gradient(dims) {
        pointwise::gradient(dims, x, dy, dw, accumulate);
    } else if algorithm != Algorithm::ImplicitGemm && patches::suits_gradient(dims) {
        patches::gradient(dims, x, dy, dw, accumulate);
    } else {
        weight::gradient(dims, x, dy, dw, accumulate);
    }
}

/// Whether a pass is left to Winograd's algorithm.
fn wants_winograd(c: &Correlation, algorithm: Algorithm) -> bool {
    match algorithm {
        Algorithm::Winograd => winograd::can(c),
        Algorithm::Auto => winograd::pays(c),
        Algorithm::ImplicitGemm | Algorithm::Direct => false,
    }
}
