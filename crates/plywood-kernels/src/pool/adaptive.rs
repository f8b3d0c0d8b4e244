//! Pooling to a fixed output size: output `o` of `n` covers input cells `⌊o·size/n⌋` to `⌈(o+1)·size/n⌉`.
//!
//! Neighbouring windows may share a cell and differ in size; the max variant therefore stores flat positions within
//! the plane instead of taps.

use std::ops::Range;

use super::planes_of;
use crate::{Mismatch, Scalar, par};

/// The checked shapes of an adaptive pooling of `[n, c, h, w]` or `[c, h, w]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveDims {
    /// `n * c`.
    pub planes: usize,
    /// `[h, w]`.
    pub input: [usize; 2],
    /// `[oh, ow]`.
    pub output: [usize; 2],
}

impl AdaptiveDims {
    /// Checks the input's shape; an output size of 0 is an empty output.
    ///
    /// # Errors
    /// If the rank is neither 3 nor 4, or a size after the batch is 0.
    pub fn new(input: &[usize], output: [usize; 2]) -> Result<Self, Mismatch> {
        let [.., h, w] = *planes_of(input, 2, "[n, c, h, w] or [c, h, w]")? else { unreachable!("rank checked") };
        Ok(Self { planes: input[..input.len() - 2].iter().product(), input: [h, w], output })
    }

    /// The one-dimensional case, `[n, c, l]` or `[c, l]` seen as `[n, c, 1, l]`.
    ///
    /// # Errors
    /// If the rank is neither 2 nor 3, or a size after the batch is 0.
    pub fn new_1d(input: &[usize], output: usize) -> Result<Self, Mismatch> {
        let [.., l] = *planes_of(input, 1, "[n, c, l] or [c, l]")? else { unreachable!("rank checked") };
        Ok(Self { planes: input[..input.len() - 1].iter().product(), input: [1, l], output: [1, output] })
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.planes * self.input_plane()
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.planes * self.output_plane()
    }

    fn input_plane(&self) -> usize {
        self.input[0] * self.input[1]
    }

    fn output_plane(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// The input cells of output `o` along an axis.
    fn cells(&self, axis: usize, o: usize) -> Range<usize> {
        let (size, n) = (self.input[axis], self.output[axis]);
        o * size / n..((o + 1) * size).div_ceil(n)
    }

    /// The rows and columns of each window of a plane, row by row.
    fn windows(self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        (0..self.output[0]).flat_map(move |y| (0..self.output[1]).map(move |x| (self.cells(0, y), self.cells(1, x))))
    }
}

monomorphic! {
    /// Averages of the windows: `x` is `[planes, h, w]`, `out` is `[planes, oh, ow]`.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn adaptive_avg_pool2d<T: Scalar>(d: &AdaptiveDims, x: &[T], out: &mut [T]) {
        assert_eq!(x.len(), d.input_len(), "input length");
        assert_eq!(out.len(), d.output_len(), "output length");
        let (i, o) = (d.input_plane(), d.output_plane());
        let block = par::block_len(i);
        par::chunks_mut(out, block * o, i / o.max(1), |b, out| {
            for (x, out) in x[b * block * i..].chunks_exact(i).zip(out.chunks_exact_mut(o)) {
                for (out, (ys, xs)) in out.iter_mut().zip(d.windows()) {
                    let n = ys.len() * xs.len();
                    let sum: T = ys.map(|y| x[y * d.input[1]..][xs.clone()].iter().copied().sum::<T>()).sum();
                    *out = sum / T::from_usize(n);
                }
            }
        });
    }
}

monomorphic! {
    /// The adjoint of [`adaptive_avg_pool2d`]; `grad_in` is overwritten.
    ///
    /// # Panics
    /// If a length differs from the dims.
    pub fn adaptive_avg_pool2d_adjoint<T: Scalar>(d: &AdaptiveDims, grad_out: &[T], grad_in: &mut [T]) {
        assert_eq!(grad_in.len(), d.input_len(), "input gradient length");
        assert_eq!(grad_out.len(), d.output_len(), "output gradient length");
        let (i, o) = (d.input_plane(), d.output_plane());
        let block = par::block_len(i);
        par::chunks_mut(grad_in, block * i, 1, |b, grad_in| {
            grad_in.fill(T::ZERO);
            if o == 0 {
                return;
            }
            for (grad_in, grad_out) in grad_in.chunks_exact_mut(i).zip(grad_out[b * block * o..].chunks_exact(o)) {
                for (&g, (ys, xs)) in grad_out.iter().zip(d.windows()) {
                    let share = g / T::from_usize(ys.len() * xs.len());
                    for y in ys {
                        grad_in[y * d.input[1]..][xs.clone()].iter_mut().for_each(|v| *v += share);
                    }
                }
            }
        });
    }
}

monomorphic! {
    /// Maxima of the windows and their flat positions within the plane; `x` is `[planes, h, w]`, `out` and `positions` are
    /// `[planes, oh, ow]`. The first maximum wins, and NaN beats every number.
    ///
    /// # Panics
    /// If a length differs from the dims, or a plane has more than `u32::MAX` cells.
    pub fn adaptive_max_pool2d<T: Scalar>(d: &AdaptiveDims, x: &[T], out: &mut [T], positions: &mut [u32]) {
        assert_eq!(x.len(), d.input_len(), "input length");
        assert_eq!(out.len(), d.output_len(), "output length");
        assert_eq!(positions.len(), d.output_len(), "positions length");
        let (i, o) = (d.input_plane(), d.output_plane());
        assert!(u32::try_from(i).is_ok(), "plane too large for 32-bit positions");
        let block = par::block_len(i);
        par::zip_chunks_mut(out, block * o, positions, block * o, block * i, |b, out, positions| {
            let planes = out.chunks_exact_mut(o).zip(positions.chunks_exact_mut(o));
            for (x, (out, positions)) in x[b * block * i..].chunks_exact(i).zip(planes) {
                for ((out, position), (ys, xs)) in out.iter_mut().zip(positions).zip(d.windows()) {
                    let mut at = ys.start * d.input[1] + xs.start;
                    for y in ys {
                        for candidate in xs.clone().map(|x| y * d.input[1] + x) {
                            if x[candidate] > x[at] || x[candidate].is_nan() {
                                at = candidate;
                            }
                        }
                    }
                    (*out, *position) = (x[at], at as u32);
                }
            }
        });
    }
}

monomorphic! {
    /// The adjoint of [`adaptive_max_pool2d`]; `grad_in` is overwritten.
    ///
    /// # Panics
    /// If a length differs from the dims, or a position lies outside of its plane.
    pub fn adaptive_max_pool2d_adjoint<T: Scalar>(
        d: &AdaptiveDims,
        grad_out: &[T],
        positions: &[u32],
        grad_in: &mut [T],
    ) {
        assert_eq!(grad_in.len(), d.input_len(), "input gradient length");
        assert_eq!(grad_out.len(), d.output_len(), "output gradient length");
        assert_eq!(positions.len(), d.output_len(), "positions length");
        let (i, o) = (d.input_plane(), d.output_plane());
        let block = par::block_len(i);
        par::chunks_mut(grad_in, block * i, 1, |b, grad_in| {
            for (p, grad_in) in grad_in.chunks_exact_mut(i).enumerate() {
                grad_in.fill(T::ZERO);
                let at = (b * block + p) * o;
                for (&g, &position) in grad_out[at..at + o].iter().zip(&positions[at..at + o]) {
                    grad_in[position as usize] += g;
                }
            }
        });
    }
}
