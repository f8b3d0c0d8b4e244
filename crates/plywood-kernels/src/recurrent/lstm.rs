//! Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
//!
//! ```text
//! i, f, o = σ(W_ih x + b_ih + W_hh h + b_hh)    g = tanh(…)    c' = f c + i g    h' = o tanh(c')
//! ```

use super::cell::{Before, Cell, Grad, quarters, slope};
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
            for k in 0..hidden {
                i[k] = math::sigmoid::<I, T>(i[k]);
                f[k] = math::sigmoid::<I, T>(f[k]);
                g[k] = math::tanh::<I, T>(g[k]);
                o[k] = math::sigmoid::<I, T>(o[k]);
                c_before[k] = c[k];
                c[k] = I::fma(f[k], c[k], i[k] * g[k]);
                h[k] = o[k] * math::tanh::<I, T>(c[k]);
            }
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
            for k in 0..hidden {
                // The cell state after the step is made again: cheaper than keeping it.
                let tanh_c = math::tanh::<I, T>(I::fma(f[k], c_before[k], i[k] * g[k]));
                let d = I::fma(dh[k] * o[k], I::fma(-tanh_c, tanh_c, T::ONE), dc[k]);
                let (di, df) = (d * g[k] * slope(i[k]), d * c_before[k] * slope(f[k]));
                let (dg, d_o) = (d * i[k] * I::fma(-g[k], g[k], T::ONE), dh[k] * tanh_c * slope(o[k]));
                dc[k] = d * f[k];
                (i[k], f[k], g[k], o[k]) = (di, df, dg, d_o);
                ti[k] += di;
                tf[k] += df;
                tg[k] += dg;
                to[k] += d_o;
            }
        }
    }
}
