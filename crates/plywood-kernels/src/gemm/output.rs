//! Where a product goes, and what happens to it on the way.

use crate::Scalar;

/// A matrix to be written: element `(i, j)` is `data[i * row_stride + j]`, its columns adjacent.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    pub(super) data: &'a mut [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
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
        if rows > 0 && cols > 0 {
            assert!(rows == 1 || row_stride >= cols, "rows of a matrix to be written overlap");
            let end = (rows - 1) * row_stride + cols;
            assert!(end <= data.len(), "a {rows}×{cols} matrix to be written ends at {end} of {}", data.len());
        }
        Self { data, rows, cols, row_stride }
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

impl<T: Scalar> Epilogue<'_, T> {
    /// The product as it is, replacing what the output held.
    pub const WRITE: Self = Self { accumulate: false, bias: Bias::None, activation: Activation::None };
    /// The product added to what the output holds.
    pub const ADD: Self = Self { accumulate: true, bias: Bias::None, activation: Activation::None };

    /// What becomes of one sum, where the output held `old`.
    pub(super) fn apply(&self, old: T, sum: T, row: usize, column: usize) -> T {
        let mut x = if self.accumulate { old + sum } else { sum };
        match self.bias {
            Bias::None => {}
            Bias::PerRow(bias) => x += bias[row],
            Bias::PerColumn(bias) => x += bias[column],
        }
        if self.activation == Activation::Relu && x < T::ZERO { T::ZERO } else { x }
    }
}
