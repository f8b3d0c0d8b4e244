//! The matrix product, one algorithm with open ends.
//!
//! `C = epilogue(A·B)`: the operands are strided views, packers or packed matrices ([`Operand`]), the output is a
//! row-major matrix ([`MatMut`]), and the [`Epilogue`] adds what the output held, a bias and an activation.

pub(crate) mod block;
mod gemv;
pub(crate) mod operand;
mod output;
pub(crate) mod pack;
pub(crate) mod packed;
mod plan;
mod portable;
pub(crate) mod tile;

pub use operand::{MatRef, Operand, Pack};
pub use output::{Activation, Bias, Epilogue, MatMut};
pub use packed::Packed;
pub(crate) use plan::MOST_PACKED;

use crate::{Scalar, par};
use block::depth_block;

/// `C = epilogue(A·B)` for `A [m, k]`, `B [k, n]`, `C [m, n]`; any of the three sizes may be 0.
///
/// ```
/// use plywood_kernels::gemm::{Epilogue, MatMut, MatRef, gemm};
///
/// let (a, b) = ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0]);
/// let mut c = [0.0; 2];
/// gemm(MatRef::row_major(&a, 2, 2), MatRef::row_major(&b, 2, 1), MatMut::row_major(&mut c, 2, 1), Epilogue::WRITE);
/// assert_eq!(c, [17.0, 39.0]);
/// ```
///
/// # Panics
/// If the sizes of the three matrices, or the length of the bias, don't agree.
pub fn gemm<'a, T: Scalar>(
    a: impl Into<Operand<'a, T>>,
    b: impl Into<Operand<'a, T>>,
    c: MatMut<'_, T>,
    epilogue: Epilogue<'_, T>,
) {
    T::multiply(a.into(), b.into(), c, epilogue);
}

/// [`gemm`] of `batch` pairs of matrices: the `i`th product reads `a` and `b` moved by `i * a_stride` and
/// `i * b_stride` elements (0 uses one matrix for all) and writes the dense `[m, n]` matrix `i` of `c`.
///
/// # Panics
/// If a matrix lies outside its slice.
pub fn gemm_batched<T: Scalar>(
    batch: usize,
    (a, a_stride): (MatRef<'_, T>, usize),
    (b, b_stride): (MatRef<'_, T>, usize),
    c: &mut [T],
    epilogue: Epilogue<'_, T>,
) {
    let (m, n) = (a.rows, b.cols);
    assert_eq!(c.len(), batch * m * n, "length of the output of a batched product");
    par::chunks_mut(c, (m * n).max(1), a.cols / 16 + 1, |i, c| {
        let [a, b] = [(a, a_stride), (b, b_stride)].map(|(m, stride)| {
            // A matrix without elements may begin past the end.
            let data = m.data.get(i * stride..).unwrap_or(&[]);
            MatRef::new(data, m.rows, m.cols, m.row_stride, m.col_stride)
        });
        gemm(a, b, MatMut::row_major(c, m, n), epilogue);
    });
}

/// The product compiled for each type in this crate, whatever the optimisation level of the crate that calls it. In a
/// release build that is so for `f32` alone: of the time that this crate takes, `f64` would be a third, and few programs
/// need it.
#[doc(hidden)]
pub trait Multiply: Sized {
    /// What multiplies where this crate has no instructions of its own.
    const PRODUCT: portable::Function<Self>;
    /// [`gemm`].
    fn multiply(a: Operand<'_, Self>, b: Operand<'_, Self>, c: MatMut<'_, Self>, epilogue: Epilogue<'_, Self>);
}

macro_rules! multiply {
    ($($(#[$attribute:meta])* $t:ty, $product:path;)+) => {$(
        impl Multiply for $t {
            const PRODUCT: portable::Function<Self> = $product;
            $(#[$attribute])*
            fn multiply(a: Operand<'_, Self>, b: Operand<'_, Self>, c: MatMut<'_, Self>, epilogue: Epilogue<'_, Self>) {
                plan::multiply(a, b, c, epilogue);
            }
        }
    )+};
}
multiply!(f32, matrixmultiply::sgemm; #[cfg_attr(not(debug_assertions), inline)] f64, matrixmultiply::dgemm;);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epilogue_adds_and_clips() {
        let (a, b) = ([1.0f32, 0.0, 0.0, -1.0], [1.0, 2.0, 3.0, 4.0]);
        let (a, b) = (MatRef::row_major(&a, 2, 2), MatRef::row_major(&b, 2, 2));
        let mut c = [1.0; 4];
        let epilogue = Epilogue { accumulate: true, bias: Bias::PerColumn(&[0.5, -5.0]), activation: Activation::Relu };
        gemm(a, b.t(), MatMut::row_major(&mut c, 2, 2), epilogue);
        assert_eq!(c, [2.5, 0.0, 0.0, 0.0]);
    }
}
