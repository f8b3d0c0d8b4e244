//! What the machine can do, measured in the same run as the workloads.

use std::fmt;

use plywood_kernels::peak;

use super::Dtype;
use super::workload::Work;

/// The rates that no program on this machine exceeds, with the threads that the workloads have.
pub struct Reference {
    dtype: Dtype,
    /// Floating-point operations a second of fused multiply-adds on registers alone.
    flops: f64,
    /// Bytes a second of a triad over memory.
    bytes: f64,
}

impl Reference {
    /// Measures both, in about a second.
    pub fn measure(dtype: Dtype) -> Self {
        let threads = rayon::current_num_threads();
        let flops = match dtype {
            Dtype::F32 => peak::flops::<f32>(threads, 20),
            Dtype::F64 => peak::flops::<f64>(threads, 20),
        };
        // Three arrays of 64 MB each: far larger than any cache.
        Self { dtype, flops, bytes: peak::triad::<f32>(1 << 24, 10) }
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
        let (flops, bytes) = (self.flops / 1e9, self.bytes / 1e9);
        write!(f, "peak {flops:.0} GFLOP/s in {}, {bytes:.1} GB/s", self.dtype.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_rate_is_half_the_share() {
        let reference = Reference { dtype: Dtype::F32, flops: 100e9, bytes: 20e9 };
        assert_eq!(reference.share(Work::Flops(1e9), 20.0), Some(0.5));
        assert_eq!(reference.share(Work::Bytes(1e9), 100.0), Some(0.5));
        assert_eq!(reference.share(Work::Overhead, 1.0), None);
        assert!(reference.score(Work::Overhead, 1.0) > reference.score(Work::Overhead, 2.0));
    }
}
