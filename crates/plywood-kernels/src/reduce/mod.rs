//! Reductions over any set of dimensions: sums, extrema, moments, norms.
//!
//! A reduction reads each value once, in blocks whose size depends on the shape alone, and keeps the partial results of
//! blocks in double precision: so an `f32` sum of millions of values is right to the last places, and the same for any
//! number of threads. [`ReduceDims`] computes the shape once; the folds are rows of a table, as in
//! [`unary`](crate::unary).
//!
//! ```
//! use plywood_kernels::reduce::{self, ReduceDims};
//!
//! // [2, 3] summed over dimension 1.
//! let dims = ReduceDims::new(&[2, 3], |d| d == 1);
//! let mut y = [0.0; 2];
//! reduce::sum(&dims, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut y);
//! assert_eq!(y, [6.0, 15.0]);
//! ```

mod dims;
mod fold;
mod index;
mod product;
mod scan;
mod sort;
#[cfg(test)]
mod tests;

pub use dims::{AxisDims, ReduceDims};
pub use index::{argmax, argmin};
pub use product::prod_adjoint;
pub use scan::cumsum;
pub use sort::{sort, top_k};

use crate::Scalar;

monomorphic! {
    /// Sums; 0 of nothing.
    pub fn sum<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        fold::sum::<T>().run(dims, x, None, y, |total| total);
    }
}

monomorphic! {
    /// Means; NaN of nothing.
    pub fn mean<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        let n = dims.reduced() as f64;
        fold::sum::<T>().run(dims, x, None, y, |total| total / n);
    }
}

monomorphic! {
    /// Products; 1 of nothing.
    pub fn prod<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        fold::product::<T>().run(dims, x, None, y, |total| total);
    }
}

monomorphic! {
    /// Greatest values, NaN where there is one; -∞ of nothing.
    pub fn amax<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        fold::greatest::<T>().run(dims, x, None, y, |total| total);
    }
}

monomorphic! {
    /// Least values, NaN where there is one; ∞ of nothing.
    pub fn amin<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        fold::least::<T>().run(dims, x, None, y, |total| total);
    }
}

monomorphic! {
    /// Means and variances with `correction` degrees of freedom taken off the divisor; two passes, so that a large mean
    /// takes nothing from the variance. Where no degree is left, the variance is NaN or infinite, as in PyTorch.
    pub fn var_mean<T: Scalar>(dims: &ReduceDims, correction: f64, x: &[T], var: &mut [T], mean_out: &mut [T]) {
        mean(dims, x, mean_out);
        let divisor = (dims.reduced() as f64 - correction).max(0.0);
        fold::squares::<T>().run(dims, x, Some(mean_out), var, |total| total / divisor);
    }
}

monomorphic! {
    /// ln Σ e^x, with the greatest value taken out so that nothing overflows.
    pub fn logsumexp<T: Scalar>(dims: &ReduceDims, x: &[T], y: &mut [T]) {
        let mut shift = vec![T::ZERO; y.len()];
        amax(dims, x, &mut shift);
        // An infinite maximum would make NaN of ∞ - ∞; without a shift the sum is right then.
        shift.iter_mut().filter(|m| !m.is_finite()).for_each(|m| *m = T::ZERO);
        fold::exponentials::<T>().run(dims, x, Some(&shift), y, |total| total.ln());
        y.iter_mut().zip(shift).for_each(|(y, m)| *y += m);
    }
}

monomorphic! {
    /// (Σ |x|^p)^(1/p); for `p = ∞` the greatest magnitude, for `-∞` the least, for 0 the number of values that aren't 0.
    pub fn norm<T: Scalar>(dims: &ReduceDims, p: f64, x: &[T], y: &mut [T]) {
        if p == 2.0 {
            fold::squares::<T>().run(dims, x, None, y, f64::sqrt);
        } else if p == 1.0 {
            fold::magnitudes::<T>().run(dims, x, None, y, |total| total);
        } else if p == f64::INFINITY {
            fold::greatest_magnitude::<T>().run(dims, x, None, y, |total| total);
        } else if p == f64::NEG_INFINITY {
            fold::least_magnitude::<T>().run(dims, x, None, y, |total| total);
        } else if p == 0.0 {
            fold::nonzeros::<T>().run(dims, x, None, y, |total| total);
        } else {
            fold::powers::<T>(T::from_f64(p)).run(dims, x, None, y, |total| total.powf(1.0 / p));
        }
    }
}
