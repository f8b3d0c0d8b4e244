//! Adding slices to each other.

use crate::reduce::{self, ReduceDims};
use crate::{Scalar, dispatch, par};

dispatch! {
    fn add_block<I: Isa, T: Scalar>(y: &mut [T], x: &[T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }
}

monomorphic! {
    /// `y += x`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn add<T: Scalar>(y: &mut [T], x: &[T]) {
        assert_eq!(y.len(), x.len());
        let len = par::block_len(1);
        par::chunks_mut(y, len, 1, |i, y| add_block(y, &x[i * len..][..y.len()]));
    }
}

monomorphic! {
    /// The sum over the rows of `x [rows, y.len()]`, written to `y`, or added to it if `accumulate`: the gradient of a bias.
    ///
    /// # Panics
    /// If `x` isn't made of whole rows.
    pub fn rows<T: Scalar>(y: &mut [T], x: &[T], accumulate: bool) {
        let rows = x.len().checked_div(y.len()).unwrap_or(0);
        let dims = ReduceDims::new(&[rows, y.len()], |d| d == 0);
        if accumulate {
            let mut sums = vec![T::ZERO; y.len()];
            reduce::sum(&dims, x, &mut sums);
            add(y, &sums);
        } else {
            reduce::sum(&dims, x, y);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_rows() {
        let mut y = [10.0, 20.0];
        super::rows(&mut y, &[1.0, 2.0, 3.0, 4.0], true);
        assert_eq!(y, [14.0, 26.0]);
        super::rows(&mut y, &[], false);
        assert_eq!(y, [0.0, 0.0]);
        super::rows::<f32>(&mut [], &[], false);
    }

    #[test]
    fn adds() {
        for n in [0, 1, 100_001] {
            let (mut y, x): (Vec<f64>, Vec<f64>) = (0..n).map(|i| (i as f64, 2.0 * i as f64)).unzip();
            super::add(&mut y, &x);
            assert!(y.iter().enumerate().all(|(i, &y)| y == 3.0 * i as f64));
        }
    }
}
