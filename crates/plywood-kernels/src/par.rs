//! The one policy for splitting work over threads.
//!
//! Work is cut into blocks whose size depends on the problem alone, never on the number of threads, and each block
//! writes its own part of the output: so a result is the same to the bit for any `RAYON_NUM_THREADS`. Work too small
//! to be worth waking a thread for is done where it stands.

use rayon::prelude::*;

/// Elementary operations (about a nanosecond's work for one vectorised loop iteration each) below which work stays
/// on the calling thread: waking another costs 5 to 20 µs.
pub const MIN_PARALLEL: usize = 1 << 16;

/// Elementary operations a block: enough to hide a block's hand-over, few enough to balance.
const GRAIN: usize = 1 << 14;

/// How many items of `cost` elementary operations each make up a block; at least one.
pub fn block_len(cost: usize) -> usize {
    (GRAIN / cost.max(1)).max(1)
}

/// Calls `f(first, chunk)` for each disjoint chunk of `len` elements of `out` (the last may be shorter), where `first`
/// is the index of the chunk. `cost` is the number of elementary operations of one element of `out`.
pub fn chunks_mut<T: Send>(out: &mut [T], len: usize, cost: usize, f: impl Fn(usize, &mut [T]) + Send + Sync) {
    let len = len.max(1);
    if out.len().saturating_mul(cost) < MIN_PARALLEL || out.len() <= len {
        out.chunks_mut(len).enumerate().for_each(|(i, c)| f(i, c));
    } else {
        out.par_chunks_mut(len).enumerate().for_each(|(i, c)| f(i, c));
    }
}

/// Calls `f(i)` for each `i` in `0..n`, where one call costs `cost` elementary operations.
pub fn for_each(n: usize, cost: usize, f: impl Fn(usize) + Send + Sync) {
    if n <= 1 || n.saturating_mul(cost) < MIN_PARALLEL {
        (0..n).for_each(f);
    } else {
        (0..n).into_par_iter().for_each(f);
    }
}

/// `f(0), f(1), … f(n - 1)` in that order, computed in parallel where `n` calls of `cost` operations are worth it.
pub fn map<R: Send>(n: usize, cost: usize, f: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    if n <= 1 || n.saturating_mul(cost) < MIN_PARALLEL {
        (0..n).map(f).collect()
    } else {
        (0..n).into_par_iter().map(f).collect()
    }
}

/// Runs both, in parallel where their `cost` together is worth it.
pub fn join<A: Send, B: Send>(cost: usize, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if cost < MIN_PARALLEL { (a(), b()) } else { rayon::join(a, b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        for n in [0, 1, 7, 100, 70_000] {
            let mut out = vec![0usize; n];
            chunks_mut(&mut out, 1000, 1, |first, c| {
                c.iter_mut().enumerate().for_each(|(i, x)| *x += first * 1000 + i)
            });
            assert!(out.iter().enumerate().all(|(i, &x)| i == x));
        }
    }
}
