//! The product on processors without fused multiply-add, or without loops of ours: `matrixmultiply`'s.
//!
//! It brings loops for sets that this crate has none for (AVX of 2011, without FMA; WebAssembly's vectors), and elsewhere
//! plain ones. Operands that aren't matrices in memory go our own way, at any level.

use super::block::Place;
use super::{Activation, Bias, Epilogue, MatMut, MatRef};
use crate::{Scalar, par};

/// Rows of a task, where the product is worth dividing.
const ROWS: usize = 64;

/// `matrixmultiply`'s function for a type: sizes `m, k, n`, α, `A` and its strides, `B`, β, `C`.
pub(super) type Function<T> =
    unsafe fn(usize, usize, usize, T, *const T, isize, isize, *const T, isize, isize, T, *mut T, isize, isize);

/// `C = epilogue(A·B)`, whose sizes agree, none of them 0.
pub(super) fn multiply<T: Scalar>(
    function: Function<T>,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: MatMut<'_, T>,
    epilogue: Epilogue<'_, T>,
) {
    let ((m, k), n) = ((a.rows, a.cols), b.cols);
    let place = Place { data: c.data.as_mut_ptr(), row_stride: c.row_stride };
    let beta = if epilogue.accumulate { T::ONE } else { T::ZERO };
    par::for_each(m.div_ceil(ROWS), ROWS * n * k / 4, |task| {
        let (top, rows) = (task * ROWS, ROWS.min(m - task * ROWS));
        let [a_rows, a_columns, b_rows, b_columns, c_rows] =
            [a.row_stride, a.col_stride, b.row_stride, b.col_stride, place.row_stride].map(|stride| stride as isize);
        // SAFETY: the matrices hold these rows and columns, which was checked when they were made, and tasks write
        // different rows of `C`.
        unsafe {
            let (a, c) = (a.data.as_ptr().add(top * a.row_stride), place.at(top * place.row_stride));
            let b = b.data.as_ptr();
            function(rows, k, n, T::ONE, a, a_rows, a_columns, b, b_rows, b_columns, beta, c, c_rows, 1);
            for row in 0..rows {
                let c = std::slice::from_raw_parts_mut(c.add(row * place.row_stride), n);
                finish(&epilogue, top + row, c);
            }
        }
    });
}

/// Bias and activation of one row.
fn finish<T: Scalar>(epilogue: &Epilogue<'_, T>, row: usize, c: &mut [T]) {
    match epilogue.bias {
        Bias::None => {}
        Bias::PerRow(bias) => c.iter_mut().for_each(|c| *c += bias[row]),
        Bias::PerColumn(bias) => c.iter_mut().zip(bias).for_each(|(c, &bias)| *c += bias),
    }
    if epilogue.activation == Activation::Relu {
        c.iter_mut().for_each(|c| *c = if *c < T::ZERO { T::ZERO } else { *c });
    }
}
