//! Laying matrices out for the micro-kernel.

use std::ops::Range;

use super::{MatRef, Pack};
use crate::simd::Vector;
use crate::{Scalar, dispatch};

/// A view whose rows are the lanes.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<'a, T>(pub(crate) MatRef<'a, T>);

impl<T: Scalar> Pack<T> for Lanes<'_, T> {
    fn lanes(&self) -> usize {
        self.0.rows
    }

    fn depth(&self) -> usize {
        self.0.cols
    }

    fn pack(&self, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        assert!(lanes.end <= self.0.rows && depth.end <= self.0.cols && lanes.len() <= width);
        assert_eq!(out.len(), depth.len() * width);
        if out.is_empty() || lanes.is_empty() {
            out.fill(T::ZERO);
        } else if self.0.row_stride == 1 {
            copy(self.0, lanes, depth, width, out);
        } else if self.0.col_stride == 1 {
            transpose(self.0, lanes, depth, width, out);
        } else {
            gather(self.0, lanes, depth, width, out);
        }
    }
}

/// Any strides.
#[inline(always)]
fn gather<T: Scalar>(m: MatRef<'_, T>, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
    for (p, out) in depth.zip(out.chunks_exact_mut(width)) {
        for (i, out) in out.iter_mut().enumerate() {
            let lane = lanes.start + i;
            *out = if lane < lanes.end { m.data[lane * m.row_stride + p * m.col_stride] } else { T::ZERO };
        }
    }
}

dispatch! {
    /// Lanes that are adjacent in memory.
    fn copy<I: Isa, T: Scalar>(m: MatRef<'_, T>, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        let step = I::V::<T>::LANES;
        if lanes.len() < width || width != 2 * step {
            return gather(m, lanes, depth, width, out);
        }
        for (p, out) in depth.zip(out.chunks_exact_mut(width)) {
            let row = &m.data[lanes.start + p * m.col_stride..][..width];
            // SAFETY: `row` and `out` are two vectors long. A loop over them would become a call of memcpy for each row.
            unsafe {
                let (first, second) = (I::V::<T>::load(row.as_ptr()), I::V::<T>::load(row.as_ptr().add(step)));
                first.store(out.as_mut_ptr());
                second.store(out.as_mut_ptr().add(step));
            }
        }
    }
}

/// The longest vector.
const MOST: usize = 16;

dispatch! {
    /// Lanes that run along the depth: whole squares are transposed in registers, the edges gathered.
    fn transpose<I: Isa, T: Scalar>(
        m: MatRef<'_, T>,
        lanes: Range<usize>,
        depth: Range<usize>,
        width: usize,
        out: &mut [T],
    ) {
        let step = I::V::<T>::LANES;
        let groups = width.div_ceil(step);
        // Whole vectors are written, past the panel's width where it isn't a multiple of theirs: the last depths, which
        // would spill out of the panel, are left to the gather.
        let spill = (groups * step - width).div_ceil(width);
        let whole = depth.len().saturating_sub(spill) / step * step;
        // What a full panel spills may be the next one's lanes; what a ragged one lacks must be 0.
        let there = if lanes.len() == width { m.rows - lanes.start } else { lanes.len() };
        let mut square = [T::ZERO; MOST * MOST];
        let mut ragged = [T::ZERO; MOST * MOST];
        for p in (0..whole).step_by(step) {
            for g in 0..groups {
                let here = there.saturating_sub(g * step).min(step);
                let lane = |l: usize| &m.data[(lanes.start + g * step + l) * m.row_stride + depth.start + p..][..step];
                let (src, row_stride) = if here == step {
                    debug_assert_eq!(lane(step - 1).len(), step);
                    (lane(0).as_ptr(), m.row_stride)
                } else {
                    for (l, row) in ragged.chunks_exact_mut(step).take(step).enumerate() {
                        if l < here { row.copy_from_slice(lane(l)) } else { row.fill(T::ZERO) }
                    }
                    (ragged.as_ptr(), step)
                };
                if width.is_multiple_of(step) {
                    let to = &mut out[p * width + g * step..];
                    debug_assert!(to.len() >= (step - 1) * width + step);
                    // SAFETY: `step` lanes of `step` depths exist from `src` on, and as many places from `to` on.
                    unsafe { I::V::<T>::transpose(src, row_stride, to.as_mut_ptr(), width) };
                    continue;
                }
                // SAFETY: as above; the square has room for the longest vector's.
                unsafe { I::V::<T>::transpose(src, row_stride, square.as_mut_ptr(), step) };
                for (q, row) in square.chunks_exact(step).take(step).enumerate() {
                    let at = (p + q) * width + g * step;
                    let n = step.min(width - g * step);
                    if groups == 1 {
                        // Each row overwrites what the one before spilled.
                        // SAFETY: `spill` rows follow in the panel.
                        unsafe { I::V::<T>::load(row.as_ptr()).store(out.as_mut_ptr().add(at)) };
                    } else {
                        out[at..at + n].copy_from_slice(&row[..n]);
                    }
                }
            }
        }
        gather(m, lanes, depth.start + whole..depth.end, width, &mut out[whole * width..]);
    }
}
