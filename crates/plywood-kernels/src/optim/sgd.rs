//! Stochastic gradient descent with momentum.

use super::{Pre, Rule, each0, each1, states};
use crate::{Scalar, isa::Isa};

/// Gradient descent, optionally with (Nesterov) momentum: `b ← momentum b + (1 - dampening) g`, `p ← p - lr b`.
///
/// The first step sets `b ← g`, undampened. Source: PyTorch's `SGD`; Sutskever et al. 2013, "On the importance of
/// initialization and momentum in deep learning".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SGD {
    /// The learning rate.
    pub lr: f64,
    /// How much of the last step's direction is kept; 0 keeps no state.
    pub momentum: f64,
    /// How much less than whole a gradient enters the direction.
    pub dampening: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// Looks ahead: steps by `g + momentum b`.
    pub nesterov: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for SGD {
    fn default() -> Self {
        Self { lr: 1e-3, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for SGD {
    fn state(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum_buffer"] }
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let pre = Pre::new(self.maximize, self.weight_decay);
        let (minus_lr, momentum) = (T::from_f64(-self.lr), T::from_f64(self.momentum));
        if self.momentum == 0.0 {
            return each0(param, grad, |p, g| *p = I::fma(minus_lr, pre.apply::<I>(g, *p), *p));
        }
        let take = T::from_f64(if step == 1 { 1.0 } else { 1.0 - self.dampening });
        let [buffer] = states(state);
        if self.nesterov {
            each1(param, grad, buffer, |p, g, b| {
                let g = pre.apply::<I>(g, *p);
                *b = I::fma(momentum, *b, take * g);
                *p = I::fma(minus_lr, I::fma(momentum, *b, g), *p);
            });
        } else {
            each1(param, grad, buffer, |p, g, b| {
                *b = I::fma(momentum, *b, take * pre.apply::<I>(g, *p));
                *p = I::fma(minus_lr, *b, *p);
            });
        }
    }
}
