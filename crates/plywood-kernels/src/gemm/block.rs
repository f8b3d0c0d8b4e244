//! The cache-blocked loops around the micro-kernel, on one thread.
//!
//! After Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), and BLIS: a block of the
//! depth at a time, of which a panel of `B` stays in the first-level cache while panels of `A` stream past it from the
//! second level.

use std::ops::Range;

use super::operand::Side;
use super::packed::Panels;
use super::tile::{Finish, Sweep, TileSize, sweep_even, tile_size};
use super::{Activation, Bias, Epilogue, MatRef, Operand};
use crate::Scalar;
use crate::scratch::Scratch;

/// Longest block of the depth: a panel of `B` and one of `A` (AVX2: 288 × 16 and 288 × 6 `f32`) fill most of a
/// first-level cache of 32 KiB.
pub(crate) const DEPTH: usize = 288;

/// Bytes of `A` that are worked through together, to stay in the second-level cache.
pub(crate) const LEFT_BYTES: usize = 192 << 10;

/// Bytes of `B` that a task packs at a time.
const RIGHT_BYTES: usize = 160 << 10;

/// The depth is cut into the fewest blocks of at most [`DEPTH`], all but the last of this length.
pub(super) fn depth_block(depth: usize) -> usize {
    depth.div_ceil(depth.div_ceil(DEPTH).max(1)).max(1)
}

/// How many columns of `B` a task should take at most.
pub(super) fn column_block<T>(depth: usize, tile: TileSize) -> usize {
    let columns = RIGHT_BYTES / (depth_block(depth) * size_of::<T>());
    (columns / tile.columns()).max(1) * tile.columns()
}

/// An operand as the loops use it.
#[derive(Clone, Copy)]
pub(super) enum Source<'a, T> {
    /// Where it stands; a right operand must have adjacent columns, and its ragged edge is packed.
    Direct(MatRef<'a, T>),
    /// Packed already.
    Panels(Panels<'a, T>),
    /// To be packed block by block (right operands only).
    Pack(&'a Operand<'a, T>),
}

/// A place in memory that several tasks write disjoint parts of.
#[derive(Clone, Copy)]
pub(crate) struct Place<T> {
    pub(crate) data: *mut T,
    pub(crate) row_stride: usize,
}

impl<T> Place<T> {
    /// The address `by` elements further on.
    pub(crate) fn at(self, by: usize) -> *mut T {
        self.data.wrapping_add(by)
    }
}

// SAFETY: a `Place` is only an address; `product` asks its callers to keep tasks apart.
unsafe impl<T: Send> Send for Place<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Place<T> {}

/// Computes the block `rows × columns` of `C` over the whole of `depth`.
///
/// `rows` and `columns` begin at multiples of the panels' widths.
///
/// # Safety
/// `c` is good for reading and writing the block, and no one else touches it meanwhile. The sources hold these rows,
/// columns and depths.
#[inline(never)]
pub(super) unsafe fn product<T: Scalar>(
    a: Source<'_, T>,
    b: Source<'_, T>,
    c: Place<T>,
    rows: Range<usize>,
    columns: Range<usize>,
    depth: Range<usize>,
    epilogue: &Epilogue<'_, T>,
) {
    let tile = tile_size(T::ZERO);
    let width = match a {
        Source::Panels(p) => p.layout.width,
        _ => tile.panel(rows.len(), columns.len()),
    };
    let block = depth_block(depth.len());
    // A tile reads whole vectors of `B`; where the columns end within one, the last panel is padded with zeros.
    let ragged = match b {
        Source::Pack(_) => columns.start,
        Source::Direct(_) if !columns.len().is_multiple_of(tile.lanes) => columns.end - columns.len() % tile.columns(),
        _ => columns.end,
    };
    let mut packed = Scratch::take((columns.end - ragged).next_multiple_of(tile.columns()) * block);
    let a_step = if let Source::Direct(m) = a { m.col_stride } else { width };
    let row_block = (LEFT_BYTES / (block * size_of::<T>()) / width).max(1) * width;
    for from in depth.clone().step_by(block) {
        let to = depth.end.min(from + block);
        let unpacked = match b {
            Source::Pack(operand) => Some(*operand),
            Source::Direct(m) => Some(m.into()),
            Source::Panels(_) => None,
        };
        if let Some(operand) = unpacked {
            operand.pack(Side::Right, ragged..columns.end, from..to, tile.columns(), &mut packed);
        }
        let (first, last) = (from == depth.start, to == depth.end);
        for top in rows.clone().step_by(row_block) {
            for left in columns.clone().step_by(tile.columns()) {
                let here = left..columns.end.min(left + tile.columns());
                let (b, b_step) = match b {
                    _ if left >= ragged => (packed[(left - ragged) * (to - from)..].as_ptr(), tile.columns()),
                    Source::Panels(p) => (p.panel(left, from).as_ptr(), tile.columns()),
                    Source::Direct(m) => (m.data[from * m.row_stride + left..].as_ptr(), m.row_stride),
                    Source::Pack(_) => unreachable!("all columns are packed"),
                };
                let second = |p: *const T| p.wrapping_add(tile.lanes);
                let none = std::ptr::null();
                let (row_bias, column_bias) = match epilogue.bias {
                    Bias::PerRow(bias) if last => (bias[top..].as_ptr(), [none; 2]),
                    Bias::PerColumn(bias) if last => (none, [bias[left..].as_ptr(), second(bias[left..].as_ptr())]),
                    _ => (none, [none; 2]),
                };
                // SAFETY: the block of `C` is the caller's.
                let at = unsafe { c.data.add(top * c.row_stride + left) };
                let mut job = Sweep {
                    a: std::ptr::null(),
                    a_row: 1,
                    a_panel: 0,
                    rows: row_block.min(rows.end - top),
                    width,
                    depth: to - from,
                    steps: std::ptr::null(),
                    b: [b, second(b)],
                    c: [at, at.wrapping_add(tile.lanes)],
                    c_row: c.row_stride,
                    columns: [here.len().min(tile.lanes), here.len().saturating_sub(tile.lanes)],
                    finish: Finish {
                        accumulate: !first || epilogue.accumulate,
                        relu: last && epilogue.activation == Activation::Relu,
                        row_bias,
                        column_bias,
                    },
                };
                match a {
                    Source::Panels(p) => (job.a, job.a_panel) = (p.panel(top, from).as_ptr(), p.step(from)),
                    Source::Direct(m) => {
                        job.a = m.data[top * m.row_stride + from * m.col_stride..].as_ptr();
                        (job.a_row, job.a_panel) = (m.row_stride, width * m.row_stride);
                    }
                    Source::Pack(_) => unreachable!("left operands are packed as a whole"),
                }
                sweep_even(&job, [a_step, b_step]);
            }
        }
    }
}
