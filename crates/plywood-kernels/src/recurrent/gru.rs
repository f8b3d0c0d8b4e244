//! The gated recurrent unit (Cho et al. 2014), with the reset gate applied after the product as in cuDNN and PyTorch.
//!
//! ```text
//! r, z = σ(W_ih x + b_ih + W_hh h + b_hh)    q = W_hn h + b_hn    n = tanh(W_in x + b_in + r q)    h' = (1 - z) n + z h
//! ```
//!
//! A row of gates is `q, r, z, n`: `q` apart from `n`, and in front, so that the products with the state
//! (`q, r, z`) and those with the input (`r, z, n`) each write neighbouring columns.

use super::cell::{Before, Cell, Grad, each, quarters, slope};
use crate::{Scalar, dispatch, math};

/// The gated recurrent unit, gates in the order `r, z, n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gru;

impl Cell for Gru {
    const GATES: usize = 3;
    const WIDTH: usize = 4;
    const HAS_C: bool = false;
    const DIRECT: bool = true;

    fn advance<T: Scalar>(self, hidden: usize, gates: &mut [T], h: &mut [T], _: &mut [T], _: &mut [T]) {
        advance(hidden, gates, h);
    }

    fn retreat<T: Scalar>(self, hidden: usize, gates: &mut [T], before: Before<'_, T>, grad: Grad<'_, T>) {
        retreat(hidden, gates, before.h, grad.h, grad.totals);
    }
}

dispatch! {
    fn advance<I: Isa, T: Scalar>(hidden: usize, gates: &mut [T], h: &mut [T]) {
        for (gates, h) in gates.chunks_exact_mut(4 * hidden).zip(h.chunks_exact_mut(hidden)) {
            let (q, r, z, n) = quarters(gates, hidden);
            each([q], [r, z, n, h], |[q], [r, z, n, h]| {
                let (r, z) = (math::sigmoid::<I, T>(r), math::sigmoid::<I, T>(z));
                let n = math::tanh::<I, T>(I::fma(r, q, n));
                [r, z, n, I::fma(z, h - n, n)]
            });
        }
    }
}

dispatch! {
    fn retreat<I: Isa, T: Scalar>(hidden: usize, gates: &mut [T], h_before: &[T], dh: &mut [T], totals: &mut [T]) {
        let (tq, tr, tz, tn) = quarters(totals, hidden);
        let rows = gates.chunks_exact_mut(4 * hidden).zip(h_before.chunks_exact(hidden));
        for ((gates, h_before), dh) in rows.zip(dh.chunks_exact_mut(hidden)) {
            let (q, r, z, n) = quarters(gates, hidden);
            let rows = [q, r, z, n, dh, &mut *tq, &mut *tr, &mut *tz, &mut *tn];
            each([h_before], rows, |[h_before], [q, r, z, n, dh, tq, tr, tz, tn]| {
                let dn = dh * (T::ONE - z) * I::fma(-n, n, T::ONE);
                let dz = dh * (h_before - n) * slope(z);
                let (dq, dr) = (dn * r, dn * q * slope(r));
                [dq, dr, dz, dn, dh * z, tq + dq, tr + dr, tz + dz, tn + dn]
            });
        }
    }
}
