//! The plain cell (Elman 1990): `h' = f(W_ih x + b_ih + W_hh h + b_hh)`.

use super::cell::{Before, Cell, Grad};
use crate::{Scalar, dispatch, math};

/// The function that a plain recurrent cell applies to its sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nonlinearity {
    /// The hyperbolic tangent.
    #[default]
    Tanh,
    /// `max(x, 0)`.
    Relu,
}

/// The plain recurrent cell. Its one group of values is the new state itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rnn {
    /// What is applied to the sum.
    pub nonlinearity: Nonlinearity,
}

impl Cell for Rnn {
    const GATES: usize = 1;
    const WIDTH: usize = 1;
    const HAS_C: bool = false;
    const DIRECT: bool = false;

    fn advance<T: Scalar>(self, _: usize, gates: &mut [T], h: &mut [T], _: &mut [T], _: &mut [T]) {
        match self.nonlinearity {
            Nonlinearity::Tanh => advance_tanh(gates, h),
            Nonlinearity::Relu => advance_relu(gates, h),
        }
    }

    fn retreat<T: Scalar>(self, hidden: usize, gates: &mut [T], _: Before<'_, T>, grad: Grad<'_, T>) {
        match self.nonlinearity {
            Nonlinearity::Tanh => retreat_tanh(hidden, gates, grad.h, grad.totals),
            Nonlinearity::Relu => retreat_relu(hidden, gates, grad.h, grad.totals),
        }
    }
}

dispatch! {
    fn advance_tanh<I: Isa, T: Scalar>(gates: &mut [T], h: &mut [T]) {
        for (a, h) in gates.iter_mut().zip(h) {
            *a = math::tanh::<I, T>(*a);
            *h = *a;
        }
    }
}

dispatch! {
    fn advance_relu<I: Isa, T: Scalar>(gates: &mut [T], h: &mut [T]) {
        for (a, h) in gates.iter_mut().zip(h) {
            *a = if *a < T::ZERO { T::ZERO } else { *a };
            *h = *a;
        }
    }
}

dispatch! {
    fn retreat_tanh<I: Isa, T: Scalar>(hidden: usize, gates: &mut [T], dh: &[T], totals: &mut [T]) {
        for (gates, dh) in gates.chunks_exact_mut(hidden).zip(dh.chunks_exact(hidden)) {
            for ((a, &dh), total) in gates.iter_mut().zip(dh).zip(totals.iter_mut()) {
                *a = dh * I::fma(-*a, *a, T::ONE);
                *total += *a;
            }
        }
    }
}

dispatch! {
    fn retreat_relu<I: Isa, T: Scalar>(hidden: usize, gates: &mut [T], dh: &[T], totals: &mut [T]) {
        for (gates, dh) in gates.chunks_exact_mut(hidden).zip(dh.chunks_exact(hidden)) {
            for ((a, &dh), total) in gates.iter_mut().zip(dh).zip(totals.iter_mut()) {
                *a = if *a > T::ZERO { dh } else { T::ZERO };
                *total += *a;
            }
        }
    }
}
