//! Laying matrices out for the micro-kernel.

use std::ops::Range;

use super::{MatRef, Pack};
use crate::simd::{MOST_LANES, Vector, prefetch};
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

/// Lanes that run along the depth.
fn transpose<T: Scalar>(m: MatRef<'_, T>, lanes: Range<usize>, depth: Range<usize>, width: usize, out: &mut [T]) {
    if !turns(depth.len()) {
        return gather(m, lanes, depth, width, out);
    }
    let data = &m.data[lanes.start * m.row_stride + depth.start..];
    turn(data, [lanes.len(), 1, depth.len()], [m.row_stride, 0], width, out);
    if lanes.len() < width {
        out.chunks_exact_mut(width).for_each(|out| out[lanes.len()..].fill(T::ZERO));
    }
}

/// Numbers that are turned together.
const TOGETHER: usize = 8;

/// Groups from one that is asked for to the one that is being laid out.
const GROUPS_AHEAD: usize = 2;

/// Whether so many numbers side by side are enough for [`turn`].
pub(crate) fn turns(len: usize) -> bool {
    len >= TOGETHER
}

dispatch! {
    /// Lays out a panel of `size = [lanes, groups, len]` numbers, of which `len` stand side by side, and lanes and groups
    /// are so far apart: number `p` of a group goes to `out[(group * len + p) * width + lane]`. Places past the last lane
    /// are filled with anything.
    #[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
    pub(crate) fn turn<I: Isa, T: Scalar>(
        data: &[T],
        size: [usize; 3],
        distances: [usize; 2],
        width: usize,
        out: &mut [T],
    ) {
        let (step, [lanes, groups, len]) = (I::V::<T>::LANES, size);
        assert!(lanes > 0 && groups > 0 && lanes <= width && turns(len) && out.len() == groups * len * width);
        assert!((lanes - 1) * distances[0] + (groups - 1) * distances[1] + len <= data.len());
        let line = 64 / size_of::<T>();
        for g in 0..groups {
            if distances[0] == len && distances[1] > 0 {
                // The next groups may lie pages away, which no processor foresees.
                let ahead = data.as_ptr().wrapping_add((g + GROUPS_AHEAD) * distances[1]);
                for at in (0..lanes * len).step_by(line) {
                    prefetch(ahead.wrapping_add(at));
                }
            }
            // What the last vector of a depth writes past the width is overwritten by the first of the next.
            for left in (0..width).step_by(step).rev() {
                let mut places = [0; MOST_LANES];
                for l in 0..step {
                    places[l] = g * distances[1] + (left + l).min(lanes - 1) * distances[0];
                }
                for from in (0..len).step_by(TOGETHER) {
                    let from = from.min(len - TOGETHER);
                    // SAFETY: of each lane that exists, `TOGETHER` of its numbers are read; of `out` no more is written
                    // than there is.
                    unsafe {
                        let columns = I::V::<T>::columns::<TOGETHER>(data.as_ptr().add(from), &places[..step]);
                        for j in 0..TOGETHER {
                            let at = (g * len + from + j) * width + left;
                            let to = out.as_mut_ptr().add(at);
                            if at + step <= out.len() {
                                columns[j].store(to);
                            } else {
                                columns[j].store_first(to, out.len() - at);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::turn;

    #[test]
    fn every_number_is_in_its_place() {
        for [lanes, groups, len, width] in [[14, 3, 9, 14], [5, 2, 9, 6], [1, 1, 8, 14], [8, 4, 25, 8], [3, 1, 40, 5]] {
            for distances in [[len, lanes * len], [groups * len, len]] {
                let data: Vec<f32> = (0..lanes * groups * len).map(|i| i as f32).collect();
                let mut out = vec![-1.0; groups * len * width];
                turn(&data, [lanes, groups, len], distances, width, &mut out);
                for (p, out) in out.chunks_exact(width).enumerate() {
                    for (lane, &x) in out[..lanes].iter().enumerate() {
                        let expected = lane * distances[0] + p / len * distances[1] + p % len;
                        assert_eq!(x, expected as f32, "number {p} of lane {lane} of {lanes}×{groups}×{len}");
                    }
                }
            }
        }
    }
}
