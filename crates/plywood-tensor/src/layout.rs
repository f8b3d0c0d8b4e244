//! How a tensor's values are found in its memory.

use crate::Shape;
use crate::shape::MAX_RANK;

/// Extents, strides and the place of the first value, all in values.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    pub(crate) strides: [isize; MAX_RANK],
    pub(crate) offset: usize,
}

impl Layout {
    #[inline]
    pub(crate) fn contiguous(shape: Shape) -> Self {
        Self { shape, strides: shape.strides(), offset: 0 }
    }

    /// Whether the values lie in row-major order without gaps. Strides of extents 1 don't matter.
    #[inline]
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&extent, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if extent != 1 && stride != step {
                return self.shape.contains(&0);
            }
            step *= extent as isize;
        }
        true
    }

    /// Whether every value lies in the first `len` of memory.
    pub(crate) fn is_within(&self, len: usize) -> bool {
        if self.shape.elements() == 0 {
            return self.offset <= len;
        }
        let (mut low, mut high) = (self.offset as isize, self.offset as isize);
        for (&extent, &stride) in self.shape.iter().zip(&self.strides) {
            let reach = (extent as isize - 1) * stride;
            if reach < 0 { low += reach } else { high += reach }
        }
        low >= 0 && (high as usize) < len
    }

    /// Strides for a new shape over the same values in the same order, if one can be had without a copy: each group of
    /// old dimensions that lie evenly in memory is cut up anew.
    pub(crate) fn reshaped(&self, shape: Shape) -> Option<Self> {
        if self.is_contiguous() {
            return Some(Self { offset: self.offset, ..Self::contiguous(shape) });
        }
        let old: Vec<(usize, isize)> =
            self.shape.iter().copied().zip(self.strides).filter(|&(extent, _)| extent != 1).collect();
        let mut out = Self { shape, strides: [0; MAX_RANK], offset: self.offset };
        let (mut next_old, mut next_new) = (0, 0);
        while next_old < old.len() {
            let (first_old, first_new) = (next_old, next_new);
            let mut product_old = old[next_old].0;
            next_old += 1;
            let mut product_new = 1;
            while product_new != product_old {
                if product_new < product_old {
                    product_new *= shape[next_new];
                    next_new += 1;
                } else {
                    product_old *= old[next_old].0;
                    next_old += 1;
                }
            }
            let evenly = |w: &[(usize, isize)]| w[0].1 == w[1].1 * w[1].0 as isize;
            if !old[first_old..next_old].windows(2).all(evenly) {
                return None;
            }
            let mut stride = old[next_old - 1].1;
            for i in (first_new..next_new).rev() {
                out.strides[i] = stride;
                stride *= shape[i] as isize;
            }
        }
        Some(out)
    }
}
