//! Between the layout of the input and the order of the walk.

use super::RecurrentDims;
use super::sequences::PADDING;
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// The real time steps of the input in the order of the walk, `[rows, input]`: one copy, so that the large products
/// read and write adjacent rows.
pub(super) fn in_walk_order<T: Scalar>(dims: &RecurrentDims, x: &[T]) -> Scratch<T> {
    let (width, outside) = (dims.input, dims.sequences.outside());
    let mut walked = Scratch::take(outside.len() * width);
    each_row(&mut walked, width, |i, out| out.copy_from_slice(&x[outside[i] * width..][..width]));
    walked
}

/// Rows in the order of the walk into the layout of the input; 0 at padding.
pub(super) fn in_input_order<T: Scalar>(dims: &RecurrentDims, walked: &[T], x: &mut [T]) {
    let (width, inside) = (dims.input, dims.sequences.inside());
    each_row(x, width, |i, out| match inside[i] {
        PADDING => out.fill(T::ZERO),
        row => out.copy_from_slice(&walked[row * width..][..width]),
    });
}

/// Calls `f(i, row)` for each row of `width` values.
pub(super) fn each_row<T: Scalar>(rows: &mut [T], width: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    if width == 0 {
        return;
    }
    let rows_a_chunk = par::block_len(width);
    par::chunks_mut(rows, rows_a_chunk * width, 1, |chunk, rows| {
        for (i, row) in rows.chunks_exact_mut(width).enumerate() {
            f(chunk * rows_a_chunk + i, row);
        }
    });
}
