//! Rprop.

use super::{Rule, each2, sign, states};
use crate::{Scalar, isa::Isa};

/// Resilient back-propagation: each element has a step of its own, which grows while its gradient keeps its sign and
/// shrinks when it turns. The steps start at `lr` (the caller fills the second state with it). For full batches.
///
/// Source: Riedmiller and Braun 1993, "A direct adaptive method for faster backpropagation learning".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rprop {
    /// The first step of each element.
    pub lr: f64,
    /// By how much a step shrinks and grows, `0 < .0 < 1 < .1`.
    pub etas: (f64, f64),
    /// The least and the greatest step.
    pub step_sizes: (f64, f64),
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Rprop {
    fn default() -> Self {
        Self { lr: 1e-2, etas: (0.5, 1.2), step_sizes: (1e-6, 50.0), maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Rprop {
    fn state(&self) -> &'static [&'static str] {
        &["prev", "step_size"]
    }

    #[inline(always)]
    fn run<I: Isa>(&self, _: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let direction = if self.maximize { -T::ONE } else { T::ONE };
        let (less, more) = (T::from_f64(self.etas.0), T::from_f64(self.etas.1));
        let (least, most) = (T::from_f64(self.step_sizes.0), T::from_f64(self.step_sizes.1));
        let [prev, size] = states(state);
        each2(param, grad, prev, size, |p, g, prev, size| {
            let g = direction * g;
            let agree = g * *prev;
            let turned = agree < T::ZERO;
            let factor = if agree > T::ZERO { more } else { T::ONE };
            let factor = if turned { less } else { factor };
            *size = (*size * factor).max(least).min(most);
            // After a turn the element rests for a step, and the next gradient is compared with 0.
            let g = if turned { T::ZERO } else { g };
            *p = I::fma(-sign(g), *size, *p);
            *prev = g;
        });
    }
}
