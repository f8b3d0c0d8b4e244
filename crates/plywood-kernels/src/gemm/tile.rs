//! The micro-kernel: a tile of `C` that stays in registers while the depth goes by.
//!
//! A tile is `R` rows by `N` vectors of `C`. Each step of the depth loads `N` vectors of `B`, broadcasts `R` numbers of
//! `A` and does `R·N` fused multiply-adds. AVX2 has room for 6×2 vectors, AVX-512 for 14×2; each number of rows up to
//! that has its own copy of the loop, so a ragged edge runs no slower path.
//!
//! There are two loops. One goes from depth to depth at even strides, which serves packed panels and matrices where they
//! stand. The other reads from a table where the next depth's numbers lie, which serves the patches of an image. In quiet
//! hours of a shared machine both wait for the multiplying units alone; in others the loop without a table loses less.

use std::mem::MaybeUninit;

use crate::isa::Isa;
use crate::simd::Vector;
use crate::{Scalar, dispatch};

/// How far the numbers of `A` and the vectors of `B` at some depth are from those at depth 0.
pub(crate) type Step = [u32; 2];

/// What is done with the sums before they are written: [`super::Epilogue`] seen from one column of tiles.
#[derive(Clone, Copy)]
pub(crate) struct Finish<T> {
    pub(crate) accumulate: bool,
    pub(crate) relu: bool,
    /// A bias for each row from the first on, or null.
    pub(crate) row_bias: *const T,
    /// A bias for each column of the two vectors, or null.
    pub(crate) column_bias: [*const T; 2],
}

/// One column of tiles: some rows of `A` times one or two vectors of columns of `B`.
pub(crate) struct Sweep<T> {
    /// The first number of the first panel of `A`, the distance of the next row's, and of the next panel's.
    pub(crate) a: *const T,
    pub(crate) a_row: usize,
    pub(crate) a_panel: usize,
    /// Rows in all, and in each panel but the last.
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// The depth, and a step for each where the strides aren't even.
    pub(crate) depth: usize,
    pub(crate) steps: *const Step,
    /// The vectors of `B` at depth 0.
    pub(crate) b: [*const T; 2],
    /// Their place in the first row of `C`, and the distance of the next row.
    pub(crate) c: [*mut T; 2],
    pub(crate) c_row: usize,
    /// How many columns of each vector exist in `C`; all lanes of `B` are read nevertheless. The second may be 0, and
    /// then the second vector is left alone.
    pub(crate) columns: [usize; 2],
    pub(crate) finish: Finish<T>,
}

/// The largest tile, AVX-512's for `f32`.
const MOST_ROWS: usize = 14;
const MOST_COLUMNS: usize = 32;

/// Rows of the highest tile of one vector: those of two vectors, or the eight with which no unit waits for another.
const fn most_rows_of_one(rows: usize) -> usize {
    if rows > 8 { rows } else { 8 }
}

/// A tile's sums on their way to an epilogue, rows [`MOST_COLUMNS`] apart.
type Buffer<T> = MaybeUninit<[T; MOST_ROWS * MOST_COLUMNS]>;

dispatch! {
    /// Computes a column of tiles.
    ///
    /// The caller promises that every pointer of `sweep` is good for what the fields say is read or written there.
    pub(crate) fn sweep<I: Isa, T: Scalar>(sweep: &Sweep<T>) {
        column::<I, T, false>(sweep, [0; 2]);
    }
}

dispatch! {
    /// As [`sweep`], at a distance of so many numbers of `A` and `B` from each depth to the next, without a table.
    pub(crate) fn sweep_even<I: Isa, T: Scalar>(sweep: &Sweep<T>, strides: [usize; 2]) {
        column::<I, T, true>(sweep, strides);
    }
}

