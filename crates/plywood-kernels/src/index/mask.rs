//! By a mask or a rule on the position: fill, select, triangles, one-hot vectors.

use crate::Scalar;

/// `out = value` where the mask is set, `x` elsewhere; with a value of 0 it is its own adjoint.
///
/// # Panics
/// If lengths differ.
pub fn masked_fill<T: Copy>(x: &[T], mask: &[bool], value: T, out: &mut [T]) {
    assert_eq!([x.len(), mask.len()], [out.len(); 2], "lengths of input, mask and output");
    for (out, (&x, &masked)) in out.iter_mut().zip(x.iter().zip(mask)) {
        *out = if masked { value } else { x };
    }
}

/// The values where the mask is set, in order, one after the other.
///
/// # Panics
/// If lengths differ, or `out` isn't as long as the mask has set entries.
pub fn masked_select<T: Copy>(x: &[T], mask: &[bool], out: &mut [T]) {
    assert_eq!(x.len(), mask.len(), "lengths of input and mask");
    let mut selected = x.iter().zip(mask).filter(|&(_, &set)| set);
    for out in &mut *out {
        *out = *selected.next().expect("as many set entries as outputs").0;
    }
    assert!(selected.next().is_none(), "as many outputs as set entries");
}

monomorphic! {
    /// The adjoint of [`masked_select`]: `out` gets the values of `x` in order where the mask is set, 0 elsewhere.
    ///
    /// # Panics
    /// As [`masked_select`].
    pub fn masked_scatter<T: Scalar>(x: &[T], mask: &[bool], out: &mut [T]) {
        assert_eq!(out.len(), mask.len(), "lengths of output and mask");
        let mut values = x.iter();
        for (out, &set) in out.iter_mut().zip(mask) {
            *out = if set { *values.next().expect("as many values as set entries") } else { T::ZERO };
        }
        assert!(values.next().is_none(), "as many set entries as values");
    }
}

/// Which part of a matrix is kept, by the diagonal that it reaches: 0 is the main one, 1 the one above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// On and below the diagonal (`tril`).
    Lower(i64),
    /// On and above the diagonal (`triu`).
    Upper(i64),
}

monomorphic! {
    /// Keeps a triangle of each matrix of `x [batch, rows, columns]` and writes 0 elsewhere; its own adjoint.
    ///
    /// # Panics
    /// If lengths differ or aren't a multiple of a matrix.
    pub fn triangle<T: Scalar>(rows: usize, columns: usize, keep: Triangle, x: &[T], out: &mut [T]) {
        assert_eq!(x.len(), out.len(), "lengths of input and output");
        if out.is_empty() {
            return;
        }
        assert_eq!(x.len() % (rows * columns), 0, "whole matrices");
        for (i, (x, out)) in x.chunks_exact(columns).zip(out.chunks_exact_mut(columns)).enumerate() {
            let row = (i % rows) as i64;
            let column = |c: i64| c.clamp(0, columns as i64) as usize;
            let kept = match keep {
                Triangle::Lower(diagonal) => 0..column(row.saturating_add(diagonal).saturating_add(1)),
                Triangle::Upper(diagonal) => column(row.saturating_add(diagonal))..columns,
            };
            out.fill(T::ZERO);
            out[kept.clone()].copy_from_slice(&x[kept]);
        }
    }
}

/// Writes a row of `classes` zeros with a one at the index for each index; `out` is `[index, classes]`.
///
/// # Panics
/// If a length differs or an index lies outside of `0..classes`.
pub fn one_hot(index: &[i64], classes: usize, out: &mut [i64]) {
    assert_eq!(out.len(), index.len() * classes, "output length");
    out.fill(0);
    for (out, &i) in out.chunks_exact_mut(classes.max(1)).zip(index) {
        out[i as usize] = 1;
    }
}
