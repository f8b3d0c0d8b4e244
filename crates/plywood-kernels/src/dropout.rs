//! Dropout: zeroing values at random and scaling up the others.
//!
//! Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent Neural Networks from
//! Overfitting", 2014. Whether a value stays is a function of a key and the value's position alone, so that forward and
//! adjoint agree without a mask in memory, and threads need no generators of their own.

use crate::{Scalar, dispatch, par};

/// One drawing: which positions stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    key: u64,
    /// A position stays if its 32 random bits are at least this.
    threshold: u64,
    scale: f64,
}

impl Dropout {
    /// A drawing that zeroes each value with probability `p` in `0..=1`; `key` comes from the caller's random stream.
    ///
    /// # Panics
    /// If `p` is no probability.
    pub fn new(key: u64, p: f64) -> Self {
        assert!((0.0..=1.0).contains(&p), "a probability");
        let threshold = (p * (1u64 << 32) as f64).round() as u64;
        Self { key, threshold, scale: if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 } }
    }

    /// The factor of what stays: `1 / (1 - p)`, and 0 for `p = 1`.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether the value at a position stays.
    #[inline(always)]
    pub fn keeps(&self, position: usize) -> bool {
        let bits = mix(self.key.wrapping_add((position as u64 / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let half = bits >> (32 * (position as u64 & 1)) & 0xFFFF_FFFF;
        half >= self.threshold
    }

    /// `y = x · scale` for what stays, 0 for the rest: forward, and applied to the output's gradient the adjoint. A piece
    /// of `run` consecutive values stays or goes together: 1, or a whole channel's plane.
    ///
    /// # Panics
    /// If lengths differ or `run` is 0.
    pub fn apply<T: Scalar>(&self, run: usize, x: &[T], y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "lengths of input and output");
        assert!(run > 0, "a run of at least one value");
        if run == 1 {
            const BLOCK: usize = 1 << 12;
            par::chunks_mut(y, BLOCK, 2, |b, y| each(self, b * BLOCK, &x[b * BLOCK..][..y.len()], y));
        } else {
            let scale = T::from_f64(self.scale);
            par::chunks_mut(y, run, 1, |i, y| {
                let factor = if self.keeps(i) { scale } else { T::ZERO };
                let x = &x[i * run..][..y.len()];
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = if factor == T::ZERO { T::ZERO } else { x * factor });
            });
        }
    }
}

dispatch! {
    fn each<I: Isa, T: Scalar>(drawing: &Dropout, first: usize, x: &[T], y: &mut [T]) {
        let scale = T::from_f64(drawing.scale);
        for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
            *y = if drawing.keeps(first + i) { x * scale } else { T::ZERO };
        }
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
#[inline(always)]
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_share_stays_and_the_mean_is_kept() {
        let x = vec![1.0f64; 100_000];
        for p in [0.1, 0.5, 0.9] {
            let mut y = x.clone();
            Dropout::new(7, p).apply(1, &x, &mut y);
            let mean = y.iter().sum::<f64>() / x.len() as f64;
            // Five deviations of the mean of 100,000 Bernoulli values, scaled.
            assert!((mean - 1.0).abs() < 5.0 * (p / (1.0 - p) / x.len() as f64).sqrt(), "mean {mean} for p = {p}");
            assert!(y.iter().all(|&y| y == 0.0 || y == 1.0 / (1.0 - p)));
        }
    }

    #[test]
    fn neighbours_and_halves_are_independent() {
        let drawing = Dropout::new(3, 0.5);
        for lag in [1, 2, 3, 64, 1000] {
            let agree = (0..100_000).filter(|&i| drawing.keeps(i) == drawing.keeps(i + lag)).count();
            assert!(agree.abs_diff(50_000) < 800, "{agree} of 100000 agree at a distance of {lag}");
        }
    }

    #[test]
    fn nothing_or_everything_goes() {
        let x = [1.0f32, f32::INFINITY, f32::NAN, -2.0];
        let mut y = [5.0f32; 4];
        Dropout::new(1, 1.0).apply(1, &x, &mut y);
        assert_eq!(y, [0.0; 4]);
        Dropout::new(1, 0.0).apply(1, &x, &mut y);
        assert_eq!((y[0], y[1], y[3]), (1.0, f32::INFINITY, -2.0));
    }

    #[test]
    fn runs_go_together_and_threads_do_not_matter() {
        let x: Vec<f32> = (1..=200_000).map(|i| i as f32).collect();
        let run = |threads, run| {
            let mut y = x.clone();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Dropout::new(11, 0.3).apply(run, &x, &mut y));
            y
        };
        assert!([2, 3, 8].into_iter().all(|threads| run(threads, 1) == run(1, 1)));
        assert_eq!(run(1, 500), run(2, 500));
        let planes = run(1, 500);
        assert!(planes.chunks(500).all(|p| p.iter().all(|&v| v == 0.0) || p.iter().all(|&v| v > 0.0)));
        assert!(planes.contains(&0.0) && planes[..].iter().any(|&v| v > 0.0));
    }
}
