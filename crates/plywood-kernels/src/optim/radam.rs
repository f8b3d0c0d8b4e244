//! RAdam.

use super::{Pre, Rule, each2, power, states};
use crate::{Scalar, isa::Isa};

/// Adam that steps by the mean gradient alone until enough gradients are seen to trust their variance.
///
/// Source: Liu et al. 2020, "On the variance of the adaptive learning rate and beyond", algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RAdam {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean and of the mean square, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// L2 penalty, or with `decoupled_weight_decay` how much the parameter itself shrinks, as in AdamW.
    pub weight_decay: f64,
    /// Lets the weight decay act on the parameter instead of the gradient.
    pub decoupled_weight_decay: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for RAdam {
    fn default() -> Self {
        Self {
            lr: 1e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl RAdam {
    /// The rectification of the adaptive rate, or `None` while the variance can't be trusted.
    fn rectification(&self, step: u64) -> Option<f64> {
        let beta2 = self.betas.1;
        let beta2_t = power(beta2, step);
        let most = 2.0 / (1.0 - beta2) - 1.0;
        let now = most - 2.0 * step as f64 * beta2_t / (1.0 - beta2_t);
        let ratio = (now - 4.0) * (now - 2.0) * most / ((most - 4.0) * (most - 2.0) * now);
        (now > 5.0).then(|| ratio.sqrt())
    }
}

impl<T: Scalar> Rule<T> for RAdam {
    fn state(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_avg_sq"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let (beta1, beta2) = self.betas;
        let (shrink, penalty) = match self.decoupled_weight_decay {
            true => (1.0 - self.lr * self.weight_decay, 0.0),
            false => (1.0, self.weight_decay),
        };
        let pre = Pre::new(self.maximize, penalty);
        let rate = -self.lr / (1.0 - power(beta1, step));
        let (shrink, eps) = (T::from_f64(shrink), T::from_f64(self.eps));
        let (take1, beta2_t, take2) = (T::from_f64(1.0 - beta1), T::from_f64(beta2), T::from_f64(1.0 - beta2));
        let moments = |p: &mut T, g: T, m: &mut T, v: &mut T| {
            let g = pre.apply::<I>(g, *p);
            *p *= shrink;
            *m = I::fma(take1, g - *m, *m);
            *v = I::fma(beta2_t, *v, take2 * g * g);
        };
        let [mean, square] = states(state);
        match self.rectification(step) {
            Some(rectification) => {
                let rate = T::from_f64(rate * rectification * (1.0 - power(beta2, step)).sqrt());
                each2(param, grad, mean, square, |p, g, m, v| {
                    moments(p, g, m, v);
                    *p = I::fma(rate, *m / (v.sqrt() + eps), *p);
                });
            }
            None => {
                let rate = T::from_f64(rate);
                each2(param, grad, mean, square, |p, g, m, v| {
                    moments(p, g, m, v);
                    *p = I::fma(rate, *m, *p);
                });
            }
        }
    }
}
