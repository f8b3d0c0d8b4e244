//! Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
//!
//! ```text
//! i, f, o = σ(W_ih x + b_ih + W_hh h + b_hh)    g = tanh(…)    c' = f c + i g    h' = o tanh(c')
//! ```

use super::cell::{Before, Cell, Grad, each, quarters, slope};
use crate::{Scalar, dispatch, math};

/// The cell of long short-term memory, gates in the order `i, f, g, o`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lstm;

impl Cell for Lstm {
    const GATES: usize = 4;
    const WIDTH: usize = 4;
    const HAS_C: bool = true;
    const DIRECT: bool = false;

    fn advance<T: Scalar>(self, hidden: usize, gates: &mut [T], h: &mut [T], c: &mut [T], c_before: &mut [T]) {
        advance(hidden, gates, h, c, c_before);
    }

    fn retreat<T: Scalar>(self, hidden: usize, gates: &mut [T], before: Before<'_, T>, grad: Grad<'_, T>) {
        retreat(hidden, gates, before.c, grad.h, grad.c, grad.totals);
    }
}

dispatch! {
    fn advance<I: Isa, T: Scalar>(hidden: usize, gates: &mut [T], h: &mut [T], c: &mut [T], c_before: &mut [T]) {
        let states = h.chunks_exact_mut(hidden).zip(c.chunks_exact_mut(hidden));
        let rows = gates.chunks_exact_mut(4 * hidden).zip(c_before.chunks_exact_mut(hidden));
        for ((h, c), (gates, c_before)) in states.zip(rows) {
            let (i, f, g, o) = quarters(gates, hidden);
            c_before.copy_from_slice(c);
            each([], [i, f, g, o, c, h], |[], [i, f, g, o, c, _]| {
                let (i, f, o) = (math::sigmoid::<I, T>(i), math::sigmoid::<I, T>(f), math::sigmoid::<I, T>(o));
                let g = math::tanh::<I, T>(g);
                let c = I::fma(f, c, i * g);
                [i, f, g, o, c, o * math::tanh::<I, T>(c)]
            });
        }
    }
}

dispatch! {
    fn retreat<I: Isa, T: Scalar>(
        hidden: usize, gates: &mut [T], c_before: &[T], dh: &[T], dc: &mut [T], totals: &mut [T],
    ) {
        let (ti, tf, tg, to) = quarters(totals, hidden);
        let grads = dh.chunks_exact(hidden).zip(dc.chunks_exact_mut(hidden));
        let rows = gates.chunks_exact_mut(4 * hidden).zip(c_before.chunks_exact(hidden));
        for ((dh, dc), (gates, c_before)) in grads.zip(rows) {
            let (i, f, g, o) = quarters(gates, hidden);
            let rows = [i, f, g, o, dc, &mut *ti, &mut *tf, &mut *tg, &mut *to];
            each([c_before, dh], rows, |[c_before, dh], [i, f, g, o, dc, ti, tf, tg, to]| {
                // The cell state after the step is made again: cheaper than keeping it.
                let tanh_c = math::tanh::<I, T>(I::fma(f, c_before, i * g));
                let d = I::fma(dh * o, I::fma(-tanh_c, tanh_c, T::ONE), dc);
                let (di, df) = (d * g * slope(i), d * c_before * slope(f));
                let (dg, d_o) = (d * i * I::fma(-g, g, T::ONE), dh * tanh_c * slope(o));
                [di, df, dg, d_o, d * f, ti + di, tf + df, tg + dg, to + d_o]
            });
        }
    }
}
