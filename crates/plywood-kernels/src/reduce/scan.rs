//! Running sums along a dimension.

use super::AxisDims;
use crate::{Scalar, par};

monomorphic! {
    /// Running sums; from the far end with `reverse`, which is the adjoint.
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn cumsum<T: Scalar>(dims: &AxisDims, reverse: bool, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), dims.len(), "cumsum: input length");
        assert_eq!(y.len(), dims.len(), "cumsum: output length");
        if y.is_empty() {
            return;
        }
        let AxisDims { n, inner, .. } = *dims;
        let band = n * inner;
        let bands = par::block_len(band);
        par::chunks_mut(y, bands * band, 1, |block, y| {
            let x = &x[block * bands * band..][..y.len()];
            for (x, y) in x.chunks_exact(band).zip(y.chunks_exact_mut(band)) {
                y.copy_from_slice(x);
                for k in 1..n {
                    // Each line of `inner` values takes up the one before it.
                    let (done, next) = if reverse {
                        let (front, back) = y.split_at_mut((n - k) * inner);
                        (&back[..inner], &mut front[(n - k - 1) * inner..])
                    } else {
                        let (front, back) = y.split_at_mut(k * inner);
                        (&front[(k - 1) * inner..], &mut back[..inner])
                    };
                    next.iter_mut().zip(done).for_each(|(next, &done)| *next += done);
                }
            }
        });
    }
}
