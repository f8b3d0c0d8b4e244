//! Single values by a tensor of indices along one dimension: `gather`, and its adjoint `scatter_add`.

use crate::{Mismatch, Scalar, par};

/// The checked shapes of a gather or scatter along one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatherDims {
    source: Vec<usize>,
    index: Vec<usize>,
    dim: usize,
}

impl GatherDims {
    /// Checks the shape of the tensor that is read (gather) or added to (scatter) against that of the indices.
    ///
    /// # Errors
    /// If the ranks differ, there is no dimension `dim`, or the indices reach beyond the tensor in another dimension.
    pub fn new(source: &[usize], index: &[usize], dim: usize) -> Result<Self, Mismatch> {
        if index.len() != source.len() {
            let expected = format_args!("{}, as many as the tensor's", source.len());
            return Err(Mismatch::new("dimensions of the index", expected, index.len()));
        }
        if dim >= source.len() {
            return Err(Mismatch::new("dimension", format_args!("less than {}", source.len()), dim));
        }
        let beyond = |&d: &usize| d != dim && index[d] > source[d];
        if let Some(d) = (0..source.len()).find(beyond) {
            let what = format!("dimension {d} of the index");
            return Err(Mismatch::new(what, format_args!("at most {}", source[d]), index[d]));
        }
        Ok(Self { source: source.to_vec(), index: index.to_vec(), dim })
    }

    fn source_len(&self) -> usize {
        self.source.iter().product()
    }

    fn index_len(&self) -> usize {
        self.index.iter().product()
    }

    /// Distance of neighbours along dimension `d` of the source.
    fn stride(&self, d: usize) -> usize {
        self.source[d + 1..].iter().product()
    }

    /// Entries of a row of indices: their last extent.
    fn width(&self) -> usize {
        *self.index.last().expect("at least one dimension")
    }

    /// Calls `f(i, at)` for the entries of row `row` of the indices: `i` counts within the row, and `at` is the source's
    /// flat position.
    #[inline(always)]
    fn row(&self, row: usize, indices: &[i64], mut f: impl FnMut(usize, usize)) {
        let last = self.index.len() - 1;
        let (mut base, mut rest) = (0, row);
        for d in (0..last).rev() {
            if d != self.dim {
                base += rest % self.index[d] * self.stride(d);
            }
            rest /= self.index[d];
        }
        let (stride, step) = (self.stride(self.dim), usize::from(self.dim != last));
        for (i, &index) in indices.iter().enumerate() {
            let index = index as usize;
            assert!(index < self.source[self.dim], "index {index} of {}", self.source[self.dim]);
            f(i, base + index * stride + i * step);
        }
    }
}

/// `out[i, j, …] = x[…, index[i, j, …], …]`, the index standing in for the coordinate of the dims' dimension; `out` has
/// the shape of `index`.
///
/// # Panics
/// If a length differs or an index lies outside of the dimension.
pub fn gather<T: Copy + Send + Sync>(d: &GatherDims, x: &[T], index: &[i64], out: &mut [T]) {
    assert_eq!(x.len(), d.source_len(), "input length");
    assert_eq!([index.len(), out.len()], [d.index_len(); 2], "lengths of index and output");
    if out.is_empty() {
        return;
    }
    let (width, block) = (d.width(), par::block_len(d.width()));
    par::chunks_mut(out, block * width, 1, |b, out| {
        for (r, out) in out.chunks_exact_mut(width).enumerate() {
            let row = b * block + r;
            d.row(row, &index[row * width..][..width], |i, at| out[i] = x[at]);
        }
    });
}

monomorphic! {
    /// `out[…, index[i, j, …], …] += x[i, j, …]`; `x` has the shape of `index`.
    ///
    /// # Panics
    /// As [`gather`].
    pub fn scatter_add<T: Scalar>(d: &GatherDims, x: &[T], index: &[i64], out: &mut [T]) {
        assert_eq!(out.len(), d.source_len(), "output length");
        assert_eq!([index.len(), x.len()], [d.index_len(); 2], "lengths of index and input");
        if x.is_empty() {
            return;
        }
        if d.dim == 0 {
            let rows = index.chunks_exact(d.width()).zip(x.chunks_exact(d.width()));
            rows.enumerate().for_each(|(row, (index, x))| d.row(row, index, |i, at| out[at] += x[i]));
            return;
        }
        // Values only meet within one entry of the first dimension.
        let (part, rows) = (d.stride(0), d.index_len() / d.index[0] / d.width());
        par::chunks_mut(out, part, 1, |first, out| {
            if first < d.index[0] {
                for row in first * rows..(first + 1) * rows {
                    let at_row = row * d.width()..(row + 1) * d.width();
                    let x = &x[at_row.clone()];
                    d.row(row, &index[at_row], |i, at| out[at - first * part] += x[i]);
                }
            }
        });
    }
}
