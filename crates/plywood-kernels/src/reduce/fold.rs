//! The one pass that all reductions are made of.
//!
//! A fold maps each value and joins what comes out. The innermost group of dimensions is either reduced, and then rows
//! are folded with several running results side by side, or kept, and then rows are joined value by value. What is left
//! of the outer groups is joined in double precision.

use super::ReduceDims;
use crate::math::{self, pick};
use crate::{Scalar, dispatch, isa::Isa, par};

/// Values that are joined in a chain in the type itself before the result is carried on in double precision.
const CHAIN: usize = 16;
/// Results of a row that are kept side by side: enough to hide the latency of an addition.
const LANES: usize = 32;
/// Columns that are folded at a time, so that their results stay in the first cache.
const COLUMNS: usize = 512;

/// A fold with its parameter.
pub(super) struct Fold<T: 'static> {
    row: &'static Row<T>,
    p: T,
}

/// One fold for one type.
struct Row<T> {
    identity: f64,
    join: fn(f64, f64) -> f64,
    rows: fn(T, usize, &[T], &[T], &mut [f64]),
    columns: fn(T, &[T], &[T], &mut [T]),
}

/// What a row of the table consists of.
trait Formula {
    const IDENTITY: f64;
    fn map<I: Isa, T: Scalar>(p: T, shift: T, x: T) -> T;
    fn join<T: Scalar>(a: T, b: T) -> T;
}

impl<T: Scalar> Row<T> {
    const fn of<F: Formula>() -> &'static Self {
        const {
            &Self {
                identity: F::IDENTITY,
                join: F::join::<f64>,
                rows: fold_rows::<T, F>,
                columns: fold_columns::<T, F>,
            }
        }
    }
}

dispatch! {
    /// One result a row of `len` values, joined to what is there; `shift` has a value a row, or none.
    fn fold_rows<I: Isa, T: Scalar, F: Formula>(p: T, len: usize, x: &[T], shift: &[T], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            let shift = if shift.is_empty() { T::ZERO } else { shift[i] };
            let (lanes, rest) = x[i * len..(i + 1) * len].as_chunks::<LANES>();
            let mut total = *out;
            if !lanes.is_empty() {
                let mut wide = [F::IDENTITY; LANES];
                for block in lanes.chunks(CHAIN) {
                    let mut partial = [T::from_f64(F::IDENTITY); LANES];
                    for values in block {
                        for (partial, &x) in partial.iter_mut().zip(values) {
                            *partial = F::join(*partial, F::map::<I, T>(p, shift, x));
                        }
                    }
                    for (wide, partial) in wide.iter_mut().zip(partial) {
                        *wide = F::join(*wide, partial.to_f64());
                    }
                }
                total = wide.into_iter().fold(total, F::join);
            }
            for &x in rest {
                total = F::join(total, F::map::<I, T>(p, shift, x).to_f64());
            }
            *out = total;
        }
    }
}

dispatch! {
    /// Joins one row to the running results, value by value; `shift` has a value a column, or none.
    fn fold_columns<I: Isa, T: Scalar, F: Formula>(p: T, x: &[T], shift: &[T], out: &mut [T]) {
        if shift.is_empty() {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = F::join(*out, F::map::<I, T>(p, T::ZERO, x));
            }
        } else {
            for ((out, &x), &shift) in out.iter_mut().zip(x).zip(shift) {
                *out = F::join(*out, F::map::<I, T>(p, shift, x));
            }
        }
    }
}

impl<T: Scalar> Fold<T> {
    /// Folds `x` over the reduced dimensions; `shift`, where there is one, has a value a result and is what the map
    /// takes off. `finish` turns a total into the result.
    pub(super) fn run(
        &self,
        dims: &ReduceDims,
        x: &[T],
        shift: Option<&[T]>,
        y: &mut [T],
        finish: impl Fn(f64) -> f64 + Sync + Send,
    ) {
        assert_eq!(x.len(), dims.input(), "reduction: input length");
        assert_eq!(y.len(), dims.output(), "reduction: output length");
        let shift = shift.unwrap_or(&[]);
        if x.is_empty() || dims.groups().is_empty() {
            let total = x.first().map_or(self.row.identity, |&x| self.one(x, shift));
            y.fill(T::from_f64(finish(total)));
            return;
        }
        let totals = match dims.groups()[dims.groups().len() - 1] {
            (len, true) => self.rows(dims, len, x, shift),
            (width, false) => self.columns(dims, width, x, shift),
        };
        y.iter_mut().zip(totals).for_each(|(y, total)| *y = T::from_f64(finish(total)));
    }

