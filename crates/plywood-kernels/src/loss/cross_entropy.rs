//! Cross-entropy of rows of logits, with the softmax inside: `ln Σ exp x − x[target]`.
//!
//! Saved for the adjoint is one number a row, `ln Σ exp x`; the probabilities are computed again from it, which is
//! cheaper than keeping them.

use super::Upstream;
use crate::math::{exp, ln};
use crate::{Scalar, dispatch, par};

/// What the rows are compared with.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a, T> {
    /// The right class of each row; rows of class `ignore` count for nothing.
    Classes {
        /// `[rows]`, each less than the number of classes or equal to `ignore`.
        classes: &'a [i64],
        /// The class that is left out.
        ignore: i64,
    },
    /// The right probability of each class, `[rows, classes]`.
    Probabilities(&'a [T]),
}

/// How classes count.
#[derive(Clone, Copy, Debug)]
pub struct Weighting<'a, T> {
    /// The weight of each class, `[classes]`; all 1 if absent.
    pub weight: Option<&'a [T]>,
    /// The part of the target that is spread evenly over all classes (Szegedy et al. 2016, section 7); 0 to 1.
    pub smoothing: T,
}

impl<T: Scalar> Weighting<'_, T> {
    #[inline(always)]
    fn of(&self, class: usize) -> T {
        self.weight.map_or(T::ONE, |w| w[class])
    }
}

dispatch! {
    /// `ln Σ exp x` of a row.
    fn row_log_sum_exp<I: Isa, T: Scalar>(x: &[T]) -> T {
        let mut max = T::NEG_INFINITY;
        for &x in x {
            max = if x > max { x } else { max };
        }
        if !max.is_finite() {
            return if x.iter().any(|x| x.is_nan()) { T::NAN } else { max };
        }
        // Independent sums let the compiler use whole vectors.
        const LANES: usize = 16;
        let mut sums = [T::ZERO; LANES];
        let (vectors, rest) = x.as_chunks::<LANES>();
        for vector in vectors {
            for (sum, &x) in sums.iter_mut().zip(vector) {
                *sum += exp::<I, T>(x - max);
            }
        }
        for (sum, &x) in sums.iter_mut().zip(rest) {
            *sum += exp::<I, T>(x - max);
        }
        max + ln::<I, T>(sums.into_iter().fold(T::ZERO, |a, b| a + b))
    }
}

dispatch! {
    fn row_gradient<I: Isa, T: Scalar>(x: &[T], log_sum: T, of_softmax: T, add: bool, dx: &mut [T]) {
        for (dx, &x) in dx.iter_mut().zip(x) {
            let old = if add { *dx } else { T::ZERO };
            *dx = I::fma(of_softmax, exp::<I, T>(x - log_sum), old);
        }
    }
}

monomorphic! {
    /// The loss of each row of `x [rows, classes]`, and the row's `ln Σ exp x` for the adjoint.
    ///
    /// # Panics
    /// If lengths don't agree, or a class is out of range.
    pub fn forward<T: Scalar>(
        x: &[T],
        target: Target<'_, T>,
        how: Weighting<'_, T>,
        losses: &mut [T],
        log_sums: &mut [T],
    ) {
        let rows = losses.len();
        let classes = x.len().checked_div(rows).unwrap_or(0);
        assert!(x.len() == rows * classes && log_sums.len() == rows);
        let cost = 4 * classes;
        par::chunks_mut(log_sums, par::block_len(cost), cost, |i, sums| {
            let first = i * par::block_len(cost);
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = row_log_sum_exp(&x[(first + r) * classes..][..classes]);
            }
        });
        let spread = how.smoothing / T::from_usize(classes.max(1));
        for (r, (loss, &sum)) in losses.iter_mut().zip(&*log_sums).enumerate() {
            let row = &x[r * classes..][..classes];
            let evenly = || row.iter().enumerate().map(|(c, &x)| how.of(c) * (sum - x)).sum::<T>();
            *loss = match target {
                Target::Classes { classes, ignore } if classes[r] == ignore => T::ZERO,
                Target::Classes { classes, .. } => {
                    let class = classes[r] as usize;
                    let exact = how.of(class) * (sum - row[class]);
                    if how.smoothing == T::ZERO { exact } else { (T::ONE - how.smoothing) * exact + spread * evenly() }
                }
                Target::Probabilities(q) => {
                    let of = |(c, (&x, &q))| how.of(c) * smoothed(q, how.smoothing, spread) * (sum - x);
                    row.iter().zip(&q[r * classes..][..classes]).enumerate().map(of).sum()
                }
            };
        }
    }
}

