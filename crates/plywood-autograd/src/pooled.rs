//! The shapes that poolings make.

use plywood_tensor::Shape;

/// `[…, h, w]` with other extents in its last two dimensions.
pub(crate) fn pooled_2d(input: &Shape, h: usize, w: usize) -> Shape {
    let mut shape = *input;
    let rank = shape.len();
    (shape[rank - 2], shape[rank - 1]) = (h, w);
    shape
}

/// `[…, l]` with another extent in its last dimension.
pub(crate) fn pooled_1d(input: &Shape, l: usize) -> Shape {
    let mut shape = *input;
    let rank = shape.len();
    shape[rank - 1] = l;
    shape
}
