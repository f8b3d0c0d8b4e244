//! Max pooling over any window, and its adjoint.
//!
//! The adjoint needs neither input nor output: forward stores for each output which element of its window won (a *tap*,
//! a byte for windows of up to 256 elements). The first maximum wins, and NaN beats every number, as in PyTorch.

use super::PoolDims;
use super::max_2x2::{adjoint_2x2, is_2x2, plane_2x2};
use super::max_flat::{is_flat, planes_flat};
use super::phases::{LANES, Phases};
use crate::{Scalar, dispatch, par};

/// The type that a tap (a position within the window, row by row) is stored in: `u8` for windows of up to 256
/// elements, `u32` for larger ones, `()` where no adjoint follows and none is stored.
pub trait Tap: Copy + Send + Sync + 'static {
    /// The greatest tap that fits, plus one.
    const CAPACITY: usize;
    /// Stores a tap.
    fn from_u32(tap: u32) -> Self;
    /// Reads it back.
    fn get(self) -> usize;
    /// [`max_pool2d`] of some planes: of this trait so that it is compiled once for each kind of tap.
    #[doc(hidden)]
    fn pool<T: Scalar>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [Self]);
    /// [`max_pool2d_adjoint`] of some planes.
    #[doc(hidden)]
    fn pool_adjoint<T: Scalar>(d: &PoolDims, grad_out: &[T], taps: &[Self], grad_in: &mut [T]);
}

macro_rules! tap {
    ($t:ty, $capacity:expr, |$tap:ident| $from:expr, |$stored:ident| $get:expr) => {
        impl Tap for $t {
            const CAPACITY: usize = $capacity;
            #[inline(always)]
            fn from_u32($tap: u32) -> Self {
                $from
            }
            #[inline(always)]
            fn get(self) -> usize {
                let $stored = self;
                $get
            }
            fn pool<T: Scalar>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [Self]) {
                monomorphic! {
                    fn pool<T: Scalar>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [$t]) {
                        if is_2x2(d) {
                            planes_2x2(d, x, out, taps);
                        } else if is_flat(d) {
                            planes_flat(d, x, out, taps);
                        } else {
                            planes(d, x, out, taps);
                        }
                    }
                }
                pool(d, x, out, taps);
            }
            fn pool_adjoint<T: Scalar>(d: &PoolDims, grad_out: &[T], taps: &[Self], grad_in: &mut [T]) {
                monomorphic! {
                    fn adjoint<T: Scalar>(d: &PoolDims, grad_out: &[T], taps: &[$t], grad_in: &mut [T]) {
                        if is_2x2(d) {
                            adjoint_planes_2x2(d, grad_out, taps, grad_in);
                        } else {
                            adjoint_planes(d, grad_out, taps, grad_in);
                        }
                    }
                }
                adjoint(d, grad_out, taps, grad_in);
            }
        }
    };
}
tap!(u8, 1 << 8, |tap| tap as u8, |stored| stored as usize);
tap!(u32, u32::MAX as usize, |tap| tap, |stored| stored as usize);
tap!((), usize::MAX, |_tap| (), |_stored| 0);

/// Max pooling: `x` is `[planes, h, w]`, `out` and `taps` are `[planes, oh, ow]`.
///
/// # Panics
/// If a length differs from the dims, or the window has more elements than a tap can tell apart.
pub fn max_pool2d<T: Scalar, P: Tap>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [P]) {
    assert_eq!(x.len(), d.input_len(), "input length");
    assert_eq!(out.len(), d.output_len(), "output length");
    assert_eq!(taps.len(), d.output_len(), "taps length");
    assert!(d.window_len() <= P::CAPACITY, "window too large for the tap type");
    let block = par::block_len(d.cost());
    let (i, o) = (block * d.input_plane(), block * d.output_plane());
    par::zip_chunks_mut(out, o, taps, o, block * d.cost(), |b, out, taps| {
        let x = &x[b * i..][..out.len() / d.output_plane() * d.input_plane()];
        P::pool(d, x, out, taps);
    });
}

dispatch! {
    fn planes_2x2<I: Isa, T: Scalar, P: Tap>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [P]) {
        let (i, o) = (d.input_plane(), d.output_plane());
        for ((x, out), taps) in x.chunks_exact(i).zip(out.chunks_exact_mut(o)).zip(taps.chunks_exact_mut(o)) {
            plane_2x2(d, x, out, taps);
        }
    }
}

