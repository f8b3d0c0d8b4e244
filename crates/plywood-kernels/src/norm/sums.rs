//! Sums in lanes, and moments of groups merged without cancellation.

use crate::Scalar;
use crate::isa::Isa;

/// Independent sums a lane: two AVX-512 or four AVX2 registers of `f32`, enough to hide an addition's latency.
pub(super) const LANES: usize = 32;

/// Elements that are summed in `T` before `f64` takes over; 32 KiB of `f32`, so that a second look finds them cached.
pub(super) const GROUP: usize = 8192;

/// Adds up the lanes.
#[inline(always)]
pub(super) fn total<T: Scalar>(mut lanes: [T; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0].to_f64()
}

/// Adds each element to its lane.
#[inline(always)]
pub(super) fn add<T: Scalar>(x: &[T], sum: &mut [T; LANES]) {
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for i in 0..LANES {
            sum[i] += x[i];
        }
    }
    for (sum, &x) in sum.iter_mut().zip(rest) {
        *sum += x;
    }
}

/// Adds each element's distance from `center`, and its square, to its lane.
#[inline(always)]
pub(super) fn add_deviations<I: Isa, T: Scalar>(x: &[T], center: T, sum: &mut [T; LANES], squares: &mut [T; LANES]) {
    let (chunks, rest) = x.as_chunks::<LANES>();
    for x in chunks {
        for i in 0..LANES {
            let d = x[i] - center;
            sum[i] += d;
            squares[i] = I::fma(d, d, squares[i]);
        }
    }
    for ((sum, squares), &x) in sum.iter_mut().zip(squares).zip(rest) {
        let d = x - center;
        *sum += d;
        *squares = I::fma(d, d, *squares);
    }
}

/// Number of elements, their mean, and the sum of squared deviations from it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl Moments {
    /// The moments of `count` elements from the sums of deviations from a value near their mean and of the squares of
    /// these (the corrected two-pass algorithm of Chan, Golub and LeVeque, "Algorithms for Computing the Sample
    /// Variance", 1983).
    pub(super) fn about(center: f64, count: f64, deviations: f64, squares: f64) -> Self {
        Self { count, mean: center + deviations / count, squares: squares - deviations * deviations / count }
    }

    /// Both sets of elements together (the pairwise update of the same paper).
    pub(super) fn merge(self, other: Self) -> Self {
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + distance * (other.count / count),
            squares: self.squares + other.squares + distance * distance * (self.count * other.count / count),
        }
    }
}
