//! Cross-entropy of class scores with integer targets, fused with the log-softmax.
//!
//! With p = softmax(x), label smoothing s and class weights w, the loss of a position whose class is t is
//! `-(1 - s) w_t ln p_t - s / c Σ_j w_j ln p_j` (Szegedy et al., Rethinking the Inception Architecture, 2016, section 7).
//! The forward pass keeps only ln Σ e^x of each position; the backward pass makes the probabilities anew.

use super::lines::{shift_of, sum_exp};
use crate::math;
use crate::reduce::AxisDims;
use crate::{Mismatch, Scalar, dispatch, par};

/// Checked targets and settings: scores are `[n, c, inner]`, targets `[n, inner]`.
#[derive(Clone, Copy, Debug)]
pub struct Classes<'a, T> {
    dims: AxisDims,
    target: &'a [i64],
    weight: &'a [T],
    ignore_index: i64,
    smoothing: T,
}

impl<'a, T: Scalar> Classes<'a, T> {
    /// Checks each target: a class from 0 to c - 1, or `ignore_index`. `weight` has a value a class or is empty.
    ///
    /// # Errors
    /// If a target is no class, or a length or the smoothing doesn't fit.
    pub fn new(
        dims: AxisDims,
        target: &'a [i64],
        weight: &'a [T],
        ignore_index: i64,
        smoothing: f64,
    ) -> Result<Self, Mismatch> {
        if target.len() != dims.lines() {
            return Err(Mismatch::new("number of targets", format!("{}, one a position", dims.lines()), target.len()));
        }
        if !weight.is_empty() && weight.len() != dims.n {
            return Err(Mismatch::new("number of weights", format!("{}, one a class", dims.n), weight.len()));
        }
        if !(0.0..=1.0).contains(&smoothing) {
            return Err(Mismatch::new("label smoothing", "a number from 0 to 1", smoothing));
        }
        if let Some(at) = target.iter().position(|&t| t != ignore_index && !(0..dims.n as i64).contains(&t)) {
            let expected = format!("a class from 0 to {} or {ignore_index}, which is ignored", dims.n as i64 - 1);
            return Err(Mismatch::new(format!("target number {at}"), expected, target[at]));
        }
        Ok(Self { dims, target, weight, ignore_index, smoothing: T::from_f64(smoothing) })
    }

    /// Σ w_t over the targets that aren't ignored: the divisor of the mean.
    pub fn total_weight(&self) -> T {
        let total: f64 = self.target.iter().map(|&t| self.class(t).map_or(0.0, |t| self.weight(t).to_f64())).sum();
        T::from_f64(total)
    }

    fn class(&self, target: i64) -> Option<usize> {
        (target != self.ignore_index).then_some(target as usize)
    }

    fn weight(&self, class: usize) -> T {
        if self.weight.is_empty() { T::ONE } else { self.weight[class] }
    }

    /// The smoothing's share of each class, by weight.
    fn share(&self) -> T {
        self.smoothing / T::from_usize(self.dims.n)
    }
}

/// The loss of each position, 0 where it is ignored, and ln Σ e^x, which the adjoint wants.
///
/// # Panics
/// Where a length doesn't fit.
pub fn cross_entropy<T: Scalar>(classes: &Classes<'_, T>, x: &[T], loss: &mut [T], log_sum: &mut [T]) {
    let AxisDims { outer, n: c, inner } = classes.dims;
    assert_eq!(x.len(), outer * c * inner, "cross_entropy: input length");
    assert_eq!(loss.len(), outer * inner, "cross_entropy: loss length");
    assert_eq!(log_sum.len(), outer * inner, "cross_entropy: length of the sums");
    if loss.is_empty() {
        return;
    }
    let len = par::block_len(c * inner * 4) * inner;
    par::chunks_mut(log_sum, len, c * 4, |block, log_sum| {
        let from = block * len / inner;
        for (i, log_sum) in log_sum.chunks_exact_mut(inner).enumerate() {
            let x = &x[(from + i) * c * inner..][..c * inner];
            if inner == 1 {
                log_sum[0] = log_sum_row::<T>(x);
            } else {
                let mut line = vec![T::ZERO; c];
                for (j, log_sum) in log_sum.iter_mut().enumerate() {
                    line.iter_mut().enumerate().for_each(|(k, v)| *v = x[k * inner + j]);
                    *log_sum = log_sum_row::<T>(&line);
                }
            }
        }
    });
    let log_sum = &*log_sum;
    par::chunks_mut(loss, len, 8, |block, loss| {
        for (i, loss) in loss.iter_mut().enumerate() {
            let position = block * len + i;
            let Some(t) = classes.class(classes.target[position]) else {
                *loss = T::ZERO;
                continue;
            };
            let (sum, x) = (log_sum[position], &x[position / inner * c * inner + position % inner..]);
            *loss = (T::ONE - classes.smoothing) * classes.weight(t) * (sum - x[t * inner]);
            if classes.smoothing > T::ZERO {
                let all: T = (0..c).map(|k| classes.weight(k) * (sum - x[k * inner])).sum();
                *loss += classes.share() * all;
            }
        }
    });
}

