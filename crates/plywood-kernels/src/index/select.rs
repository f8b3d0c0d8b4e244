//! Whole slices by a list of indices, and its adjoint: `index_select` along any dimension, and embedding tables.

use crate::{Mismatch, Scalar, dispatch, par};

/// A tensor seen around one dimension, `[outer, len, inner]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectDims {
    /// Product of the extents before the dimension.
    pub outer: usize,
    /// Extent of the dimension.
    pub len: usize,
    /// Product of the extents after it.
    pub inner: usize,
}

impl SelectDims {
    /// A shape around its dimension `dim`.
    ///
    /// # Errors
    /// If there is no such dimension.
    pub fn new(shape: &[usize], dim: usize) -> Result<Self, Mismatch> {
        let Some(&len) = shape.get(dim) else {
            return Err(Mismatch::new("dimension", format_args!("less than {}", shape.len()), dim));
        };
        Ok(Self { outer: shape[..dim].iter().product(), len, inner: shape[dim + 1..].iter().product() })
    }

    fn input_len(&self) -> usize {
        self.outer * self.len * self.inner
    }
}

/// `out[o, i, ..] = x[o, index[i], ..]`: `x` is `[outer, len, inner]`, `out` is `[outer, index, inner]`.
///
/// # Panics
/// If a length differs or an index lies outside of `0..len`.
pub fn index_select<T: Copy + Send + Sync>(d: &SelectDims, x: &[T], index: &[i64], out: &mut [T]) {
    assert_eq!(x.len(), d.input_len(), "input length");
    assert_eq!(out.len(), d.outer * index.len() * d.inner, "output length");
    if out.is_empty() {
        return;
    }
    let block = par::block_len(d.inner);
    par::chunks_mut(out, block * d.inner, 1, |b, out| {
        for (slice, out) in out.chunks_exact_mut(d.inner).enumerate() {
            let (outer, i) = ((b * block + slice) / index.len(), (b * block + slice) % index.len());
            let at = place(d, outer, index[i]);
            out.copy_from_slice(&x[at..at + d.inner]);
        }
    });
}

#[inline(always)]
fn place(d: &SelectDims, outer: usize, index: i64) -> usize {
    let index = index as usize;
    assert!(index < d.len, "index {index} of {}", d.len);
    (outer * d.len + index) * d.inner
}

monomorphic! {
    /// The adjoint: `out[o, index[i], ..] += x[o, i, ..]`, where entries whose index is `skip` are left out (an embedding's
    /// padding); `out` is `[outer, len, inner]`.
    ///
    /// # Panics
    /// As [`index_select`].
    pub fn index_add<T: Scalar>(d: &SelectDims, x: &[T], index: &[i64], skip: Option<i64>, out: &mut [T]) {
        assert_eq!(out.len(), d.input_len(), "output length");
        assert_eq!(x.len(), d.outer * index.len() * d.inner, "input length");
        // Several entries may meet in one slice, so the split is by outer part or by column, never by index.
        let cost = (index.len() / d.len.max(1)).max(1);
        if d.outer > 1 {
            par::chunks_mut(out, d.len * d.inner, cost, |outer, out| {
                let x = &x[outer * index.len() * d.inner..][..index.len() * d.inner];
                for (x, &i) in x.chunks_exact(d.inner).zip(index).filter(|&(_, &i)| Some(i) != skip) {
                    let at = place(d, 0, i);
                    add(x, &mut out[at..at + d.inner]);
                }
            });
        } else {
            let rows = x.chunks_exact(d.inner).zip(index).filter(|&(_, &i)| Some(i) != skip);
            add_rows(rows.map(|(x, &i)| (x, i as usize)), d.inner, cost, out);
        }
    }
}

/// Adds rows of `width` values to those rows of `out` that they belong to. Several may meet in one, so threads share columns,
/// never rows; `cost` is the number of operations of one element of `out`.
pub(crate) fn add_rows<'a, T: Scalar>(
    rows: impl Iterator<Item = (&'a [T], usize)> + Clone + Send + Sync,
    width: usize,
    cost: usize,
    out: &mut [T],
) {
    const COLUMNS: usize = 64;
    par::columns_mut(out, width, COLUMNS, cost, |block, mut out| {
        for (row, to) in rows.clone() {
            let out = out.row(to);
            add(&row[block * COLUMNS..][..out.len()], out);
        }
    });
}

dispatch! {
    fn add<I: Isa, T: Scalar>(x: &[T], out: &mut [T]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out += x;
        }
    }
}
