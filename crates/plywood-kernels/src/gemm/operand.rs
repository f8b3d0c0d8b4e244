//! What a product may be taken of: strided views, packers of one's own, matrices packed beforehand.

use std::ops::Range;

use super::Packed;
use super::pack::panels;
use crate::Scalar;

/// A matrix in someone else's memory: element `(i, j)` is `data[i * row_stride + j * col_stride]`.
///
/// Strides count elements; 0 repeats a row or a column. A transpose is the same view with its strides swapped.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    pub(super) data: &'a [T],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl<'a, T: Scalar> MatRef<'a, T> {
    /// A view with any strides.
    ///
    /// # Panics
    /// If an element lies outside `data`.
    pub fn new(data: &'a [T], rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Self {
        if rows > 0 && cols > 0 {
            let last = (rows - 1) * row_stride + (cols - 1) * col_stride;
            assert!(last < data.len(), "a {rows}×{cols} matrix reaches index {last} of {}", data.len());
        }
        Self { data, rows, cols, row_stride, col_stride }
    }

    /// A dense `[rows, cols]` matrix.
    pub fn row_major(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::new(data, rows, cols, cols, 1)
    }

    /// The transpose, without moving anything.
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            data: self.data,
        }
    }

    /// The element in row `i` and column `j`.
    pub fn at(&self, i: usize, j: usize) -> T {
        assert!(i < self.rows && j < self.cols, "element ({i}, {j}) of a {}×{} matrix", self.rows, self.cols);
        self.data[i * self.row_stride + j * self.col_stride]
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }
}

/// An open end of the product: an operand that knows how to lay itself out for the micro-kernel.
///
/// A left operand `[m, k]` has `m` lanes of depth `k`, a right operand `[k, n]` has `n` lanes of depth `k`; seen so,
/// both are packed alike, and whatever can be enumerated (the patches of a convolution, say) can be multiplied
/// without ever being stored as a matrix.
pub trait Pack<T>: Sync {
    /// The number of rows of a left operand, of columns of a right one.
    fn lanes(&self) -> usize;
    /// The length of the sums that the product consists of.
    fn depth(&self) -> usize;
    /// Writes `out[p * width + i]` = the element of lane `lanes.start + i` at depth `depth.start + p`, and 0 where
    /// `i` is past `lanes`. At most `width` lanes are asked for at a time; `out` holds `depth.len() * width` elements.
    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]);
}

/// One side of a product. Views, packers and packed matrices convert into it.
#[derive(Clone, Copy)]
pub enum Operand<'a, T> {
    /// A view of a matrix in memory.
    Strided(MatRef<'a, T>),
    /// A packer of one's own.
    Packer(&'a dyn Pack<T>),
    /// A matrix packed beforehand for the side that it is used on.
    Packed(&'a Packed<T>),
}

impl<'a, T> From<MatRef<'a, T>> for Operand<'a, T> {
    fn from(m: MatRef<'a, T>) -> Self {
        Self::Strided(m)
    }
}

impl<'a, T> From<&'a Packed<T>> for Operand<'a, T> {
    fn from(p: &'a Packed<T>) -> Self {
        Self::Packed(p)
    }
}

impl<'a, T> From<&'a dyn Pack<T>> for Operand<'a, T> {
    fn from(p: &'a dyn Pack<T>) -> Self {
        Self::Packer(p)
    }
}

/// Which side of the product an operand stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl<T: Scalar> Operand<'_, T> {
    /// Lanes and depth.
    pub(super) fn size(&self, side: Side) -> (usize, usize) {
        match self {
            Self::Strided(m) if side == Side::Left => (m.rows, m.cols),
            Self::Strided(m) => (m.cols, m.rows),
            Self::Packer(p) => (p.lanes(), p.depth()),
            Self::Packed(p) => p.size(side),
        }
    }

    /// Lays out the panels of `lanes`, one after the other; see [`Pack::pack`] for one.
    ///
    /// # Panics
    /// If the operand is packed already.
    pub(super) fn pack(&self, side: Side, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        match self {
            Self::Strided(m) => panels(if side == Side::Left { *m } else { m.t() }, lanes, depth, width, out),
            Self::Packer(p) => {
                for (left, out) in lanes.clone().step_by(width).zip(out.chunks_mut((depth.len() * width).max(1))) {
                    p.pack(left..lanes.end.min(left + width), depth.clone(), width, out);
                }
            }
            Self::Packed(_) => panic!("a packed operand can't be packed again"),
        }
    }
}
