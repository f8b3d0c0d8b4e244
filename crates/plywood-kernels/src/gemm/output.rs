//! Where a product goes, and what happens to it on the way.

use crate::Scalar;

/// A matrix to be written: element `(i, j)` is `data[i * row_stride + j]`, its columns adjacent.
///
/// For the output of a convolution the columns may come in groups (one an image) that lie `group_stride` apart:
/// element `(i, j)` is then `data[(j / group) * group_stride + i * row_stride + j % group]`.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    pub(crate) data: &'a mut [T],
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_stride: usize,
    pub(crate) group: usize,
    pub(crate) group_stride: usize,
}

impl<'a, T: Scalar> MatMut<'a, T> {
    /// A dense `[rows, cols]` matrix.
    pub fn row_major(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// A matrix whose rows begin `row_stride` elements apart.
    ///
    /// # Panics
    /// If an element lies outside `data`, or rows overlap.
    pub fn strided(data: &'a mut [T], rows: usize, cols: usize, row_stride: usize) -> Self {
        Self::grouped(data, rows, cols, row_stride, cols.max(1), 0)
    }

    /// A matrix whose columns come in groups of `group`, each `group_stride` elements after the one before.
    ///
    /// # Panics
    /// If an element lies outside `data`, or two elements share a place.
    pub fn grouped(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        group: usize,
        group_stride: usize,
    ) -> Self {
        if rows > 0 && cols > 0 {
            let groups = cols.div_ceil(group);
            let span = (rows - 1) * row_stride + group.min(cols);
            assert!(rows == 1 || row_stride >= group.min(cols), "rows of a matrix to be written overlap");
            assert!(groups == 1 || group_stride >= span, "groups of columns of a matrix to be written overlap");
            let last_len = cols - (groups - 1) * group;
            let end = (groups - 1) * group_stride + (rows - 1) * row_stride + last_len;
            assert!(end <= data.len(), "a {rows}×{cols} matrix to be written ends at {end} of {}", data.len());
        }
        Self { data, rows, cols, row_stride, group, group_stride }
    }
}

/// A vector added to the product.
#[derive(Clone, Copy, Debug, Default)]
pub enum Bias<'a, T> {
    /// Nothing is added.
    #[default]
    None,
    /// Row `i` gets the `i`th element.
    PerRow(&'a [T]),
    /// Column `j` gets the `j`th element.
    PerColumn(&'a [T]),
}

/// A function applied last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// The identity.
    #[default]
    None,
    /// `max(x, 0)`; NaN stays NaN.
    Relu,
}

/// What becomes of the product while it is still in registers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Epilogue<'a, T> {
    /// Whether the product is added to what the output holds, instead of replacing it.
    pub accumulate: bool,
    /// The bias, added after that.
    pub bias: Bias<'a, T>,
    /// The activation, applied to the sum.
    pub activation: Activation,
}

impl<'a, T> Epilogue<'a, T> {
    /// The product as it is, replacing what the output held.
    pub const WRITE: Self = Self { accumulate: false, bias: Bias::None, activation: Activation::None };
    /// The product added to what the output holds.
    pub const ADD: Self = Self { accumulate: true, bias: Bias::None, activation: Activation::None };
}
