//! NAdam.

use super::{Pre, Rule, each2, power, states};
use crate::{Scalar, isa::Isa};

/// Adam with Nesterov's look-ahead and a momentum that warms up: `mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)`.
///
/// Source: Dozat 2016, "Incorporating Nesterov momentum into Adam".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NAdam {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean and of the mean square, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// L2 penalty, or with `decoupled_weight_decay` how much the parameter itself shrinks, as in AdamW.
    pub weight_decay: f64,
    /// How fast the momentum warms up.
    pub momentum_decay: f64,
    /// Lets the weight decay act on the parameter instead of the gradient.
    pub decoupled_weight_decay: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for NAdam {
    fn default() -> Self {
        Self {
            lr: 2e-3,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            momentum_decay: 4e-3,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl NAdam {
    /// `mu_step`, `mu_(step + 1)` and the product of `mu_1` to `mu_step`.
    fn momenta(&self, step: u64) -> (f64, f64, f64) {
        let mu = |decay: f64| self.betas.0 * (1.0 - 0.5 * decay);
        let base = 0.96f64.powf(self.momentum_decay);
        let (mut product, mut decay) = (1.0, 1.0);
        for _ in 0..step {
            decay *= base;
            product *= mu(decay);
            // From here on 1 - product rounds to 1, so that many steps cost no more than few.
            if product < f64::EPSILON / 4.0 {
                break;
            }
        }
        (mu(power(base, step)), mu(power(base, step.saturating_add(1))), product)
    }
}

impl<T: Scalar> Rule<T> for NAdam {
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
        let (mu, next, product) = self.momenta(step);
        let by_grad = T::from_f64(-self.lr * (1.0 - mu) / (1.0 - product));
        let by_mean = T::from_f64(-self.lr * next / (1.0 - product * next));
        let correct = T::from_f64(1.0 / (1.0 - power(beta2, step)).sqrt());
        let (take1, beta2, take2) = (T::from_f64(1.0 - beta1), T::from_f64(beta2), T::from_f64(1.0 - beta2));
        let (eps, shrink) = (T::from_f64(self.eps), T::from_f64(shrink));
        let [mean, square] = states(state);
        each2(param, grad, mean, square, |p, g, m, v| {
            let g = pre.apply::<I>(g, *p);
            *m = I::fma(take1, g - *m, *m);
            *v = I::fma(beta2, *v, take2 * g * g);
            let step = I::fma(by_mean, *m, by_grad * g) / I::fma(v.sqrt(), correct, eps);
            *p = I::fma(shrink, *p, step);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nadam_takes_the_product_of_its_momenta() {
        let rule = NAdam { momentum_decay: 0.1, ..NAdam::default() };
        let mu = |t: f64| 0.9 * (1.0 - 0.5 * 0.96f64.powf(t * 0.1));
        let product: f64 = (1..=7).map(|t| mu(t as f64)).product();
        let (now, next, got) = rule.momenta(7);
        assert!((now - mu(7.0)).abs() < 1e-15 && (next - mu(8.0)).abs() < 1e-15);
        assert!((got - product).abs() < 1e-15);
        assert!(rule.momenta(u64::MAX).2 < f64::EPSILON);
    }
}
