//! Joining tensors along a dimension.

use crate::par;

/// Writes the pieces one after the other along the middle dimension: piece `p` is `[outer, lens[p], inner]`, given with
/// `lens[p] * inner`; `out` is `[outer, Σ lens, inner]`. Stacking is joining pieces of length 1.
///
/// # Panics
/// If a length differs.
pub fn cat<T: Copy + Send + Sync>(outer: usize, pieces: &[(&[T], usize)], out: &mut [T]) {
    let row: usize = pieces.iter().map(|(_, len)| len).sum();
    assert_eq!(out.len(), outer * row, "output length");
    assert!(pieces.iter().all(|(piece, len)| piece.len() == outer * len), "lengths of the pieces");
    let block = par::block_len(row);
    par::chunks_mut(out, block * row, 1, |b, out| {
        for (i, mut out) in out.chunks_exact_mut(row).enumerate() {
            for (piece, len) in pieces {
                let (head, rest) = out.split_at_mut(*len);
                head.copy_from_slice(&piece[(b * block + i) * len..][..*len]);
                out = rest;
            }
        }
    });
}
