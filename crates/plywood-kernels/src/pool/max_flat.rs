//! Max pooling at a stride of 1, as between the branches of GoogLeNet: a plane with its padding is one long row.
//!
//! What an element of the window reads for all outputs is then the same row from another place on, and vectors are full
//! however narrow the plane is. Outputs that begin in one row and end in the next are computed too, and left out.

use super::PoolDims;
use super::max::{Tap, challenge};
use super::phases::LANES;
use crate::{Scalar, dispatch};

/// Whether planes are pooled this way.
pub(super) fn is_flat(d: &PoolDims) -> bool {
    [d.h.stride, d.w.stride] == [1, 1]
}

dispatch! {
    /// [`max_pool2d`](super::max_pool2d) of some planes.
    pub(super) fn planes_flat<I: Isa, T: Scalar, P: Tap>(d: &PoolDims, x: &[T], out: &mut [T], taps: &mut [P]) {
        let (h, w) = (&d.h, &d.w);
        let pitch = w.input + 2 * w.padding;
        let len = (h.output * pitch).next_multiple_of(LANES);
        let last = (h.kernel - 1) * h.dilation * pitch + (w.kernel - 1) * w.dilation;
        let mut cells = vec![T::NEG_INFINITY; (len + last).max((h.input + 2 * h.padding) * pitch)];
        // A window of nothing but -inf still has a winner: its first element inside of the input.
        let across: Vec<u32> = (0..w.output).map(|ox| w.taps(ox).start as u32).collect();
        let mut first = vec![0; len];
        for (oy, row) in first.chunks_exact_mut(pitch).enumerate().take(h.output) {
            let down = (h.taps(oy).start * w.kernel) as u32;
            row.iter_mut().zip(&across).for_each(|(first, across)| *first = down + across);
        }
        let (mut best_of, mut winner_of) = (vec![T::ZERO; len], vec![P::from_u32(0); len]);
        let outputs = out.chunks_exact_mut(d.output_plane()).zip(taps.chunks_exact_mut(d.output_plane()));
        for (x, (out, taps)) in x.chunks_exact(d.input_plane()).zip(outputs) {
            for (y, x) in x.chunks_exact(w.input).enumerate() {
                cells[(y + h.padding) * pitch + w.padding..][..w.input].copy_from_slice(x);
            }
            for at in (0..len).step_by(LANES) {
                let mut best = [T::NEG_INFINITY; LANES];
                let mut winner = [0; LANES];
                winner.copy_from_slice(&first[at..][..LANES]);
                for ky in 0..h.kernel {
                    for kx in 0..w.kernel {
                        let values = cells[at + ky * h.dilation * pitch + kx * w.dilation..].first_chunk();
                        let values = values.expect("whole vectors behind the last output");
                        challenge(values, (ky * w.kernel + kx) as u32, &mut best, &mut winner);
                    }
                }
                best_of[at..][..LANES].copy_from_slice(&best);
                for (stored, &tap) in winner_of[at..][..LANES].iter_mut().zip(&winner) {
                    *stored = P::from_u32(tap);
                }
            }
            let rows = out.chunks_exact_mut(w.output).zip(taps.chunks_exact_mut(w.output));
            for (oy, (out, taps)) in rows.enumerate() {
                out.copy_from_slice(&best_of[oy * pitch..][..w.output]);
                taps.copy_from_slice(&winner_of[oy * pitch..][..w.output]);
            }
        }
    }
}
