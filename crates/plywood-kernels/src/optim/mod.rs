//! The optimizers' update rules: one fused pass over a parameter, its gradient and what the rule remembers of it.
//!
//! A rule is its settings and one method, [`Rule::run`], with the loop over the elements. [`update`] splits a large
//! parameter into blocks and runs the rule on each, compiled for the machine's instruction set.

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod lion;
mod nadam;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod vector;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use lion::Lion;
pub use nadam::NAdam;
pub use radam::RAdam;
pub use rmsprop::RMSprop;
pub use rprop::Rprop;
pub use sgd::SGD;
pub use vector::{axpy, dot, lerp, squared_norm};

use crate::isa::Isa;
use crate::{Scalar, par};

/// An update rule: how a gradient moves a parameter.
///
/// Settings are `f64`, as PyTorch's are, and are rounded to `T` after the coefficients of a step are computed.
pub trait Rule<T: Scalar>: Sync {
    /// The names of what the rule remembers of a parameter between steps, each as long as the parameter, in the order
    /// in which [`Rule::run`] takes them. It may depend on the settings (momentum or none).
    fn state(&self) -> &'static [&'static str];

    /// Step number `step` (from 1) on a stretch of a parameter; all slices have one length.
    fn run<I: Isa>(&self, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]);
}

/// Applies a rule to a parameter in place.
///
/// `step` counts from 1. Before the first step the state holds zeros, or what the rule's documentation says.
///
/// # Panics
/// If the lengths differ, `step` is 0, or there are not as many states as the rule names.
///
/// ```
/// use plywood_kernels::optim::{SGD, update};
///
/// let mut weight = [1.0, 2.0];
/// update(&SGD { lr: 0.1, ..SGD::default() }, 1, &mut weight, &[1.0, -1.0], &mut []);
/// assert_eq!(weight, [0.9, 2.1]);
/// ```
pub fn update<T: Scalar, R: Rule<T>>(rule: &R, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
    assert!(step > 0, "steps count from 1");
    assert_eq!(state.len(), rule.state().len(), "the number of states");
    assert_eq!(param.len(), grad.len(), "lengths of parameter and gradient");
    assert!(state.iter().all(|s| s.len() == param.len()), "lengths of parameter and state");
    split(rule, step, param, grad, state);
}

/// Halves the parameter down to blocks: every element is computed alone, so where the cuts fall changes nothing.
fn split<T: Scalar, R: Rule<T>>(rule: &R, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]) {
    let n = param.len();
    if n < par::MIN_PARALLEL {
        return sweep(rule, step, param, grad, state);
    }
    let (p0, p1) = param.split_at_mut(n / 2);
    let (g0, g1) = grad.split_at(n / 2);
    let (mut s0, mut s1): (Vec<_>, Vec<_>) = state.iter_mut().map(|s| s.split_at_mut(n / 2)).unzip();
    par::join(n, || split(rule, step, p0, g0, &mut s0), || split(rule, step, p1, g1, &mut s1));
}

crate::dispatch! {
    fn sweep<I: Isa, T: Scalar, R: Rule<T>>(
        rule: &R, step: u64, param: &mut [T], grad: &[T], state: &mut [&mut [T]]
    ) {
        rule.run::<I>(step, param, grad, state)
    }
}

/// What a gradient goes through before a rule sees it.
#[derive(Clone, Copy)]
struct Pre<T> {
    sign: T,
    weight_decay: T,
}

impl<T: Scalar> Pre<T> {
    fn new(maximize: bool, weight_decay: f64) -> Self {
        Self { sign: if maximize { -T::ONE } else { T::ONE }, weight_decay: T::from_f64(weight_decay) }
    }

    /// `±g + weight_decay p`.
    #[inline(always)]
    fn apply<I: Isa>(self, g: T, p: T) -> T {
        I::fma(self.weight_decay, p, self.sign * g)
    }
}

/// The states as an array.
#[inline(always)]
fn states<'s, 'a, T, const N: usize>(state: &'s mut [&'a mut [T]]) -> &'s mut [&'a mut [T]; N] {
    state.try_into().expect("as many states as the rule names")
}

/// 1, 0 or -1; NaN stays NaN.
#[inline(always)]
fn sign<T: Scalar>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x * T::ZERO
    }
}

/// `beta^step`.
fn power(beta: f64, step: u64) -> f64 {
    beta.powi(i32::try_from(step).unwrap_or(i32::MAX))
}

/// `f(parameter, gradient)` for each element. The slices are arguments of their own, here and below, because that is
/// how the compiler learns that they don't overlap.
#[inline(always)]
fn each0<T: Copy>(p: &mut [T], g: &[T], f: impl Fn(&mut T, T)) {
    for (p, &g) in p.iter_mut().zip(g) {
        f(p, g);
    }
}

/// As [`each0`], with one state.
#[inline(always)]
fn each1<T: Copy>(p: &mut [T], g: &[T], a: &mut [T], f: impl Fn(&mut T, T, &mut T)) {
    for ((p, &g), a) in p.iter_mut().zip(g).zip(a) {
        f(p, g, a);
    }
}

/// As [`each0`], with two states.
#[inline(always)]
fn each2<T: Copy>(p: &mut [T], g: &[T], a: &mut [T], b: &mut [T], f: impl Fn(&mut T, T, &mut T, &mut T)) {
    for (((p, &g), a), b) in p.iter_mut().zip(g).zip(a).zip(b) {
        f(p, g, a, b);
    }
}

/// As [`each0`], with three states.
#[inline(always)]
fn each3<T: Copy>(
    p: &mut [T],
    g: &[T],
    a: &mut [T],
    b: &mut [T],
    c: &mut [T],
    f: impl Fn(&mut T, T, &mut T, &mut T, &mut T),
) {
    for ((((p, &g), a), b), c) in p.iter_mut().zip(g).zip(a).zip(b).zip(c) {
        f(p, g, a, b, c);
    }
}

#[cfg(test)]
mod tests;
