//! An image laid out so that every tap of every output is a plain read: zeros around it, and for a horizontal stride
//! the columns that one tap takes side by side.

use super::geometry::Axis;
use crate::simd::Vector;
use crate::{Scalar, dispatch};

/// The layout of one channel: rows of `step` runs of `run` columns each; the column `q` of the padded image stands in
/// run `q % step` at place `q / step`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// The source position of the first row and column, which may lie before the image.
    pub(super) top: isize,
    pub(super) left: isize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    step: usize,
    run: usize,
    /// Elements from one row, and from one channel, to the next.
    pub(super) pitch: usize,
    pub(super) plane: usize,
}

/// Bytes of a cache line.
const LINE: usize = 64;

/// Whether one place of many planes of this length would fall into few sets of the cache.
fn crowds<T>(plane: usize) -> bool {
    (plane * size_of::<T>()).is_multiple_of(4 * LINE)
}

impl Layout {
    /// The part of an image that outputs `from..to` (vertically) take.
    pub(super) fn new<T: Scalar>(axes: &[Axis; 2], from: usize, to: usize) -> Self {
        let (top, bottom) = axes[0].reach(from, to);
        let (left, right) = axes[1].reach(0, axes[1].count());
        let (rows, columns) = ((bottom - top + 1) as usize, (right - left + 1) as usize);
        let step = axes[1].source_step;
        let run = columns.div_ceil(step);
        let pitch = step * run;
        let plane = if crowds::<T>(rows * pitch) { rows * pitch + LINE / size_of::<T>() } else { rows * pitch };
        Self { top, left, rows, columns, step, run, pitch, plane }
    }

    /// The same part with its columns in their order, whatever the stride.
    pub(super) fn in_order<T: Scalar>(axes: &[Axis; 2]) -> Self {
        let spread = Self::new::<T>(axes, 0, axes[0].count());
        let (pitch, plane) = (spread.columns, spread.rows * spread.columns);
        Self { step: 1, run: pitch, pitch, plane, ..spread }
    }

    /// The image where it stands, if no output takes anything outside it, columns follow one another, and channels don't
    /// get into each other's way in the cache.
    pub(super) fn in_place<T: Scalar>(axes: &[Axis; 2], from: usize, to: usize) -> Option<Self> {
        let (top, bottom) = axes[0].reach(from, to);
        let (left, right) = axes[1].reach(0, axes[1].count());
        let (h, w) = (axes[0].source, axes[1].source);
        let inside = top >= 0 && left >= 0 && bottom < h as isize && right < w as isize;
        (inside && axes[1].source_step == 1 && !crowds::<T>(h * w)).then_some(Self {
            top: 0,
            left: 0,
            rows: h,
            columns: w,
            step: 1,
            run: w,
            pitch: w,
            plane: h * w,
        })
    }

    /// Where the source position `(y, x)` stands.
    pub(super) fn at(&self, y: isize, x: isize) -> usize {
        let (row, column) = ((y - self.top) as usize, (x - self.left) as usize);
        row * self.pitch + (column % self.step) * self.run + column / self.step
    }

    /// Fills `out` with the planes of `source`, each `h × w`.
    pub(super) fn fill<T: Scalar>(&self, source: &[T], h: usize, w: usize, out: &mut [T]) {
        for (source, out) in source.chunks_exact(h * w).zip(out.chunks_exact_mut(self.plane)) {
            let out = &mut out[..self.rows * self.pitch];
            if self.step == 1 {
                surround(self, source, [h, w], out);
                continue;
            }
            for (r, out) in out.chunks_exact_mut(self.pitch).enumerate() {
                let y = self.top + r as isize;
                if y < 0 || y >= h as isize {
                    out.fill(T::ZERO);
                    continue;
                }
                let row = &source[y as usize * w..][..w];
                for (phase, out) in out.chunks_exact_mut(self.run).enumerate() {
                    for (i, out) in out.iter_mut().enumerate() {
                        let x = self.left + (i * self.step + phase) as isize;
                        *out = if x >= 0 && x < w as isize { row[x as usize] } else { T::ZERO };
                    }
                }
            }
        }
    }
}

dispatch! {
    /// Copies the rows of a plane, `h × w`, into those of a layout, with zeros before and after them.
    ///
    /// Zeros are written a vector at a time, further than they reach: what comes next overwrites them.
    fn surround<I: Isa, T: Scalar>(layout: &Layout, source: &[T], size: [usize; 2], out: &mut [T]) {
        let (lanes, pitch, [h, w]) = (I::V::<T>::LANES, layout.pitch, size);
        let before = (layout.left.min(0).unsigned_abs()).min(pitch);
        let skip = (layout.left.max(0) as usize).min(w);
        let inside = (w - skip).min(pitch - before);
        assert!(source.len() == h * w && out.len() == layout.rows * pitch);
        // SAFETY: rows lie inside of `source` and `out`, by the lengths that were asserted; vectors of zeros that would
        // reach past the end of `out` are cut off there.
        unsafe {
            let zeros = |from: usize, to: usize, out: &mut [T]| {
                for at in (from..to).step_by(lanes) {
                    let (left, to) = (out.len() - at, out.as_mut_ptr().add(at));
                    if left < lanes {
                        I::V::<T>::splat(T::ZERO).store_first(to, left);
                    } else {
                        I::V::<T>::splat(T::ZERO).store(to);
                    }
                }
            };
            for r in 0..layout.rows {
                let (y, first) = (layout.top + r as isize, r * pitch);
                if y < 0 || y >= h as isize || inside == 0 {
                    zeros(first, first + pitch, out);
                    continue;
                }
                zeros(first, first + before, out);
                let from = source.as_ptr().add(y as usize * w + skip);
                let to = out.as_mut_ptr().add(first + before);
                if inside < lanes {
                    I::V::<T>::load_first(from, inside).store_first(to, inside);
                } else {
                    // The last vector of several may overlap the one before.
                    for at in (0..inside).step_by(lanes) {
                        let at = at.min(inside - lanes);
                        I::V::<T>::load(from.add(at)).store(to.add(at));
                    }
                }
                zeros(first + before + inside, first + pitch, out);
            }
        }
    }
}
