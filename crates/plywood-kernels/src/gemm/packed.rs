//! Matrices laid out once for many products.

use super::operand::Side;
use super::tile::tile_size;
use super::{Operand, depth_block};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// Elements that a task packs at least, where there are so many.
const PIECE: usize = 1 << 14;

/// A matrix in the micro-kernel's own layout, for an operand that is used again and again: recurrent weights over the time
/// steps, the gradients of gates in two products.
#[derive(Debug)]
pub struct Packed<T> {
    data: Scratch<T>,
    side: Side,
    layout: Layout,
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
        let layout = Layout::new::<T>(&operand, side);
        let mut data = Scratch::take(layout.len());
        layout.fill(&operand, side, &mut data);
        Self { data, side, layout }
    }

    /// Lanes and depth.
    pub(super) fn size(&self, side: Side) -> (usize, usize) {
        assert_eq!(side, self.side, "side of a product that a packed operand stands on");
        (self.layout.lanes, self.layout.depth)
    }

    pub(super) fn panels(&self) -> Panels<'_, T> {
        Panels { data: &self.data, layout: self.layout }
    }
}

/// Panels of `width` lanes, the depth cut into blocks: `[depth block][panel][depth in the block][width]`, so that the
/// panels of one block, which are worked through together, lie together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) lanes: usize,
    pub(crate) depth: usize,
    pub(crate) width: usize,
    pub(crate) block: usize,
}

impl Layout {
    pub(super) fn new<T: Scalar>(operand: &Operand<'_, T>, side: Side) -> Self {
        let (lanes, depth) = operand.size(side);
        let tile = tile_size(T::ZERO);
        let width = match side {
            Side::Left => tile.panel(lanes, usize::MAX),
            Side::Right => tile.columns(),
        };
        Self { lanes, depth, width, block: depth_block(depth) }
    }

    fn panel_count(self) -> usize {
        self.lanes.div_ceil(self.width)
    }

    pub(super) fn len(self) -> usize {
        self.panel_count() * self.width * self.depth
    }

    /// Where the panel begins that holds lane `lane`, the first of a panel, in the depth block that begins at `depth`.
    fn at(self, lane: usize, depth: usize) -> usize {
        let block = self.block.min(self.depth - depth);
        depth * self.panel_count() * self.width + lane * block
    }

    /// Packs all of an operand.
    pub(super) fn fill<T: Scalar>(self, operand: &Operand<'_, T>, side: Side, out: &mut [T]) {
        let ragged = self.panel_count() * self.width;
        let (mut rest, mut pieces) = (&mut out[..self.len()], Vec::new());
        for from in (0..self.depth).step_by(self.block.max(1)) {
            let depth = from..self.depth.min(from + self.block);
            let block;
            (block, rest) = rest.split_at_mut(depth.len() * ragged);
            // Some panels at a time: one alone may be a fraction of a microsecond's work.
            let together = (PIECE / (depth.len() * self.width)).max(1) * self.width;
            for (i, out) in block.chunks_mut(together * depth.len()).enumerate() {
                pieces.push((i * together..self.lanes.min((i + 1) * together), depth.clone(), out));
            }
        }
        // What an operand has a way of its own to find costs more than what stands there.
        let each = if let Operand::Packer(_) = operand { 4 } else { 1 };
        let cost = each * self.len() / pieces.len().max(1);
        par::each(pieces, cost, |(lanes, depth, out)| operand.pack(side, lanes, depth, self.width, out));
    }
}

/// A packed operand, wherever its memory comes from.
#[derive(Clone, Copy)]
pub(crate) struct Panels<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) layout: Layout,
}

impl<'a, T: Scalar> Panels<'a, T> {
    /// An operand packed into working memory, for this product only.
    pub(crate) fn temporary(operand: &Operand<'_, T>, side: Side, memory: &'a mut Option<Scratch<T>>) -> Self {
        let layout = Layout::new(operand, side);
        let memory = memory.insert(Scratch::take(layout.len()));
        layout.fill(operand, side, memory);
        Self { data: memory, layout }
    }

    /// The panel that holds lane `lane`, the first of a panel, in the depth block that begins at `depth`.
    pub(crate) fn panel(&self, lane: usize, depth: usize) -> &'a [T] {
        &self.data[self.layout.at(lane, depth)..]
    }

    /// The distance from one panel to the next in the depth block that begins at `depth`.
    pub(crate) fn step(&self, depth: usize) -> usize {
        self.layout.block.min(self.layout.depth - depth) * self.layout.width
    }
}
