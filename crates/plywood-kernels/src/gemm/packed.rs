//! Matrices laid out once for many products.

use super::{MatRef, Operand, Pack};
use crate::Scalar;

/// A matrix in the micro-kernel's own layout, for an operand that is used again and again: the recurrent weights over
/// the time steps, filters over the images.
#[derive(Clone, Debug)]
pub struct Packed<T> {
    pub(super) data: Vec<T>,
    pub(super) lanes: usize,
    pub(super) depth: usize,
}

impl<T: Scalar> Packed<T> {
    /// A left operand `[m, k]`.
    pub fn lhs<'a>(a: impl Into<Operand<'a, T>>) -> Self {
        Self::new(a.into(), Side::Left)
    }

    /// A right operand `[k, n]`.
    pub fn rhs<'a>(b: impl Into<Operand<'a, T>>) -> Self {
        Self::new(b.into(), Side::Right)
    }

    fn new(operand: Operand<'_, T>, side: Side) -> Self {
        let (lanes, depth) = operand.size(side);
        let mut data = vec![T::ZERO; lanes * depth];
        for (lane, out) in data.chunks_mut(depth.max(1)).enumerate() {
            operand.pack(side, lane..lane + 1, 0..depth, 1, out);
        }
        Self { data, lanes, depth }
    }
}

/// Which side of the product an operand stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
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
            Self::Packed(p) => (p.lanes, p.depth),
        }
    }

    pub(super) fn pack(
        &self,
        side: Side,
        lanes: std::ops::Range<usize>,
        depth: std::ops::Range<usize>,
        width: usize,
        out: &mut [T],
    ) {
        match self {
            Self::Strided(m) => Lanes(if side == Side::Left { *m } else { m.t() }).pack(lanes, depth, width, out),
            Self::Packer(p) => p.pack(lanes, depth, width, out),
            Self::Packed(p) => {
                Lanes(MatRef::row_major(&p.data, p.lanes, p.depth)).pack(lanes, depth, width, out);
            }
        }
    }
}

/// A view whose rows are the lanes.
struct Lanes<'a, T>(MatRef<'a, T>);

impl<T: Scalar> Pack<T> for Lanes<'_, T> {
    fn lanes(&self) -> usize {
        self.0.rows
    }
    fn depth(&self) -> usize {
        self.0.cols
    }
    fn pack(&self, lanes: std::ops::Range<usize>, depth: std::ops::Range<usize>, width: usize, out: &mut [T]) {
        let m = self.0;
        for (p, out) in depth.zip(out.chunks_mut(width)) {
            for (i, o) in out.iter_mut().enumerate() {
                let lane = lanes.start + i;
                *o = if lane < lanes.end { m.data[lane * m.row_stride + p * m.col_stride] } else { T::ZERO };
            }
        }
    }
}
