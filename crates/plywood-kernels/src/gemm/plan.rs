//! How a product is divided among threads, and which of its operands are packed.
//!
//! The division depends on the sizes alone, so that a result is the same to the bit for any number of threads.

use super::block::{Place, Source, column_block, product};
use super::operand::Side;
use super::packed::Panels;
use super::tile::{TileSize, tile_size};
use super::{Bias, Epilogue, MatMut, MatRef, Operand, gemv, portable};
use crate::isa::{self, Level};
use crate::scratch::Scratch;
use crate::{Scalar, par};

/// Multiply-adds below which a product stays on one thread: some 20 µs.
const MIN_PARALLEL: usize = 1 << 20;

/// Multiply-adds that make a task worth handing over.
const TASK: usize = 1 << 19;

/// Tasks that a product is divided into at most, unless its columns don't fit the cache.
const MOST_TASKS: usize = 16;

/// Rows with which a task does so much more than pack that other tasks may pack the same.
const TALL: usize = 96;

/// Elements of `A` that are packed at a time, so that the copy stays small.
pub(crate) const MOST_PACKED: usize = 1 << 22;

monomorphic! {
    /// `C = epilogue(A·B)`.
    pub(super) fn multiply<T: Scalar>(
        a: Operand<'_, T>,
        b: Operand<'_, T>,
        c: MatMut<'_, T>,
        epilogue: Epilogue<'_, T>,
    ) {
        let ((m, k), (n, depth)) = (a.size(Side::Left), b.size(Side::Right));
        assert_eq!(k, depth, "depth of the operands of a product");
        assert_eq!((m, n), (c.rows, c.cols), "size of the output of a product");
        match epilogue.bias {
            Bias::None => {}
            Bias::PerRow(bias) => assert_eq!(bias.len(), m, "length of a bias for each row"),
            Bias::PerColumn(bias) => assert_eq!(bias.len(), n, "length of a bias for each column"),
        }
        if m == 0 || n == 0 {
            return;
        }
        if k == 0 {
            return without_product(c, epilogue);
        }
        if let (Operand::Strided(a), Operand::Strided(b)) = (a, b) {
            if m == 1 || n == 1 {
                return gemv::multiply(a, b, c, &epilogue);
            }
            if isa::level() == Level::Portable {
                return portable::multiply(T::PRODUCT, a, b, c, epilogue);
            }
            if a.rows * a.cols > MOST_PACKED && packs_left(a, n, tile_size(T::ZERO)) {
                return by_rows(a, b, c, epilogue);
            }
        }
        divide(a, b, c, epilogue);
    }
}

/// The product of nothing: what the epilogue makes of zeros.
fn without_product<T: Scalar>(c: MatMut<'_, T>, epilogue: Epilogue<'_, T>) {
    for (i, row) in c.data.chunks_mut(c.row_stride.max(1)).take(c.rows).enumerate() {
        for (j, c) in row[..c.cols].iter_mut().enumerate() {
            *c = epilogue.apply(*c, T::ZERO, i, j);
        }
    }
}

/// Some rows at a time, so that the packed copy of a large `A` stays small.
fn by_rows<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>, epilogue: Epilogue<'_, T>) {
    let rows = (MOST_PACKED / a.cols).next_multiple_of(tile_size(T::ZERO).panel(a.rows, b.cols)).max(1);
    for top in (0..a.rows).step_by(rows) {
        let here = rows.min(a.rows - top);
        let part = MatRef::new(&a.data[top * a.row_stride..], here, a.cols, a.row_stride, a.col_stride);
        let out = MatMut::strided(&mut c.data[top * c.row_stride..], here, c.cols, c.row_stride);
        let bias = match epilogue.bias {
            Bias::PerRow(bias) => Bias::PerRow(&bias[top..top + here]),
            other => other,
        };
        divide(part.into(), b.into(), out, Epilogue { bias, ..epilogue });
    }
}

/// Whether copying `A` pays: each of its panels is used once for each panel of columns.
fn packs_left<T>(a: MatRef<'_, T>, n: usize, tile: TileSize) -> bool {
    n > 4 * tile.columns() && a.rows * a.cols * size_of::<T>() > 16 << 10
}

/// Whether copying `B` pays, or must be: the micro-kernel wants adjacent columns.
fn packs_right<T>(b: MatRef<'_, T>, m: usize, tile: TileSize) -> bool {
    let few_rows = m <= 2 * tile.rows;
    let small = b.rows * b.cols * size_of::<T>() <= 24 << 10;
    b.col_stride != 1 || !(few_rows || small)
}