/// `dx` for the losses of [`cross_entropy`], where `scale` is the gradient of each position's loss: one value for all,
/// or a value a position.
///
/// # Panics
/// Where a length doesn't fit.
pub fn cross_entropy_adjoint<T: Scalar>(classes: &Classes<'_, T>, x: &[T], log_sum: &[T], scale: &[T], dx: &mut [T]) {
    let AxisDims { n: c, inner, .. } = classes.dims;
    assert_eq!(x.len(), classes.dims.len(), "cross_entropy: input length");
    assert_eq!(dx.len(), x.len(), "cross_entropy: gradient length");
    assert_eq!(log_sum.len(), classes.dims.lines(), "cross_entropy: length of the sums");
    assert!(scale.len() == 1 || scale.len() == log_sum.len(), "cross_entropy: length of the incoming gradient");
    if dx.is_empty() {
        return;
    }
    let share = classes.share();
    let all_weight: T = (0..c).map(|k| classes.weight(k)).sum();
    let band = c * inner;
    let len = par::block_len(band * 4) * band;
    par::chunks_mut(dx, len, 4, |block, dx| {
        for (i, dx) in dx.chunks_exact_mut(band).enumerate() {
            let n = block * len / band + i;
            let x = &x[n * band..][..band];
            let positions = n * inner..(n + 1) * inner;
            // What multiplies the probabilities of each position.
            let factor: Vec<T> = positions
                .clone()
                .map(|p| match classes.class(classes.target[p]) {
                    Some(t) => {
                        let scale = scale[if scale.len() == 1 { 0 } else { p }];
                        scale * ((T::ONE - classes.smoothing) * classes.weight(t) + share * all_weight)
                    }
                    None => T::ZERO,
                })
                .collect();
            probabilities::<T>(x, &log_sum[positions.clone()], &factor, dx);
            for (j, p) in positions.enumerate() {
                let Some(t) = classes.class(classes.target[p]) else { continue };
                let scale = scale[if scale.len() == 1 { 0 } else { p }];
                dx[t * inner + j] += -scale * (T::ONE - classes.smoothing) * classes.weight(t);
                if classes.smoothing > T::ZERO {
                    (0..c).for_each(|k| dx[k * inner + j] += -scale * share * classes.weight(k));
                }
            }
        }
    });
}

dispatch! {
    fn log_sum_row<I: Isa, T: Scalar>(x: &[T]) -> T {
        let shift = shift_of(x);
        shift + math::ln::<I, T>(sum_exp::<I, T>(x, shift))
    }
}

dispatch! {
    /// `y = factor · e^(x - log_sum)` for `[c, inner]`; 0 where the factor is, whatever x.
    fn probabilities<I: Isa, T: Scalar>(x: &[T], log_sum: &[T], factor: &[T], y: &mut [T]) {
        if let ([sum], [factor]) = (log_sum, factor) {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = math::pick(*factor == T::ZERO, T::ZERO, *factor * math::exp::<I, T>(x - *sum));
            }
        } else {
            for (x, y) in x.chunks_exact(factor.len()).zip(y.chunks_exact_mut(factor.len())) {
                for (((y, &x), &sum), &factor) in y.iter_mut().zip(x).zip(log_sum).zip(factor) {
                    *y = math::pick(factor == T::ZERO, T::ZERO, factor * math::exp::<I, T>(x - sum));
                }
            }
        }
    }
}
