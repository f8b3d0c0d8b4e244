//! A bias along a dimension: `[outer, n, inner]` plus `[n]`.

use crate::reduce::{self, AxisDims, ReduceDims};
use crate::{Scalar, dispatch, par};

/// `y += bias`, in place; for a batch of rows `inner` is 1, for images the number of pixels.
///
/// # Panics
/// Where a length doesn't fit.
pub fn add<T: Scalar>(dims: &AxisDims, bias: &[T], y: &mut [T]) {
    assert_eq!(y.len(), dims.len(), "bias: input length");
    assert_eq!(bias.len(), dims.n, "bias: one value a channel");
    let band = dims.n * dims.inner;
    if y.is_empty() {
        return;
    }
    let len = par::block_len(band) * band;
    par::chunks_mut(y, len, 1, |_, y| add_bands::<T>(dims.inner, bias, y));
}

/// `db = Σ dy` over all but the dimension of the bias: the adjoint of [`add`].
///
/// # Panics
/// Where a length doesn't fit.
pub fn adjoint<T: Scalar>(dims: &AxisDims, dy: &[T], db: &mut [T]) {
    reduce::sum(&ReduceDims::new(&[dims.outer, dims.n, dims.inner], |d| d != 1), dy, db);
}

dispatch! {
    fn add_bands<I: Isa, T: Scalar>(inner: usize, bias: &[T], y: &mut [T]) {
        for band in y.chunks_exact_mut(bias.len() * inner) {
            if inner == 1 {
                band.iter_mut().zip(bias).for_each(|(y, &b)| *y += b);
            } else {
                for (row, &b) in band.chunks_exact_mut(inner).zip(bias) {
                    row.iter_mut().for_each(|y| *y += b);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_and_sums_along_its_dimension() {
        for (outer, n, inner) in [(3, 4, 1), (2, 3, 5), (1, 1, 1), (0, 2, 2), (200, 30, 40)] {
            let dims = AxisDims { outer, n, inner };
            let bias: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let mut y = vec![0.5f32; dims.len()];
            add(&dims, &bias, &mut y);
            assert!(y.iter().enumerate().all(|(i, &y)| y == 0.5 + (i / inner % n) as f32));
            let mut db = vec![9.0; n];
            adjoint(&dims, &y, &mut db);
            let truth = |i: usize| (outer * inner) as f32 * (0.5 + i as f32);
            assert!(db.iter().enumerate().all(|(i, &db)| db == truth(i)));
        }
    }
}