    /// The fold of a single value.
    fn one(&self, x: T, shift: &[T]) -> f64 {
        let mut out = [self.row.identity];
        (self.row.rows)(self.p, 1, &[x], shift, &mut out);
        out[0]
    }

    /// Totals where the innermost dimensions are reduced: `x` is rows of `len` values.
    fn rows(&self, dims: &ReduceDims, len: usize, x: &[T], shift: &[T]) -> Vec<f64> {
        let outer = dims.without_last();
        let rows = x.len() / len;
        let shifts = |row: usize| if shift.is_empty() { shift } else { &shift[outer.place(row)..][..1] };
        // Long rows are cut up, short ones are bundled.
        let pieces = len.div_ceil(par::block_len(1));
        if pieces > 1 {
            let piece = len.div_ceil(pieces).next_multiple_of(CHAIN * LANES);
            let pieces = len.div_ceil(piece);
            let parts = par::map(rows * pieces, piece, |i| {
                let (row, part) = (i / pieces, i % pieces);
                let x = &x[row * len..(row + 1) * len][part * piece..];
                let x = &x[..x.len().min(piece)];
                let mut out = [self.row.identity];
                (self.row.rows)(self.p, x.len(), x, shifts(row), &mut out);
                out[0]
            });
            let totals = parts.chunks(pieces).map(|parts| parts.iter().copied().fold(self.row.identity, self.row.join));
            return self.join_outer(outer, totals.collect());
        }
        let mut totals = vec![self.row.identity; rows];
        let bundle = par::block_len(len);
        par::chunks_mut(&mut totals, bundle, len, |i, totals| {
            let (first, x) = (i * bundle, &x[i * bundle * len..]);
            if shift.is_empty() {
                (self.row.rows)(self.p, len, &x[..totals.len() * len], shift, totals);
            } else {
                for (j, (total, x)) in totals.iter_mut().zip(x.chunks_exact(len)).enumerate() {
                    (self.row.rows)(self.p, len, x, shifts(first + j), std::slice::from_mut(total));
                }
            }
        });
        self.join_outer(outer, totals)
    }

    /// Totals where the innermost dimensions are kept: `x` is `[outer, len, width]`, of which `len` is reduced.
    fn columns(&self, dims: &ReduceDims, width: usize, x: &[T], shift: &[T]) -> Vec<f64> {
        let inner = dims.without_last();
        let len = inner.groups().last().map_or(1, |g| g.0);
        let outer = inner.without_last();
        let bands = x.len() / (len * width);
        // So many rows of a band make up a block; a wide band is cut into stripes of columns as well.
        let rows = par::block_len(width.min(COLUMNS)).min(len);
        let (pieces, stripes) = (len.div_ceil(rows), width.div_ceil(COLUMNS));
        let parts = par::map(bands * pieces * stripes, rows * width.min(COLUMNS), |i| {
            let (band, piece, stripe) = (i / stripes / pieces, i / stripes % pieces, i % stripes);
            let columns = stripe * COLUMNS..width.min((stripe + 1) * COLUMNS);
            let shift =
                if shift.is_empty() { shift } else { &shift[outer.place(band) * width..][..width][columns.clone()] };
            let x = &x[band * len * width..][..len * width];
            let x = &x[piece * rows * width..len.min((piece + 1) * rows) * width];
            self.stripe(x, width, columns, shift)
        });
        let mut totals = vec![self.row.identity; bands * width];
        for (i, part) in parts.into_iter().enumerate() {
            let at = i / stripes / pieces * width + i % stripes * COLUMNS;
            for (total, part) in totals[at..].iter_mut().zip(part) {
                *total = (self.row.join)(*total, part);
            }
        }
        let mut kept = outer;
        kept.push_kept(width);
        self.join_outer(kept, totals)
    }

