//! What optimizers do with whole vectors: norms for clipping, averages of weights, inner products of L-BFGS.

use crate::{Scalar, dispatch, par};

/// Elements summed by one block. A sum is that of its blocks in order, so it is the same for any number of threads.
const BLOCK: usize = 1 << 14;

/// Partial sums within a block: independent additions that fill the vector units.
const LANES: usize = 16;

monomorphic! {
    /// The sum of squares, in double precision whatever `T` is, so that it neither overflows nor drifts.
    pub fn squared_norm<T: Scalar>(x: &[T]) -> f64 {
        dot(x, x)
    }
}

monomorphic! {
    /// The inner product, in double precision whatever `T` is.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn dot<T: Scalar>(x: &[T], y: &[T]) -> f64 {
        assert_eq!(x.len(), y.len(), "lengths of the factors");
        let blocks = x.len().div_ceil(BLOCK);
        let part = |i: usize| i * BLOCK..x.len().min((i + 1) * BLOCK);
        par::map(blocks, BLOCK, |i| dot_block(&x[part(i)], &y[part(i)])).into_iter().sum()
    }
}

dispatch! {
    fn dot_block<I: Isa, T: Scalar>(x: &[T], y: &[T]) -> f64 {
        let mut sums = [0.0f64; LANES];
        let (xs, x_rest) = x.as_chunks::<LANES>();
        let (ys, y_rest) = y.as_chunks::<LANES>();
        for (x, y) in xs.iter().zip(ys) {
            for l in 0..LANES {
                sums[l] = I::fma(x[l].to_f64(), y[l].to_f64(), sums[l]);
            }
        }
        let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x.to_f64() * y.to_f64()).sum();
        sums.iter().sum::<f64>() + rest
    }
}

monomorphic! {
    /// `y ← y + a x`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn axpy<T: Scalar>(a: T, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "lengths of the summands");
        par::chunks_mut(y, BLOCK, 1, |i, y| axpy_block(a, &x[i * BLOCK..][..y.len()], y));
    }
}

dispatch! {
    fn axpy_block<I: Isa, T: Scalar>(a: T, x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = I::fma(a, x, *y);
        }
    }
}

monomorphic! {
    /// `y ← y + weight (x - y)`: one step of an exponential moving average.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn lerp<T: Scalar>(weight: T, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "lengths of value and average");
        par::chunks_mut(y, BLOCK, 1, |i, y| lerp_block(weight, &x[i * BLOCK..][..y.len()], y));
    }
}

dispatch! {
    fn lerp_block<I: Isa, T: Scalar>(weight: T, x: &[T], y: &mut [T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = I::fma(weight, x - *y, *y);
        }
    }
}
