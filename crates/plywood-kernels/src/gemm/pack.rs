//! Laying matrices out for the micro-kernel.

use std::ops::Range;

use super::{MatRef, Pack};
use crate::simd::{Vector, prefetch};
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

/// Lays out all panels of `lanes`, one after the other, as [`Pack::pack`] does one.
pub(super) fn panels<T: Scalar>(
    m: MatRef<'_, T>,
    lanes: Range<usize>,
    depth: Range<usize>,
    width: usize,
    out: &mut [T],
) {
    if m.row_stride == 1 && !depth.is_empty() && !lanes.is_empty() {
        return copy(m, lanes, depth, width, out);
    }
    for (left, out) in lanes.clone().step_by(width).zip(out.chunks_mut((depth.len() * width).max(1))) {
        Lanes(m).pack(left..lanes.end.min(left + width), depth.clone(), width, out);
    }
}

/// Any strides, lane by lane.
fn gather<T: Scalar>(m: MatRef<'_, T>, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
    if depth.is_empty() {
        return;
    }
    if lanes.len() < width {
        out.fill(T::ZERO);
    }
    for (i, lane) in lanes.enumerate() {
        let row = &m.data[lane * m.row_stride + depth.start * m.col_stride..];
        for (p, out) in out[i..].iter_mut().step_by(width).enumerate() {
            *out = row[p * m.col_stride];
        }
    }
}

/// Rows that are asked for ahead of their turn: they may lie pages apart, which no processor foresees.
const AHEAD: usize = 8;

dispatch! {
    /// Lanes that are adjacent in memory, of one panel or several, in the order in which they stand.
    fn copy<I: Isa, T: Scalar>(m: MatRef<'_, T>, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
        let step = I::V::<T>::LANES;
        let panel = depth.len() * width;
        let panels = lanes.len() / width;
        let groups = width.div_ceil(step);
        // Whole vectors are read and written, past the panel's width where it isn't a multiple of theirs; the next depth
        // overwrites it. The last depths, for which there is none or nothing more to read, are left to the gather.
        let beyond = groups * step - width;
        let exist = |p: usize| lanes.start + panels * width + beyond + (depth.start + p) * m.col_stride <= m.data.len();
        let mut whole = if panels == 0 { 0 } else { depth.len().saturating_sub(beyond.div_ceil(width)) };
        while whole > 0 && !exist(whole - 1) {
            whole -= 1;
        }
        assert!(out.len() >= panels * panel && depth.end <= m.cols && lanes.end <= m.rows);
        for p in 0..whole {
            // SAFETY: `beyond` numbers follow the last panel's in the matrix, which `exist` says, and in the panel,
            // where more depths follow.
            unsafe {
                let row = m.data.as_ptr().add(lanes.start + (depth.start + p) * m.col_stride);
                let ahead = row.wrapping_add(AHEAD * m.col_stride);
                for i in 0..panels {
                    prefetch(ahead.wrapping_add(i * width));
                    let out = out.as_mut_ptr().add(i * panel + p * width);
                    for g in 0..groups {
                        I::V::<T>::load(row.add(i * width + g * step)).store(out.add(g * step));
                    }
                }
            }
        }
        for i in 0..panels {
            let first = lanes.start + i * width;
            let out = &mut out[i * panel + whole * width..(i + 1) * panel];
            gather(m, first..first + width, depth.start + whole..depth.end, width, out);
        }
        let first = lanes.start + panels * width;
        if first == lanes.end {
            return;
        }
        let out = &mut out[panels * panel..][..panel];
        if width != 2 * step {
            return gather(m, first..lanes.end, depth, width, out);
        }
        let [n, rest] = [(lanes.end - first).min(step), (lanes.end - first).saturating_sub(step)];
        for (p, out) in out.chunks_exact_mut(width).enumerate() {
            let row = &m.data[first + (depth.start + p) * m.col_stride..][..n + rest];
            // SAFETY: `out` is two vectors long, and of `row` no more is read than there is.
            unsafe {
                let load = if n == step { I::V::<T>::load(row.as_ptr()) } else { I::V::<T>::load_first(row.as_ptr(), n) };
                load.store(out.as_mut_ptr());
                I::V::<T>::load_first(row.as_ptr().wrapping_add(n), rest).store(out.as_mut_ptr().add(step));
            }
        }
    }
}

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
        // Whole vectors are read and written, past the panel's width where it isn't a multiple of theirs: so all
        // these lanes must exist, and the last depths, which would spill out of the panel, are left to the gather.
        let spill = (groups * step - width).div_ceil(width);
        let whole = if lanes.len() == width && lanes.start + groups * step <= m.rows {
            depth.len().saturating_sub(spill) / step * step
        } else {
            0
        };
        for p in (0..whole).step_by(step) {
            // What the last group writes past the width is overwritten by the first.
            for g in (0..groups).rev() {
                let src = &m.data[(lanes.start + g * step) * m.row_stride + depth.start + p..];
                let to = &mut out[p * width + g * step..];
                assert!(src.len() >= (step - 1) * m.row_stride + step && to.len() >= (step - 1) * width + step);
                // SAFETY: `step` lanes of `step` depths exist from `src` on, and as many places from `to` on.
                unsafe { I::V::<T>::transpose(src.as_ptr(), m.row_stride, to.as_mut_ptr(), width) };
            }
        }
        gather(m, lanes, depth.start + whole..depth.end, width, &mut out[whole * width..]);
    }
}
