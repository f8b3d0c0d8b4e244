//! Adding one slice to another.

use crate::{Scalar, dispatch, par};

dispatch! {
    fn add_block<I: Isa, T: Scalar>(y: &mut [T], x: &[T]) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }
}

/// `y += x`.
///
/// # Panics
/// If the lengths differ.
pub fn add<T: Scalar>(y: &mut [T], x: &[T]) {
    assert_eq!(y.len(), x.len());
    let len = par::block_len(1);
    par::chunks_mut(y, len, 1, |i, y| add_block(y, &x[i * len..][..y.len()]));
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        for n in [0, 1, 100_001] {
            let (mut y, x): (Vec<f64>, Vec<f64>) = (0..n).map(|i| (i as f64, 2.0 * i as f64)).unzip();
            super::add(&mut y, &x);
            assert!(y.iter().enumerate().all(|(i, &y)| y == 3.0 * i as f64));
        }
    }
}
