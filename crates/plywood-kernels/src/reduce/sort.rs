//! Sorting along a dimension.

use std::cmp::Ordering;

use super::AxisDims;
use crate::{Scalar, par};

monomorphic! {
    /// Values in ascending (or descending) order along a dimension, and the indices they come from. Equal values keep their
    /// order; NaN counts as the greatest.
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn sort<T: Scalar>(dims: &AxisDims, descending: bool, x: &[T], values: &mut [T], indices: &mut [i64]) {
        top_k(dims, dims.n, descending, x, values, indices);
    }
}

monomorphic! {
    /// The first `k` of [`sort`]: the `k` least values along a dimension, or the greatest with `descending`. `values` and
    /// `indices` are `[outer, k, inner]`.
    ///
    /// # Panics
    /// Where a length doesn't fit, or `k` is greater than the extent.
    pub fn top_k<T: Scalar>(
        dims: &AxisDims,
        k: usize,
        descending: bool,
        x: &[T],
        values: &mut [T],
        indices: &mut [i64],
    ) {
        let AxisDims { outer, n, inner } = *dims;
        assert_eq!(x.len(), dims.len(), "sort: input length");
        assert!(k <= n, "sort: more values wanted than there are");
        assert_eq!(values.len(), outer * k * inner, "sort: output length");
        assert_eq!(indices.len(), values.len(), "sort: as many indices as values");
        if values.is_empty() {
            return;
        }
        let order = |a: T, b: T| {
            let ascending = a.partial_cmp(&b).unwrap_or_else(|| match (a.is_nan(), b.is_nan()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                _ => Ordering::Less,
            });
            if descending { ascending.reverse() } else { ascending }
        };
        let cost = n * (usize::BITS - n.leading_zeros()) as usize * 4;
        par::chunks_mut(indices, k * inner, cost / k + 1, |band, indices| {
            let x = &x[band * n * inner..][..n * inner];
            let mut line: Vec<usize> = Vec::with_capacity(n);
            for j in 0..inner {
                line.clear();
                line.extend(0..n);
                let by_value = |a: &usize, b: &usize| order(x[a * inner + j], x[b * inner + j]).then(a.cmp(b));
                if k < n {
                    line.select_nth_unstable_by(k, by_value);
                    line.truncate(k);
                }
                line.sort_unstable_by(by_value);
                line.iter().enumerate().for_each(|(i, &at)| indices[i * inner + j] = at as i64);
            }
        });
        for (i, (value, &index)) in values.iter_mut().zip(&*indices).enumerate() {
            *value = x[(i / (k * inner) * n + index as usize) * inner + i % inner];
        }
    }
}
