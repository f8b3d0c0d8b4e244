//! The workloads, by family; names and shapes as in `benchmarks/torch/peer.py`.

mod convolution;

use super::workload::Workload;

/// All workloads, in the order in which they are measured.
pub fn workloads() -> Vec<Workload> {
    convolution::workloads().collect()
}
