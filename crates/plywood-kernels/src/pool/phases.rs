//! A plane laid out so that the elements that one place of the window reads for neighbouring outputs lie side by side.
//!
//! Each row, with its padding, is split into phases: phase `p` holds the cells `p`, `p + stride`, `p + 2·stride`, … A
//! loop over outputs then reads vectors for any stride, and needs no bounds: padding is filled in, and rows are long
//! enough for a last vector that reaches beyond the outputs.

use super::PoolDims;
use crate::Scalar;

/// Outputs that are worked off together: one AVX-512 or two AVX2 registers of `f32`.
pub(super) const LANES: usize = 16;

/// One plane in phases.
pub(super) struct Phases<T> {
    cells: Vec<T>,
    phase_len: usize,
    row_len: usize,
    /// Where in a row each element of the window begins to read.
    offsets: Vec<usize>,
}

impl<T: Scalar> Phases<T> {
    /// Room for a plane whose padding is filled with `padding`.
    pub fn new(d: &PoolDims, padding: T) -> Self {
        let w = &d.w;
        let phase_len = w.output.next_multiple_of(LANES) + (w.kernel - 1) * w.dilation / w.stride;
        let row_len = phase_len * w.stride.min(w.kernel * w.dilation);
        let shifts = (0..w.kernel).map(|kx| kx * w.dilation);
        let offsets = shifts.map(|shift| shift % w.stride * phase_len + shift / w.stride).collect();
        Self { cells: vec![padding; d.h.input * row_len], phase_len, row_len, offsets }
    }

    /// Lays out a plane.
    #[inline(always)]
    pub fn fill(&mut self, d: &PoolDims, plane: &[T]) {
        for (row, cells) in plane.chunks_exact(d.w.input).zip(self.cells.chunks_exact_mut(self.row_len)) {
            for (phase, cells) in cells.chunks_exact_mut(self.phase_len).enumerate() {
                let (first, skip) = start(d, phase);
                let (Some(row), Some(cells)) = (row.get(skip..), cells.get_mut(first..)) else { continue };
                match d.w.stride {
                    1 => {
                        let n = row.len().min(cells.len());
                        cells[..n].copy_from_slice(&row[..n]);
                    }
                    2 => {
                        let pairs = row.as_chunks::<2>();
                        cells.iter_mut().zip(pairs.0).for_each(|(cell, &[x, _])| *cell = x);
                        if let (&[x], Some(cell)) = (pairs.1, cells.get_mut(pairs.0.len())) {
                            *cell = x;
                        }
                    }
                    stride => cells.iter_mut().zip(row.iter().step_by(stride)).for_each(|(cell, &x)| *cell = x),
                }
            }
        }
    }

    /// The inverse of [`fill`](Self::fill): reads the plane off; cells that no window holds are 0.
    #[inline(always)]
    pub fn read(&self, d: &PoolDims, plane: &mut [T]) {
        for (row, cells) in plane.chunks_exact_mut(d.w.input).zip(self.cells.chunks_exact(self.row_len)) {
            row.fill(T::ZERO);
            for (phase, cells) in cells.chunks_exact(self.phase_len).enumerate() {
                let (first, skip) = start(d, phase);
                let (Some(row), Some(cells)) = (row.get_mut(skip..), cells.get(first..)) else { continue };
                row.iter_mut().step_by(d.w.stride).zip(cells).for_each(|(x, &cell)| *x = cell);
            }
        }
    }

    /// Sets all cells, padding included.
    pub fn clear(&mut self, value: T) {
        self.cells.fill(value);
    }

    /// What element `kx` of the window reads in input row `y` for the outputs from `ox` on.
    #[inline(always)]
    pub fn chunk(&self, y: usize, kx: usize, ox: usize) -> &[T; LANES] {
        let at = y * self.row_len + self.offsets[kx] + ox;
        self.cells[at..].first_chunk().expect("rows are long enough for whole vectors")
    }

    /// [`chunk`](Self::chunk) for writing.
    #[inline(always)]
    pub fn chunk_mut(&mut self, y: usize, kx: usize, ox: usize) -> &mut [T; LANES] {
        let at = y * self.row_len + self.offsets[kx] + ox;
        self.cells[at..].first_chunk_mut().expect("rows are long enough for whole vectors")
    }
}

/// Where the cells of a phase that lie inside of the input begin: in the phase, and in the row.
#[inline(always)]
fn start(d: &PoolDims, phase: usize) -> (usize, usize) {
    let first = d.w.padding.saturating_sub(phase).div_ceil(d.w.stride);
    (first, first * d.w.stride + phase - d.w.padding)
}
