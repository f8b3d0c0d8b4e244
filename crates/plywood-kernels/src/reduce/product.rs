//! The gradient of a product.

use crate::{Scalar, par};

monomorphic! {
    /// `dx` for products of rows of `n` values: `dy` times the product of the other values of the row, without a division,
    /// so that zeros are no exception. `x` and `dx` are `[rows, n]`, `dy` is `[rows]`.
    ///
    /// # Panics
    /// Where a length doesn't fit.
    pub fn prod_adjoint<T: Scalar>(n: usize, x: &[T], dy: &[T], dx: &mut [T]) {
        assert_eq!(x.len(), dx.len(), "prod: gradient length");
        assert_eq!(x.len(), dy.len() * n, "prod: input length");
        let rows = par::block_len(n);
        par::chunks_mut(dx, rows * n, 1, |block, dx| {
            let first = block * rows;
            for (i, dx) in dx.chunks_exact_mut(n).enumerate() {
                let x = &x[(first + i) * n..][..n];
                let mut before = dy[first + i];
                for (dx, &x) in dx.iter_mut().zip(x) {
                    *dx = before;
                    before *= x;
                }
                let mut after = T::ONE;
                for (dx, &x) in dx.iter_mut().zip(x).rev() {
                    *dx *= after;
                    after *= x;
                }
            }
        });
    }
}
