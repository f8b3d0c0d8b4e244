//! RMSprop.

use super::{Pre, Rule, each1, each2, each3, states};
use crate::{Scalar, isa::Isa};

/// Divides by the root of the mean squared gradient; `centered` takes the variance instead (Graves 2013).
///
/// Source: Tieleman and Hinton 2012, "Neural networks for machine learning", lecture 6.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSprop {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean square, in `[0, 1]`.
    pub alpha: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// How much of the last step's direction is kept; 0 keeps no state for it.
    pub momentum: f64,
    /// Divides by the standard deviation of the gradient.
    pub centered: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for RMSprop {
    fn default() -> Self {
        Self { lr: 1e-2, alpha: 0.99, eps: 1e-8, weight_decay: 0.0, momentum: 0.0, centered: false, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for RMSprop {
    fn state(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum != 0.0) {
            (false, false) => &["square_avg"],
            (false, true) => &["square_avg", "momentum_buffer"],
            (true, false) => &["square_avg", "grad_avg"],
            (true, true) => &["square_avg", "grad_avg", "momentum_buffer"],
        }
    }

    #[inline(always)]
    fn run<I: Isa>(&self, _: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let pre = Pre::new(self.maximize, self.weight_decay);
        let (alpha, take) = (T::from_f64(self.alpha), T::from_f64(1.0 - self.alpha));
        let (minus_lr, eps) = (T::from_f64(-self.lr), T::from_f64(self.eps));
        let momentum = T::from_f64(self.momentum);
        let plain = |g: T, square: &mut T| {
            *square = I::fma(alpha, *square, take * g * g);
            g / (square.sqrt() + eps)
        };
        let centered = |g: T, square: &mut T, mean: &mut T| {
            *square = I::fma(alpha, *square, take * g * g);
            *mean = I::fma(take, g - *mean, *mean);
            // Rounding can leave a variance of 0 a little below it.
            let variance = I::fma(-*mean, *mean, *square);
            let variance = if variance < T::ZERO { T::ZERO } else { variance };
            g / (variance.sqrt() + eps)
        };
        let walk = |p: &mut T, direction: T, buffer: &mut T| {
            *buffer = I::fma(momentum, *buffer, direction);
            *p = I::fma(minus_lr, *buffer, *p);
        };
        match (self.centered, self.momentum != 0.0) {
            (false, false) => {
                let [square] = states(state);
                each1(param, grad, square, |p, g, square| {
                    *p = I::fma(minus_lr, plain(pre.apply::<I>(g, *p), square), *p)
                });
            }
            (false, true) => {
                let [square, buffer] = states(state);
                each2(param, grad, square, buffer, |p, g, square, buffer| {
                    walk(p, plain(pre.apply::<I>(g, *p), square), buffer)
                });
            }
            (true, false) => {
                let [square, mean] = states(state);
                each2(param, grad, square, mean, |p, g, square, mean| {
                    *p = I::fma(minus_lr, centered(pre.apply::<I>(g, *p), square, mean), *p)
                });
            }
            (true, true) => {
                let [square, mean, buffer] = states(state);
                each3(param, grad, square, mean, buffer, |p, g, square, mean, buffer| {
                    walk(p, centered(pre.apply::<I>(g, *p), square, mean), buffer)
                });
            }
        }
    }
}
