//! Lion.

use super::{Rule, each1, sign, states};
use crate::{Scalar, isa::Isa};

/// Steps by the sign of the momentum alone, with decoupled weight decay.
///
/// Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", program 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    /// The learning rate: the size of each element's step.
    pub lr: f64,
    /// How much of the momentum enters a step, and how much of it is kept, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// How much the parameter shrinks a step, in units of the learning rate.
    pub weight_decay: f64,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Lion {
    fn default() -> Self {
        Self { lr: 1e-4, betas: (0.9, 0.99), weight_decay: 0.0, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Lion {
    fn state(&self) -> &'static [&'static str] {
        &["exp_avg"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, _: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let direction = if self.maximize { -T::ONE } else { T::ONE };
        let minus_lr = T::from_f64(-self.lr);
        let shrink = T::from_f64(1.0 - self.lr * self.weight_decay);
        let (take1, take2) = (T::from_f64(1.0 - self.betas.0), T::from_f64(1.0 - self.betas.1));
        let [mean] = states(state);
        each1(param, grad, mean, |p, g, m| {
            let away = direction * g - *m;
            let step = sign(I::fma(take1, away, *m));
            *p = I::fma(minus_lr, step, shrink * *p);
            *m = I::fma(take2, away, *m);
        });
    }
}
