//! What the machine can do, measured in the same run as the workloads.

use std::fmt;

use plywood_kernels::peak;

use super::workload::Work;

/// The rates that no program on this machine exceeds, with the threads that the workloads have.
pub struct Reference {
    /// Floating-point operations a second of fused multiply-adds on registers alone.
    flops: f64,
    /// Bytes a second of a triad over memory.
    bytes: f64,
}

impl Reference {
    /// Measures both, in about a second.
    pub fn measure() -> Self {
        // Three arrays of 64 MB each: far larger than any cache.
        Self { flops: peak::flops::<f32>(rayon::current_num_threads(), 20), bytes: peak::triad::<f32>(1 << 24, 10) }
    }

    /// The part of what the machine could do that a call of `ms` milliseconds does; `None` where neither bound matters.
    ///
    /// May exceed 1: Winograd's convolution does with fewer operations than are counted, and what fits a cache doesn't
    /// wait for memory.
    pub fn share(&self, work: Work, ms: f64) -> Option<f64> {
        match work {
            Work::Flops(flops) => Some(flops / (ms * 1e-3) / self.flops),
            Work::Bytes(bytes) => Some(bytes / (ms * 1e-3) / self.bytes),
            Work::Overhead => None,
        }
    }

    /// As [`share`](Self::share); for overhead, calls in the time of a million operations at peak. More is faster.
    pub fn score(&self, work: Work, ms: f64) -> f64 {
        self.share(work, ms).unwrap_or_else(|| 1e6 / (ms * 1e-3) / self.flops)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "peak {:.0} GFLOP/s in f32, {:.1} GB/s", self.flops / 1e9, self.bytes / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_rate_is_half_the_share() {
        let reference = Reference { flops: 100e9, bytes: 20e9 };
        assert_eq!(reference.share(Work::Flops(1e9), 20.0), Some(0.5));
        assert_eq!(reference.share(Work::Bytes(1e9), 100.0), Some(0.5));
        assert_eq!(reference.share(Work::Overhead, 1.0), None);
        assert!(reference.score(Work::Overhead, 1.0) > reference.score(Work::Overhead, 2.0));
    }
}