    /// The totals of some columns of rows that are `width` wide.
    fn stripe(&self, x: &[T], width: usize, columns: std::ops::Range<usize>, shift: &[T]) -> Vec<f64> {
        // Narrow rows are joined several at a time, as one row, or the calls would cost more than the work.
        let n = columns.len();
        let bundle = if n == width { COLUMNS / n } else { 1 };
        let (mut partial, mut shifts) = ([T::ZERO; COLUMNS], [T::ZERO; COLUMNS]);
        let partial = &mut partial[..n * bundle];
        if !shift.is_empty() {
            shifts[..n * bundle].chunks_exact_mut(n).for_each(|part| part.copy_from_slice(shift));
        }
        let mut totals = vec![self.row.identity; n];
        for block in x.chunks(width * bundle * CHAIN) {
            partial.fill(T::from_f64(self.row.identity));
            for rows in block.chunks(width * bundle) {
                let rows = if bundle == 1 { &rows[columns.clone()] } else { rows };
                let shift = if shift.is_empty() { shift } else { &shifts[..rows.len()] };
                (self.row.columns)(self.p, rows, shift, partial);
            }
            for row in partial.chunks_exact(n) {
                for (total, partial) in totals.iter_mut().zip(row) {
                    *total = (self.row.join)(*total, partial.to_f64());
                }
            }
        }
        totals
    }

    /// Joins totals over the dimensions that are still to be reduced.
    fn join_outer(&self, dims: ReduceDims, totals: Vec<f64>) -> Vec<f64> {
        if dims.reduced() == 1 {
            return totals;
        }
        let mut out = vec![self.row.identity; dims.output()];
        for (i, total) in totals.into_iter().enumerate() {
            let out = &mut out[dims.place(i)];
            *out = (self.row.join)(*out, total);
        }
        out
    }
}

macro_rules! table {
    ($(
        $(#[$doc:meta])*
        $name:ident($($p:ident)?) identity $identity:expr, map |$shift:ident, $x:ident| $map:expr, join $join:ident;
    )*) => { $(
        #[allow(non_camel_case_types)]
        struct $name {}

        impl Formula for $name {
            const IDENTITY: f64 = $identity;
            #[inline(always)]
            fn map<I: Isa, T: Scalar>(p: T, $shift: T, $x: T) -> T {
                let _ = (p, $shift);
                $(let $p = p;)?
                $map
            }
            #[inline(always)]
            fn join<T: Scalar>(a: T, b: T) -> T {
                $join(a, b)
            }
        }

        $(#[$doc])*
        pub(super) fn $name<T: Scalar>($($p: T)?) -> Fold<T> {
            let [p, ..] = [$($p,)? T::ZERO];
            Fold { row: Row::of::<$name>(), p }
        }
    )* };
}

table! {
    /// Σ x.
    sum() identity 0.0, map |_shift, x| x, join plus;
    /// Σ (x - shift)².
    squares() identity 0.0, map |shift, x| (x - shift) * (x - shift), join plus;
    /// Σ |x|.
    magnitudes() identity 0.0, map |_shift, x| x.abs(), join plus;
    /// Σ |x|^p.
    powers(p) identity 0.0, map |_shift, x| math::pow::<I, T>(x.abs(), p), join plus;
    /// How many aren't 0.
    nonzeros() identity 0.0, map |_shift, x| pick(x == T::ZERO, T::ZERO, T::ONE), join plus;
    /// Σ e^(x - shift).
    exponentials() identity 0.0, map |shift, x| math::exp::<I, T>(x - shift), join plus;
    /// Π x.
    product() identity 1.0, map |_shift, x| x, join times;
    /// max x.
    greatest() identity f64::NEG_INFINITY, map |_shift, x| x, join greater;
    /// min x.
    least() identity f64::INFINITY, map |_shift, x| x, join lesser;
    /// max |x|.
    greatest_magnitude() identity 0.0, map |_shift, x| x.abs(), join greater;
    /// min |x|.
    least_magnitude() identity f64::INFINITY, map |_shift, x| x.abs(), join lesser;
}

#[inline(always)]
fn plus<T: Scalar>(a: T, b: T) -> T {
    a + b
}

#[inline(always)]
fn times<T: Scalar>(a: T, b: T) -> T {
    a * b
}

/// The greater, NaN if one is.
#[inline(always)]
fn greater<T: Scalar>(a: T, b: T) -> T {
    pick(a >= b || a.is_nan(), a, b)
}

/// The lesser, NaN if one is.
#[inline(always)]
fn lesser<T: Scalar>(a: T, b: T) -> T {
    pick(a <= b || a.is_nan(), a, b)
}
