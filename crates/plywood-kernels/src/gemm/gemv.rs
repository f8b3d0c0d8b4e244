//! A matrix times a vector: bound by memory, so nothing is packed.

use super::{Epilogue, MatMut, MatRef};
use crate::scratch::Scratch;
use crate::simd::Vector;
use crate::{Scalar, dispatch, par};

/// Elements of the matrix that a task should read at least.
const TASK: usize = 1 << 16;

/// `C = epilogue(A·B)` where `A` has one row or `B` one column.
pub(super) fn multiply<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>, epilogue: &Epilogue<'_, T>) {
    // Seen from the matrix, both are `y = M·x`.
    let (matrix, vector, stride) = if a.rows == 1 { (b.t(), a, 1) } else { (a, b.t(), c.row_stride) };
    let mut dense = Scratch::take(if vector.col_stride == 1 { 0 } else { vector.cols });
    let x = if vector.col_stride == 1 {
        &vector.data[..vector.cols]
    } else {
        dense.iter_mut().zip(vector.data.iter().step_by(vector.col_stride.max(1))).for_each(|(d, &v)| *d = v);
        if vector.col_stride == 0 {
            dense.fill(vector.data[0]);
        }
        &dense
    };
    let rows = (TASK / matrix.cols.max(1)).next_multiple_of(64);
    par::chunks_mut(&mut c.data[..(matrix.rows - 1) * stride + 1], rows * stride, matrix.cols / 8 / stride + 1, {
        |task, out| {
            let top = task * rows;
            let here = rows.min(matrix.rows - top);
            let part = MatRef::new(
                &matrix.data[top * matrix.row_stride..],
                here,
                matrix.cols,
                matrix.row_stride,
                matrix.col_stride,
            );
            let mut sums = Scratch::take(here);
            if part.col_stride == 1 {
                dots(part, x, &mut sums);
            } else {
                columns(part, x, &mut sums);
            }
            for (i, (out, &sum)) in out.iter_mut().step_by(stride).zip(sums.iter()).enumerate() {
                let (row, column) = if a.rows == 1 { (0, top + i) } else { (top + i, 0) };
                *out = epilogue.apply(*out, sum, row, column);
            }
        }
    });
}

dispatch! {
    /// Rows adjacent in memory: a dot product each, four at a time.
    fn dots<I: Isa, T: Scalar>(m: MatRef<'_, T>, x: &[T], out: &mut [T]) {
        let lanes = I::V::<T>::LANES;
        let whole = m.cols / lanes * lanes;
        for (group, out) in out.chunks_mut(4).enumerate() {
            // Past the last row the last one is read again; its sum is dropped.
            let row = |i: usize| &m.data[(group * 4 + i.min(out.len() - 1)) * m.row_stride..][..m.cols];
            let rows = [row(0), row(1), row(2), row(3)];
            // SAFETY: reads `lanes` elements below `whole`, which is within the rows and `x`.
            let mut sums = unsafe {
                let mut sums = [I::V::<T>::splat(T::ZERO); 4];
                for p in (0..whole).step_by(lanes) {
                    let x = I::V::<T>::load(x.as_ptr().add(p));
                    for (sum, row) in sums.iter_mut().zip(rows) {
                        *sum = I::V::<T>::load(row.as_ptr().add(p)).mul_add(x, *sum);
                    }
                }
                [sums[0].sum(), sums[1].sum(), sums[2].sum(), sums[3].sum()]
            };
            for p in whole..m.cols {
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum = I::fma(row[p], x[p], *sum);
                }
            }
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

dispatch! {
    /// Columns adjacent in memory, or any strides: four columns at a time are added up.
    fn columns<I: Isa, T: Scalar>(m: MatRef<'_, T>, x: &[T], out: &mut [T]) {
        out.fill(T::ZERO);
        let n = out.len();
        let column = |p: usize| &m.data[p * m.col_stride..];
        if m.row_stride != 1 {
            for (p, &x) in x.iter().enumerate() {
                let column = column(p);
                for (i, out) in out.iter_mut().enumerate() {
                    *out = I::fma(column[i * m.row_stride], x, *out);
                }
            }
            return;
        }
        let mut p = 0;
        while p + 4 <= m.cols {
            let c = [&column(p)[..n], &column(p + 1)[..n], &column(p + 2)[..n], &column(p + 3)[..n]];
            let x = &x[p..p + 4];
            for (i, out) in out.iter_mut().enumerate() {
                let sum = I::fma(c[1][i], x[1], I::fma(c[0][i], x[0], *out));
                *out = I::fma(c[3][i], x[3], I::fma(c[2][i], x[2], sum));
            }
            p += 4;
        }
        for (p, &x) in x.iter().enumerate().skip(p) {
            for (out, &c) in out.iter_mut().zip(&column(p)[..n]) {
                *out = I::fma(c, x, *out);
            }
        }
    }
}