monomorphic! {
    /// The gradient `dx [rows, classes]`, times the row's factor `g`; written, or added if `accumulate`.
    ///
    /// # Panics
    /// As [`forward`].
    pub fn adjoint<T: Scalar>(
        x: &[T],
        target: Target<'_, T>,
        how: Weighting<'_, T>,
        log_sums: &[T],
        g: Upstream<'_, T>,
        dx: &mut [T],
        accumulate: bool,
    ) {
        let rows = log_sums.len();
        let classes = x.len().checked_div(rows).unwrap_or(0);
        assert!(x.len() == rows * classes && dx.len() == x.len());
        if classes == 0 {
            return;
        }
        let spread = how.smoothing / T::from_usize(classes);
        let total: T = (0..classes).map(|c| how.of(c)).sum();
        let rows_a_block = par::block_len(4 * classes);
        par::chunks_mut(dx, rows_a_block * classes, 4, |i, dx| {
            for (j, dx) in dx.chunks_exact_mut(classes).enumerate() {
                let r = i * rows_a_block + j;
                let (row, g) = (&x[r * classes..][..classes], g.at(r));
                match target {
                    Target::Classes { classes, ignore } if classes[r] == ignore => {
                        if !accumulate {
                            dx.fill(T::ZERO);
                        }
                    }
                    Target::Classes { classes, .. } => {
                        let class = classes[r] as usize;
                        let exact = g * (T::ONE - how.smoothing) * how.of(class);
                        row_gradient(row, log_sums[r], exact + g * spread * total, accumulate, dx);
                        if how.smoothing != T::ZERO {
                            dx.iter_mut().enumerate().for_each(|(c, dx)| *dx += -g * spread * how.of(c));
                        }
                        dx[class] += -exact;
                    }
                    Target::Probabilities(q) => {
                        let q = &q[r * classes..][..classes];
                        let share = |c: usize| how.of(c) * smoothed(q[c], how.smoothing, spread);
                        let all: T = (0..classes).map(share).sum();
                        row_gradient(row, log_sums[r], g * all, accumulate, dx);
                        dx.iter_mut().enumerate().for_each(|(c, dx)| *dx += -g * share(c));
                    }
                }
            }
        });
    }
}

monomorphic! {
    /// The gradient by target probabilities, `[rows, classes]`, times the row's factor `g`.
    ///
    /// # Panics
    /// As [`forward`].
    pub fn target_adjoint<T: Scalar>(
        x: &[T],
        how: Weighting<'_, T>,
        log_sums: &[T],
        g: Upstream<'_, T>,
        dq: &mut [T],
        accumulate: bool,
    ) {
        let classes = x.len().checked_div(log_sums.len()).unwrap_or(0);
        assert!(x.len() == log_sums.len() * classes && dq.len() == x.len());
        for (i, (dq, &x)) in dq.iter_mut().zip(x).enumerate() {
            let (r, c) = (i / classes, i % classes);
            let slope = g.at(r) * (T::ONE - how.smoothing) * how.of(c) * (log_sums[r] - x);
            *dq = if accumulate { *dq + slope } else { slope };
        }
    }
}

#[inline(always)]
fn smoothed<T: Scalar>(q: T, smoothing: T, spread: T) -> T {
    (T::ONE - smoothing) * q + spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_by_hand() {
        let x = [0.0f64, 3.0f64.ln(), 100.0, 100.0];
        let how = Weighting { weight: None, smoothing: 0.0 };
        let target = Target::Classes { classes: &[1, -100], ignore: -100 };
        let (mut losses, mut sums) = ([0.0; 2], [0.0; 2]);
        forward(&x, target, how, &mut losses, &mut sums);
        assert!((losses[0] - (4.0f64 / 3.0).ln()).abs() < 1e-15 && losses[1] == 0.0);
        assert!((sums[1] - (100.0 + 2f64.ln())).abs() < 1e-13);
        let mut dx = [1.0; 4];
        adjoint(&x, target, how, &sums, Upstream::All(2.0), &mut dx, true);
        let expected = [1.5, 0.5, 1.0, 1.0];
        assert!(dx.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{dx:?}");
    }

    #[test]
    fn infinite_and_nan_logits() {
        let inf = f64::INFINITY;
        assert_eq!(row_log_sum_exp(&[-inf, -inf]), -inf);
        assert_eq!(row_log_sum_exp(&[inf, 0.0]), inf);
        assert!(row_log_sum_exp(&[f64::NAN, 0.0]).is_nan() && row_log_sum_exp(&[f64::NAN, inf]).is_nan());
        assert_eq!(row_log_sum_exp(&[-inf, 1.0]), 1.0);
    }
}
