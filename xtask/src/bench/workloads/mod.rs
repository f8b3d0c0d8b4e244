//! The workloads, by family; names and shapes as in `benchmarks/torch/peer.py`.

mod convolution;
mod memory_bound;
mod products;
mod training;

pub use training::cases as training_cases;

use super::Dtype;
use super::workload::Workload;

/// All workloads of a type of numbers, in the order in which they are measured. Those in `f64` are products and whole
/// networks.
pub fn workloads(dtype: Dtype) -> Vec<Workload> {
    let mut all = vec![];
    match dtype {
        Dtype::F32 => {
            all.extend(products::workloads::<f32>());
            all.extend(convolution::workloads());
            all.extend(memory_bound::workloads());
            all.extend(training::workloads::<f32>());
            all.push(training::inference::<f32>());
        }
        Dtype::F64 => {
            all.extend(products::workloads::<f64>());
            all.extend(training::workloads::<f64>());
            all.push(training::inference::<f64>());
        }
    }
    all
}
