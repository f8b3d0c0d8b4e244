//! Adamax.

use super::{Pre, Rule, each2, power, states};
use crate::{Scalar, isa::Isa};

/// Adam by the infinity norm: divides by the greatest recent gradient, decayed.
///
/// Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adamax {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean and of the greatest, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// Added to the size of each gradient.
    pub eps: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Adamax {
    fn default() -> Self {
        Self { lr: 2e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Adamax {
    fn state(&self) -> &'static [&'static str] {
        &["exp_avg", "exp_inf"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let (beta1, beta2) = self.betas;
        let pre = Pre::new(self.maximize, self.weight_decay);
        let (take1, beta2) = (T::from_f64(1.0 - beta1), T::from_f64(beta2));
        let minus_rate = T::from_f64(-self.lr / (1.0 - power(beta1, step)));
        let eps = T::from_f64(self.eps);
        let [mean, greatest] = states(state);
        each2(param, grad, mean, greatest, |p, g, m, top| {
            let g = pre.apply::<I>(g, *p);
            let (old, new) = (beta2 * *top, g.abs() + eps);
            *m = I::fma(take1, g - *m, *m);
            *top = if new < old { old } else { new };
            *p = I::fma(minus_rate, *m / *top, *p);
        });
    }
}
