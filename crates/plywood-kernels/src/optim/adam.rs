//! Adam and AdamW.

use super::{Pre, Rule, each2, each3, power, states};
use crate::{Scalar, isa::Isa};

/// Adam: steps by the mean gradient over the root of the mean squared gradient, both corrected for their start at 0.
///
/// Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1; AMSGrad by Reddi et al. 2018.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean and of the mean square, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// L2 penalty: added to the gradient as `weight_decay p`.
    pub weight_decay: f64,
    /// Divides by the greatest mean square so far instead of the present one.
    pub amsgrad: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for Adam {
    fn default() -> Self {
        Self { lr: 1e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, amsgrad: false, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for Adam {
    fn state(&self) -> &'static [&'static str] {
        names(self.amsgrad)
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        run::<I, T>(self, 1.0, step, param, grad, state)
    }
}

/// Adam whose weight decay acts on the parameter itself: `p ← (1 - lr weight_decay) p` before each step.
///
/// Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The learning rate.
    pub lr: f64,
    /// Decay a step of the mean and of the mean square, each in `[0, 1)`.
    pub betas: (f64, f64),
    /// Added to the denominator.
    pub eps: f64,
    /// How much the parameter shrinks a step, in units of the learning rate.
    pub weight_decay: f64,
    /// Divides by the greatest mean square so far instead of the present one.
    pub amsgrad: bool,
    /// Climbs instead of descending.
    pub maximize: bool,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { lr: 1e-3, betas: (0.9, 0.999), eps: 1e-8, weight_decay: 1e-2, amsgrad: false, maximize: false }
    }
}

impl<T: Scalar> Rule<T> for AdamW {
    fn state(&self) -> &'static [&'static str] {
        names(self.amsgrad)
    }

    #[inline(always)]
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
        let &Self { lr, betas, eps, weight_decay, amsgrad, maximize } = self;
        let adam = Adam { lr, betas, eps, weight_decay: 0.0, amsgrad, maximize };
        run::<I, T>(&adam, 1.0 - lr * weight_decay, step, param, grad, state)
    }
}

fn names(amsgrad: bool) -> &'static [&'static str] {
    if amsgrad { &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] } else { &["exp_avg", "exp_avg_sq"] }
}

#[inline(always)]
fn run<I: Isa, T: Scalar>(rule: &Adam, shrink: f64, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
    let (beta1, beta2) = rule.betas;
    let pre = Pre::new(rule.maximize, rule.weight_decay);
    let shrink = T::from_f64(shrink);
    let (take1, beta2_t, take2) = (T::from_f64(1.0 - beta1), T::from_f64(beta2), T::from_f64(1.0 - beta2));
    let minus_rate = T::from_f64(-rule.lr / (1.0 - power(beta1, step)));
    let correct = T::from_f64(1.0 / (1.0 - power(beta2, step)).sqrt());
    let eps = T::from_f64(rule.eps);
    let moments = |p: &mut T, g: T, m: &mut T, v: &mut T| {
        let g = pre.apply::<I>(g, *p);
        *p *= shrink;
        *m = I::fma(take1, g - *m, *m);
        *v = I::fma(beta2_t, *v, take2 * g * g);
    };
    if rule.amsgrad {
        let [mean, square, greatest] = states(state);
        each3(param, grad, mean, square, greatest, |p, g, m, v, top| {
            moments(p, g, m, v);
            *top = if *v < *top { *top } else { *v };
            *p = I::fma(minus_rate, *m / I::fma(top.sqrt(), correct, eps), *p);
        });
    } else {
        let [mean, square] = states(state);
        each2(param, grad, mean, square, |p, g, m, v| {
            moments(p, g, m, v);
            *p = I::fma(minus_rate, *m / I::fma(v.sqrt(), correct, eps), *p);
        });
    }
}
