//! Depthwise convolution: one channel in, one out, so there is nothing to share and memory sets the pace.
//!
//! Forward and input gradient run along the rows of the image, some vectors of outputs at a time, on the way that
//! [`wide`](super::wide) prepares. The weight gradient is a dot product of planes for each tap.

use super::Conv2dDims;
use super::geometry::Correlation;
use super::image::Layout;
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch, par};

/// A row of outputs: what is added to the sums, and what becomes of them.
#[derive(Clone, Copy)]
pub(super) struct Row<T> {
    pub(super) bias: T,
    pub(super) accumulate: bool,
    pub(super) relu: bool,
}

dispatch! {
    /// `out[u] = bias + Σ weight · patch[place + u]` over taps (weight, place).
    ///
    /// `patch` must reach a vector past the last number that an output takes.
    pub(super) fn row<I: Isa, T: Scalar>(patch: &[T], taps: &[(T, usize)], row: Row<T>, out: &mut [T]) {
        let lanes = I::V::<T>::LANES;
        let mut most = 0;
        for &(_, place) in taps {
            most = most.max(place);
        }
        assert!(most + out.len().next_multiple_of(lanes) <= patch.len());
        let mut at = 0;
        while at < out.len() {
            let left = out.len() - at;
            let vectors_here = left.div_ceil(lanes).min(4);
            let columns = (left - (vectors_here - 1) * lanes).min(lanes);
            // SAFETY: of the patch whole vectors up to the end of the last one were asserted, of `out` what is left.
            unsafe {
                let (patch, out) = (patch.as_ptr().add(at), out.as_mut_ptr().add(at));
                match vectors_here {
                    1 => vectors::<I::V<T>, T, 1>(patch, taps, row, out, columns),
                    2 => vectors::<I::V<T>, T, 2>(patch, taps, row, out, columns),
                    3 => vectors::<I::V<T>, T, 3>(patch, taps, row, out, columns),
                    _ => vectors::<I::V<T>, T, 4>(patch, taps, row, out, columns),
                }
            }
            at += vectors_here * lanes;
        }
    }
}

/// `N` vectors of outputs, `columns` of the last of which exist.
///
/// # Safety
/// The patch holds `N` vectors from each tap's place on, `out` the outputs; for use within `dispatch!`.
#[inline(always)]
unsafe fn vectors<V: Vector<T>, T: Scalar, const N: usize>(
    patch: *const T,
    taps: &[(T, usize)],
    row: Row<T>,
    out: *mut T,
    columns: usize,
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut sums = [V::splat(row.bias); N];
        for &(weight, place) in taps {
            let weight = V::splat(weight);
            for (j, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(patch.add(place + j * V::LANES)).mul_add(weight, *sum);
            }
        }
        for (j, mut sum) in sums.into_iter().enumerate() {
            let out = out.add(j * V::LANES);
            let whole = j + 1 < N || columns == V::LANES;
            if row.accumulate {
                sum = sum.add(if whole { V::load(out) } else { V::load_first(out, columns) });
            }
            if row.relu {
                sum = sum.relu();
            }
            if whole { sum.store(out) } else { sum.store_first(out, columns) }
        }
    }
}

/// The weight gradient where each group has one channel: `dw [o, 1, kh, kw]`.
pub(super) fn gradient<T: Scalar>(d: &Conv2dDims, x: &[T], dy: &[T], dw: &mut [T], accumulate: bool) {
    let axes = Correlation::axes_of(d);
    let layout = Layout::new::<T>(&axes, 0, d.oh);
    let (outs, taps, pixels) = (d.o / d.groups, d.kh * d.kw, d.oh * d.ow);
    let mut places = Vec::with_capacity(taps);
    for &(_, y) in &axes[0].phases[0].taps {
        places.extend(axes[1].phases[0].taps.iter().map(|&(_, x)| layout.at(y, x)));
    }
    let step = d.stride[0] * layout.pitch;
    let cost = d.n.saturating_mul(pixels) / 4 + 1;
    par::chunks_mut(dw, outs * taps, cost, |channel, dw| {
        if !accumulate {
            dw.fill(T::ZERO);
        }
        // Whole vectors are read, past the end of the last row, and multiplied by zeros: NaN must not stand there.
        let mut patch = Scratch::take(layout.plane + MOST_LANES);
        patch[layout.rows * layout.pitch..].fill(T::ZERO);
        for image in 0..d.n {
            let plane = &x[(image * d.c + channel) * d.h * d.w..][..d.h * d.w];
            layout.fill(plane, d.h, d.w, &mut patch[..layout.plane]);
            for (out, dw) in dw.chunks_exact_mut(taps).enumerate() {
                let dy = &dy[(image * d.o + channel * outs + out) * pixels..][..pixels];
                for (places, dw) in places.chunks(TAPS).zip(dw.chunks_mut(TAPS)) {
                    dots(&patch, dy, d.ow, step, places, dw);
                }
            }
        }
    });
}

/// Taps whose sums are kept in registers together.
const TAPS: usize = 9;

dispatch! {
    /// `dw[tap] += Σ dy · patch` over the pixels, for taps at `places`; rows of `dy` are `width` long, those of the
    /// patch `step` apart.
    fn dots<I: Isa, T: Scalar>(
        patch: &[T],
        dy: &[T],
        width: usize,
        step: usize,
        places: &[usize],
        dw: &mut [T],
    ) {
        let lanes = I::V::<T>::LANES;
        let most = places.iter().max().map_or(0, |p| p + (dy.len() / width - 1) * step);
        assert!(most + width.next_multiple_of(lanes) <= patch.len() && places.len() == dw.len());
        // Taps that are not there read the first one's place; their sums are dropped.
        let mut at = [0; TAPS];
        at[..places.len()].copy_from_slice(places);
        // SAFETY: of the patch whole vectors up to the end of the last row were asserted; of `dy` nothing beyond a row
        // is read.
        unsafe {
            let mut sums = [I::V::<T>::splat(T::ZERO); TAPS];
            for (r, dy) in dy.chunks_exact(width).enumerate() {
                for u in (0..width).step_by(lanes) {
                    let row = dy.as_ptr().add(u);
                    let left = width - u;
                    let dy = if left >= lanes { I::V::<T>::load(row) } else { I::V::<T>::load_first(row, left) };
                    for (sum, at) in sums.iter_mut().zip(at) {
                        *sum = I::V::<T>::load(patch.as_ptr().add(at + r * step + u)).mul_add(dy, *sum);
                    }
                }
            }
            for (dw, sum) in dw.iter_mut().zip(sums) {
                *dw += sum.sum();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_past_the_last_row_does_not_count() {
        // 10 rows of 16 numbers, after which a line is left out so that planes don't crowd one set of the cache.
        let d = Conv2dDims::new([1, 1, 5, 12], [1, 1, 3, 3], [1, 1], [[2, 3], [1, 3]], [1, 1], 1).unwrap();
        let mut left_over = Scratch::take(10 * 16 + 64 / size_of::<f64>() + MOST_LANES);
        left_over.fill(f64::NAN);
        drop(left_over);
        let (x, dy) = (vec![1.0; 5 * 12], vec![1.0; d.oh * d.ow]);
        let mut dw = [f64::NAN; 9];
        gradient(&d, &x, &dy, &mut dw, false);
        assert!(dw.iter().all(|dw| *dw > 0.0), "{dw:?}");
    }
}
