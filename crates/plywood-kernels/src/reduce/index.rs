//! Where the extrema are.

use super::AxisDims;
use crate::{Scalar, par};

monomorphic! {
    /// The index of the first greatest value of each line along a dimension; NaN counts as the greatest.
    ///
    /// # Panics
    /// Where a length doesn't fit, or lines are empty.
    pub fn argmax<T: Scalar>(dims: &AxisDims, x: &[T], out: &mut [i64]) {
        search(dims, x, out, |x, best| x > best);
    }
}

monomorphic! {
    /// The index of the first least value of each line along a dimension; NaN counts as the least.
    ///
    /// # Panics
    /// Where a length doesn't fit, or lines are empty.
    pub fn argmin<T: Scalar>(dims: &AxisDims, x: &[T], out: &mut [i64]) {
        search(dims, x, out, |x, best| x < best);
    }
}

fn search<T: Scalar>(dims: &AxisDims, x: &[T], out: &mut [i64], better: impl Fn(T, T) -> bool + Sync + Send) {
    assert_eq!(x.len(), dims.len(), "index of extremum: input length");
    assert_eq!(out.len(), dims.lines(), "index of extremum: output length");
    assert!(dims.n > 0 || out.is_empty(), "index of extremum: a line without values");
    let AxisDims { n, inner, .. } = *dims;
    let len = par::block_len(n);
    par::chunks_mut(out, len, n, |block, out| {
        for (i, out) in out.iter_mut().enumerate() {
            let line = block * len + i;
            let first = line / inner * n * inner + line % inner;
            let (mut best, mut at) = (x[first], 0);
            for k in 1..n {
                let x = x[first + k * inner];
                if better(x, best) || (x.is_nan() && !best.is_nan()) {
                    (best, at) = (x, k);
                }
            }
            *out = at as i64;
        }
    });
}