dispatch! {
    fn planes<I: Isa, T: Scalar, P: Tap>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [P]) {
        let (h, w) = (&d.h, &d.w);
        let mut phases = Phases::new(d, T::NEG_INFINITY);
        // A window of nothing but -inf still has a winner: its first element inside of the input.
        let mut first = vec![0u32; w.output.next_multiple_of(LANES)];
        for (o, first) in first[..w.output].iter_mut().enumerate() {
            *first = w.taps(o).start as u32;
        }
        let mut row_first = first.clone();
        let (mut best_of, mut winner_of) = (vec![T::ZERO; first.len()], vec![P::from_u32(0); first.len()]);
        for (plane, x) in x.chunks_exact(d.input_plane()).enumerate() {
            phases.fill(d, x);
            for oy in 0..h.output {
                let ys = h.taps(oy);
                for (first, row) in first.iter().zip(&mut row_first) {
                    *row = first + (ys.start * w.kernel) as u32;
                }
                for at in (0..row_first.len()).step_by(LANES) {
                    let mut best = [T::NEG_INFINITY; LANES];
                    let mut winner = [0; LANES];
                    winner.copy_from_slice(&row_first[at..][..LANES]);
                    for ky in ys.clone() {
                        let y = h.source(oy, ky);
                        for kx in 0..w.kernel {
                            challenge(phases.chunk(y, kx, at), (ky * w.kernel + kx) as u32, &mut best, &mut winner);
                        }
                    }
                    best_of[at..][..LANES].copy_from_slice(&best);
                    for (stored, &tap) in winner_of[at..][..LANES].iter_mut().zip(&winner) {
                        *stored = P::from_u32(tap);
                    }
                }
                let at = plane * d.output_plane() + oy * w.output;
                out[at..][..w.output].copy_from_slice(&best_of[..w.output]);
                taps[at..][..w.output].copy_from_slice(&winner_of[..w.output]);
            }
        }
    }
}

/// Lets the values of one place of the window challenge the best so far.
#[inline(always)]
#[allow(clippy::eq_op)] // NaN is what differs from itself, and this form vectorises.
pub(super) fn challenge<T: Scalar>(values: &[T; LANES], tap: u32, best: &mut [T; LANES], winner: &mut [u32; LANES]) {
    for i in 0..LANES {
        let v = values[i];
        let wins = (v > best[i]) | (v != v);
        best[i] = if wins { v } else { best[i] };
        winner[i] = if wins { tap } else { winner[i] };
    }
}

/// The adjoint: each entry of `grad_out` (`[planes, oh, ow]`) goes to the element of the input that won; `grad_in`
/// (`[planes, h, w]`) is overwritten.
///
/// # Panics
/// If a length differs from the dims.
pub fn max_pool2d_adjoint<T: Scalar, P: Tap>(d: &PoolDims, grad_out: &[T], taps: &[P], grad_in: &mut [T]) {
    assert_eq!(grad_in.len(), d.input_len(), "input gradient length");
    assert_eq!(grad_out.len(), d.output_len(), "output gradient length");
    assert_eq!(taps.len(), d.output_len(), "taps length");
    let block = par::block_len(d.cost());
    let (i, o) = (block * d.input_plane(), block * d.output_plane());
    par::chunks_mut(grad_in, i, 1, |b, grad_in| {
        let n = grad_in.len() / d.input_plane() * d.output_plane();
        P::pool_adjoint(d, &grad_out[b * o..][..n], &taps[b * o..][..n], grad_in);
    });
}

dispatch! {
    fn adjoint_planes_2x2<I: Isa, T: Scalar, P: Tap>(d: &PoolDims, grad_out: &[T], taps: &[P], grad_in: &mut [T]) {
        let (i, o) = (d.input_plane(), d.output_plane());
        let planes = grad_in.chunks_exact_mut(i).zip(grad_out.chunks_exact(o)).zip(taps.chunks_exact(o));
        for ((grad_in, grad_out), taps) in planes {
            adjoint_2x2(d, grad_out, taps, grad_in);
        }
    }
}

fn adjoint_planes<T: Scalar, P: Tap>(d: &PoolDims, grad_out: &[T], taps: &[P], grad_in: &mut [T]) {
    // Where each tap lies from the window's corner; the corner may lie in the padding, hence the wrapping sums.
    let offset = |tap: usize| tap / d.w.kernel * d.h.dilation * d.w.input + tap % d.w.kernel * d.w.dilation;
    let offsets: Vec<usize> = (0..d.window_len()).map(offset).collect();
    let corner = d.h.padding * d.w.input + d.w.padding;
    let planes = grad_in.chunks_exact_mut(d.input_plane()).zip(grad_out.chunks_exact(d.output_plane()));
    for ((grad_in, grad_out), taps) in planes.zip(taps.chunks_exact(d.output_plane())) {
        grad_in.fill(T::ZERO);
        let rows = grad_out.chunks_exact(d.w.output).zip(taps.chunks_exact(d.w.output));
        for (oy, (grad_out, taps)) in rows.enumerate() {
            let mut at = (oy * d.h.stride * d.w.input).wrapping_sub(corner);
            for (&g, &tap) in grad_out.iter().zip(taps) {
                grad_in[at.wrapping_add(offsets[tap.get()])] += g;
                at = at.wrapping_add(d.w.stride);
            }
        }
    }
}
