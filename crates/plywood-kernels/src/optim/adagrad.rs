//! Adagrad.

use super::{Pre, Rule, each1, states};
use crate::{Scalar, isa::Isa};

/// Divides by the root of the sum of all squared gradients so far, which starts at `initial_accumulator_value`
/// (the caller fills the state with it).
///
/// Source: Duchi, Hazan and Singer 2011, "Adaptive subgradient methods for online learning", figure 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adagrad {
    /// The learning rate.
    pub lr: f64,
    /// The rate of step `t` is `lr / (1 + (t - 1) lr_decay)`.
    pub lr_decay: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// What the sum of squares starts at.
    pub initial_accumulator_value: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Adagrad {
    fn default() -> Self {
        Self { lr: 1e-2, lr_decay: 0.0, weight_decay: 0.0, initial_accumulator_value: 0.0, eps: 1e-10, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Adagrad {
    fn state(&self) -> &'static [&'static str] {
        &["sum"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let pre = Pre::new(self.maximize, self.weight_decay);
        let minus_rate = T::from_f64(-self.lr / (1.0 + (step - 1) as f64 * self.lr_decay));
        let eps = T::from_f64(self.eps);
        let [sum] = states(state);
        each1(param, grad, sum, |p, g, sum| {
            let g = pre.apply::<I>(g, *p);
            *sum = I::fma(g, g, *sum);
            *p = I::fma(minus_rate, g / (sum.sqrt() + eps), *p);
        });
    }
}
