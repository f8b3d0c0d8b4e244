//! What this machine can do at best, measured: the yardstick of every benchmark.
//!
//! Measure both in the same run as what they are compared with; clock rates drift, and other processes take their share.

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;

use crate::simd::Vector;
use crate::{Scalar, dispatch};

dispatch! {
    /// `steps` times `ACCUMULATORS` fused multiply-adds of whole vectors that stay in registers.
    fn multiply_add<I: Isa, T: Scalar>(seed: T, steps: usize) -> T {
        // SAFETY: compiled for the vector's set by `dispatch!`.
        unsafe {
            let (x, y) = (I::V::<T>::splat(seed), I::V::<T>::splat(T::ONE - seed));
            // Twelve chains hide the latency of two units on every processor of the last ten years.
            let mut sums = [x; CHAINS];
            for _ in 0..steps {
                for sum in &mut sums {
                    *sum = sum.mul_add(x, y);
                }
            }
            let mut total = T::ZERO;
            for sum in sums {
                total += sum.sum();
            }
            total
        }
    }
}

/// Independent chains of the loop.
const CHAINS: usize = 12;

dispatch! {
    fn lanes<I: Isa, T: Scalar>(_of: T) -> usize {
        I::V::<T>::LANES
    }
}

/// Floating-point operations a second (a fused multiply-add counts as two) of a loop that never leaves the registers,
/// on `threads` threads of the current pool at once, the best of `tries` runs of a few milliseconds.
pub fn flops<T: Scalar>(threads: usize, tries: usize) -> f64 {
    const STEPS: usize = 1 << 20;
    let work = (threads * STEPS * CHAINS * lanes(T::ZERO) * 2) as f64;
    best(tries, || {
        (0..threads).into_par_iter().with_max_len(1).for_each(|_| {
            black_box(multiply_add(black_box(T::from_f64(0.25)), STEPS));
        });
    })
    .map_or(0.0, |seconds| work / seconds)
}

/// Bytes a second of `a = b + s c` over arrays much larger than the caches (`len` elements each), two read and one
/// written, in blocks over the current pool's threads, the best of `tries` runs.
pub fn triad<T: Scalar>(len: usize, tries: usize) -> f64 {
    let (b, c, mut a) = (vec![T::ONE; len], vec![T::ONE; len], vec![T::ZERO; len]);
    let block = 1 << 16;
    best(tries, || {
        a.par_chunks_mut(block).zip(b.par_chunks(block)).zip(c.par_chunks(block)).for_each(|((a, b), c)| {
            for ((a, &b), &c) in a.iter_mut().zip(b).zip(c) {
                *a = b + T::from_f64(0.5) * c;
            }
        });
        black_box(&a);
    })
    .map_or(0.0, |seconds| (3 * len * size_of::<T>()) as f64 / seconds)
}

/// The least time that `f` takes in `tries` runs, in seconds.
fn best(tries: usize, mut f: impl FnMut()) -> Option<f64> {
    let seconds = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        start.elapsed().as_secs_f64()
    };
    (0..tries).map(|_| seconds(&mut f)).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_a_plausible_number() {
        // Between a very old machine and a very new one.
        assert!((1e7..1e12).contains(&flops::<f64>(1, 2)));
        assert!((1e7..1e12).contains(&triad::<f32>(1 << 18, 2)));
    }

    #[test]
    fn no_try_is_no_figure() {
        assert_eq!(flops::<f32>(1, 0), 0.0);
    }
}
