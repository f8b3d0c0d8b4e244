//! Adadelta.

use super::{Pre, Rule, each2, states};
use crate::{Scalar, isa::Isa};

/// Scales each gradient by the root mean square of recent steps over that of recent gradients.
///
/// Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adadelta {
    /// The learning rate; the paper's is 1.
    pub lr: f64,
    /// Decay a step of both mean squares, in `[0, 1]`.
    pub rho: f64,
    /// Added to both mean squares.
    pub eps: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Adadelta {
    fn default() -> Self {
        Self { lr: 1.0, rho: 0.9, eps: 1e-6, weight_decay: 0.0, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Adadelta {
    fn state(&self) -> &'static [&'static str] {
        &["square_avg", "acc_delta"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, _: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let pre = Pre::new(self.maximize, self.weight_decay);
        let (rho, take) = (T::from_f64(self.rho), T::from_f64(1.0 - self.rho));
        let (minus_lr, eps) = (T::from_f64(-self.lr), T::from_f64(self.eps));
        let [square, steps] = states(state);
        each2(param, grad, square, steps, |p, g, square, steps| {
            let g = pre.apply::<I>(g, *p);
            *square = I::fma(rho, *square, take * g * g);
            let delta = (*steps + eps).sqrt() / (*square + eps).sqrt() * g;
            *steps = I::fma(rho, *steps, take * delta * delta);
            *p = I::fma(minus_lr, delta, *p);
        });
    }
}