#[inline(always)]
fn column<I: Isa, T: Scalar, const EVEN: bool>(s: &Sweep<T>, strides: [usize; 2]) {
    let two = s.columns[1] > 0;
    let whole = s.columns == [I::V::<T>::LANES, if two { I::V::<T>::LANES } else { 0 }];
    let direct = whole && !s.finish.relu && s.finish.row_bias.is_null() && s.finish.column_bias[0].is_null();
    let mut buffer = Buffer::uninit();
    let (mut a, mut row) = (s.a, 0);
    while row < s.rows {
        let rows = s.width.min(s.rows - row);
        let (c, c_row) = if direct {
            ([s.c[0].wrapping_add(row * s.c_row), s.c[1].wrapping_add(row * s.c_row)], s.c_row)
        } else {
            let buffer = buffer.as_mut_ptr().cast::<T>();
            ([buffer, buffer.wrapping_add(I::V::<T>::LANES)], MOST_COLUMNS)
        };
        let add = direct && s.finish.accumulate;
        macro_rules! by_rows {
            ($n:literal, $most:expr, $($r:literal)+) => {
                match rows {
                    $(
                        $r if const { $r <= $most } => {
                            // SAFETY: by the caller's promise; the dispatcher has checked the instruction set.
                            unsafe { tile::<I::V<T>, T, $r, $n, EVEN>(s, strides, a, c, c_row, add) }
                        }
                    )+
                    _ => unreachable!("a panel of {rows} rows is higher than the registers allow"),
                }
            };
        }
        if two {
            by_rows!(2, I::ACCUMULATORS / 2, 1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        } else {
            by_rows!(1, most_rows_of_one(I::ACCUMULATORS / 2), 1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        }
        if !direct {
            // SAFETY: by the caller's promise; the tile has been written to the buffer.
            unsafe { finish::<I::V<T>, T>(s, row, rows, &buffer) };
        }
        row += rows;
        a = a.wrapping_add(s.a_panel);
    }
}

/// Whether a tile is worth a loop for such operands alone: the large ones, which do almost all of the work.
const fn unrolled(rows: usize, vectors: usize) -> bool {
    vectors == 2 && rows >= 4
}

impl<T: Scalar> Sweep<T> {
    /// Whether the rows of `A` lie side by side and the vectors of `B` fill a packed panel: all distances but that of
    /// `A`'s next depth are known.
    #[inline(always)]
    fn panels<V: Vector<T>>(&self, strides: [usize; 2]) -> bool {
        self.a_row == 1 && strides[1] == 2 * V::LANES && self.b[1] == self.b[0].wrapping_add(V::LANES)
    }
}

/// # Safety
/// As [`sweep`]; `a` is the panel to be multiplied, of `R` rows, and `c` the places of its tile.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Plain loops, of which there is a copy for each size, compile faster.
unsafe fn tile<V: Vector<T>, T: Scalar, const R: usize, const N: usize, const EVEN: bool>(
    s: &Sweep<T>,
    strides: [usize; 2],
    a: *const T,
    c: [*mut T; 2],
    c_row: usize,
    add: bool,
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut sums = [[V::splat(T::ZERO); N]; R];
        macro_rules! step {
            ($a:expr, $row:expr, $b:expr) => {
                let mut b = [V::splat(T::ZERO); N];
                for j in 0..N {
                    b[j] = V::load($b[j]);
                }
                for i in 0..R {
                    let a = V::splat(*$a.add(i * $row));
                    for j in 0..N {
                        sums[i][j] = a.mul_add(b[j], sums[i][j]);
                    }
                }
            };
        }
        if !EVEN {
            for p in 0..s.depth {
                let [at_a, at_b] = *s.steps.add(p);
                let mut b = [V::splat(T::ZERO); N];
                for j in 0..N {
                    b[j] = V::load(s.b[j].add(at_b as usize));
                }
                for i in 0..R {
                    sums[i] = V::add_products(a.add(at_a as usize + i * s.a_row), b, sums[i]);
                }
            }
        } else if unrolled(R, N) && s.panels::<V>(strides) {
            let (mut a, mut b, next) = (a, s.b[0], strides[0]);
            let at = |b: *const T, p: usize| [b.add(2 * p * V::LANES), b.add((2 * p + 1) * V::LANES)];
            for _ in 0..s.depth / 4 {
                step!(a, 1, at(b, 0));
                step!(a.wrapping_add(next), 1, at(b, 1));
                step!(a.wrapping_add(2 * next), 1, at(b, 2));
                step!(a.wrapping_add(3 * next), 1, at(b, 3));
                (a, b) = (a.wrapping_add(4 * next), b.add(8 * V::LANES));
            }
            for _ in 0..s.depth % 4 {
                step!(a, 1, at(b, 0));
                (a, b) = (a.wrapping_add(next), b.add(2 * V::LANES));
            }
        } else {
            let (mut a, mut b) = (a, 0);
            for _ in 0..s.depth {
                step!(a, s.a_row, [s.b[0].wrapping_add(b), s.b[1].wrapping_add(b)]);
                (a, b) = (a.wrapping_add(strides[0]), b + strides[1]);
            }
        }
        for i in 0..R {
            for j in 0..N {
                let c = c[j].add(i * c_row);
                if add { sums[i][j].add(V::load(c)).store(c) } else { sums[i][j].store(c) }
            }
        }
    }
}

/// A vector of which the first `columns` numbers exist.
///
/// # Safety
/// They lie at `p`; for use within `dispatch!`.
#[inline(always)]
unsafe fn load<V: Vector<T>, T: Scalar>(p: *const T, columns: usize) -> V {
    // SAFETY: by the caller's promise.
    unsafe { if columns == V::LANES { V::load(p) } else { V::load_first(p, columns) } }
}

/// Sends a tile through the epilogue.
///
/// # Safety
/// As [`sweep`]; the buffer holds the sums of `rows` rows from `row` on.
#[inline(always)]
unsafe fn finish<V: Vector<T>, T: Scalar>(s: &Sweep<T>, row: usize, rows: usize, buffer: &Buffer<T>) {
    let f = &s.finish;
    // SAFETY: by the caller's promise; of columns that don't exist nothing is read or written.
    unsafe {
        for (j, &columns) in s.columns.iter().enumerate().filter(|&(_, &columns)| columns > 0) {
            let whole = columns == V::LANES;
            let bias = f.column_bias[j];
            let column_bias = if bias.is_null() { None } else { Some(load::<V, T>(bias, columns)) };
            for i in 0..rows {
                let c = s.c[j].add((row + i) * s.c_row);
                let mut sum = V::load(buffer.as_ptr().cast::<T>().add(i * MOST_COLUMNS + j * V::LANES));
                if f.accumulate {
                    sum = sum.add(load::<V, T>(c, columns));
                }
                if !f.row_bias.is_null() {
                    sum = sum.add(V::splat(*f.row_bias.add(row + i)));
                }
                if let Some(bias) = column_bias {
                    sum = sum.add(bias);
                }
                if f.relu {
                    sum = sum.relu();
                }
                if whole { sum.store(c) } else { sum.store_first(c, columns) }
            }
        }
    }
}

/// The sizes of a tile on this machine.
#[derive(Clone, Copy)]
pub(crate) struct TileSize {
    /// Numbers a vector.
    pub(crate) lanes: usize,
    /// Rows of the highest tile of two vectors.
    pub(crate) rows: usize,
}

impl TileSize {
    /// Columns of a full tile.
    pub(crate) fn columns(self) -> usize {
        2 * self.lanes
    }

    /// The height of panels that divides `rows` most evenly, for products of so many `columns`.
    pub(crate) fn panel(self, rows: usize, columns: usize) -> usize {
        let most = if columns > self.lanes { self.rows } else { most_rows_of_one(self.rows) };
        if rows <= most { rows.max(1) } else { rows.div_ceil(rows.div_ceil(most)) }
    }
}

dispatch! {
    /// The sizes of a tile of `T` on this machine.
    pub(crate) fn tile_size<I: Isa, T: Scalar>(_of: T) -> TileSize {
        TileSize { lanes: I::V::<T>::LANES, rows: I::ACCUMULATORS / 2 }
    }
}
