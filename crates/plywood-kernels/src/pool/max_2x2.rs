//! Max pooling with the window that most nets use: 2×2, step 2, no padding.
//!
//! Windows don't overlap, so forward is one branch-free pass and the adjoint writes every cell once.

use super::PoolDims;
use super::max::Tap;
use crate::Scalar;

/// Whether this file's path applies.
pub(super) fn is_2x2(d: &PoolDims) -> bool {
    [d.h, d.w]
        .iter()
        .all(|a| a.kernel == 2 && a.stride == 2 && a.padding == 0 && a.dilation == 1 && a.output == a.input / 2)
}

/// One plane, `[h, w]` to `[h / 2, w / 2]`.
#[inline(always)]
pub(super) fn plane_2x2<T: Scalar, P: Tap>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [P]) {
    let (w, ow) = (d.w.input, d.w.output);
    let rows = x.chunks_exact(2 * w).zip(out.chunks_exact_mut(ow)).zip(taps.chunks_exact_mut(ow));
    for ((x, out), taps) in rows {
        let (top, bottom) = (x[..w].as_chunks::<2>().0, x[w..].as_chunks::<2>().0);
        for (((out, tap), &[a, b]), &[c, d]) in out.iter_mut().zip(taps).zip(top).zip(bottom) {
            let mut best = (a, 0);
            best = if beats(b, best.0) { (b, 1) } else { best };
            best = if beats(c, best.0) { (c, 2) } else { best };
            best = if beats(d, best.0) { (d, 3) } else { best };
            *out = best.0;
            *tap = P::from_u32(best.1);
        }
    }
}

#[inline(always)]
#[allow(clippy::eq_op)] // NaN is what differs from itself, and this form vectorises.
fn beats<T: Scalar>(v: T, best: T) -> bool {
    (v > best) | (v != v)
}

/// The adjoint of one plane.
#[inline(always)]
pub(super) fn adjoint_2x2<T: Scalar, P: Tap>(d: &PoolDims, grad_out: &[T], taps: &[P], grad_in: &mut [T]) {
    let (w, ow) = (d.w.input, d.w.output);
    let (rows, rest) = grad_in.split_at_mut(d.h.output * 2 * w);
    rest.fill(T::ZERO);
    let rows = rows.chunks_exact_mut(2 * w).zip(grad_out.chunks_exact(ow)).zip(taps.chunks_exact(ow));
    for ((grad_in, grad_out), taps) in rows {
        let (top, bottom) = grad_in.split_at_mut(w);
        let ((top, last_top), (bottom, last_bottom)) = (top.as_chunks_mut::<2>(), bottom.as_chunks_mut::<2>());
        last_top.fill(T::ZERO);
        last_bottom.fill(T::ZERO);
        for (((top, bottom), &g), &tap) in top.iter_mut().zip(bottom).zip(grad_out).zip(taps) {
            let at = |k: usize| if tap.get() == k { g } else { T::ZERO };
            *top = [at(0), at(1)];
            *bottom = [at(2), at(3)];
        }
    }
}
