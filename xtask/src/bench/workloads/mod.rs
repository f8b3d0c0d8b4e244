//! The workloads, by family; names and shapes as in `benchmarks/torch/peer.py`.

mod convolution;
mod memory_bound;
mod products;
mod training;

pub use training::cases as training_cases;

use super::workload::Workload;

/// All workloads, in the order in which they are measured.
pub fn workloads() -> Vec<Workload> {
    let mut all = vec![];
    all.extend(products::workloads());
    all.extend(convolution::workloads());
    all.extend(memory_bound::workloads());
    all.extend(training::workloads());
    all.push(training::inference());
    all
}