fn divide<T: Scalar>(a: Operand<'_, T>, b: Operand<'_, T>, c: MatMut<'_, T>, epilogue: Epilogue<'_, T>) {
    let ((m, k), n) = (a.size(Side::Left), c.cols);
    let tile = tile_size(T::ZERO);
    let macs = m.saturating_mul(n).saturating_mul(k);
    // Panels are cut for any number of columns; rows that stay where they are, for these.
    let width = match &a {
        Operand::Packed(p) => p.panels().layout.width,
        Operand::Packer(_) => tile.panel(m, usize::MAX),
        Operand::Strided(_) => tile.panel(m, n),
    };
    let grid = Grid::new::<T>([m, n, k], macs, tile, width);
    if let (Operand::Strided(a), Operand::Strided(b)) = (a, b)
        && let Some(parts) = depth_parts(m, n, k, &grid)
    {
        return by_depth(a, b, c, epilogue, parts);
    }
    let [mut memory, mut more] = [None, None];
    let left = match &a {
        Operand::Packed(p) => Source::Panels(p.panels()),
        Operand::Strided(a) if !packs_left(*a, n, tile) => Source::Direct(*a),
        _ => Source::Panels(Panels::temporary(&a, Side::Left, &mut memory)),
    };
    let right = match &b {
        Operand::Packed(p) => Source::Panels(p.panels()),
        Operand::Strided(b) if !packs_right(*b, m, tile) => Source::Direct(*b),
        // What takes its time to pack isn't packed again by every block of rows.
        Operand::Packer(_) if grid.rows < m => Source::Panels(Panels::temporary(&b, Side::Right, &mut more)),
        _ => Source::Pack(&b),
    };
    let place = Place { data: c.data.as_mut_ptr(), row_stride: c.row_stride };
    par::for_each(grid.tasks(), macs / grid.tasks() / 16, |i| {
        let (rows, columns) = grid.task(i);
        // SAFETY: tasks cover disjoint blocks of `C`, whose bounds were checked when it was made.
        unsafe { product(left, right, place, rows, columns, 0..k, &epilogue) };
    });
}

/// The blocks of `C` that make up the tasks.
struct Grid {
    m: usize,
    n: usize,
    rows: usize,
    columns: usize,
    wanted: usize,
}

impl Grid {
    /// For rows in panels of `width`.
    fn new<T>([m, n, k]: [usize; 3], macs: usize, tile: TileSize, width: usize) -> Self {
        let wanted = if macs < MIN_PARALLEL { 1 } else { (macs / TASK).clamp(1, MOST_TASKS) };
        let most = column_block::<T>(k, tile);
        // Each task packs its own part of `B`. So columns are divided first; and rows only where there are enough of
        // them to make the packing small, or too few columns to go round.
        let across = n.div_ceil(most).max(wanted.min(n.div_ceil(2 * tile.columns())));
        let columns = n.div_ceil(across).next_multiple_of(tile.columns());
        let across = n.div_ceil(columns);
        let least = if across < 4 { 4 * width } else { TALL };
        let down = wanted.div_ceil(across).min(m / least).max(1);
        Self { m, n, rows: m.div_ceil(down).next_multiple_of(width), columns, wanted }
    }

    fn tasks(&self) -> usize {
        self.m.div_ceil(self.rows) * self.n.div_ceil(self.columns)
    }

    fn task(&self, i: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let across = self.n.div_ceil(self.columns);
        let (top, left) = (i / across * self.rows, i % across * self.columns);
        (top..self.m.min(top + self.rows), left..self.n.min(left + self.columns))
    }
}

/// Into how many parts the depth of a product is cut whose output has too few blocks to go round.
fn depth_parts(m: usize, n: usize, k: usize, grid: &Grid) -> Option<usize> {
    let parts = (grid.wanted / grid.tasks()).min(k / 1024);
    (parts >= 2 && m * n <= 1 << 18).then_some(parts)
}

/// Parts of the depth side by side, added up in their order.
fn by_depth<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>, epilogue: Epilogue<'_, T>, parts: usize) {
    let (m, n, k) = (a.rows, b.cols, a.cols);
    let len = k.div_ceil(parts);
    let mut sums = Scratch::take(parts * m * n);
    par::chunks_mut(&mut sums, m * n, len / 16 + 1, |i, out| {
        let (from, to) = ((i * len).min(k), ((i + 1) * len).min(k));
        if from == to {
            return out.fill(T::ZERO);
        }
        let a = MatRef::new(&a.data[from * a.col_stride..], m, to - from, a.row_stride, a.col_stride);
        let b = MatRef::new(&b.data[from * b.row_stride..], to - from, n, b.row_stride, b.col_stride);
        multiply(a.into(), b.into(), MatMut::row_major(out, m, n), Epilogue::WRITE);
    });
    let (first, rest) = sums.split_at_mut(m * n);
    for part in rest.chunks_exact(m * n) {
        first.iter_mut().zip(part).for_each(|(sum, &x)| *sum += x);
    }
    for (i, sums) in first.chunks_exact(n).enumerate() {
        let row = &mut c.data[i * c.row_stride..][..n];
        for (j, (c, &sum)) in row.iter_mut().zip(sums).enumerate() {
            *c = epilogue.apply(*c, sum, i, j);
        }
    }
}
