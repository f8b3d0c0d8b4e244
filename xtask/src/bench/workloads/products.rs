//! Matrix products, and the smallest graph that has one.

use std::hint::black_box;

use plywood_autograd::Var;
use plywood_tensor::{Scalar, Stream, Tensor};

use crate::bench::workload::{Work, Workload};

/// `[m, k, n]`: a `[m, k]` matrix by a `[k, n]` one.
const SIZES: &[[usize; 3]] = &[
    [64, 64, 64],
    [128, 128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [64, 784, 512],
    [128, 400, 120],
    [64, 1024, 4096],
];

/// `matmul/*` and `overhead/tiny_graph`.
pub fn workloads<T: Scalar>() -> Vec<Workload> {
    let mut all: Vec<Workload> = SIZES.iter().map(|&size| product::<T>(size)).collect();
    let tiny = Workload::new("overhead/tiny_graph", Work::Overhead, || {
        let [a, b] = [0, 1].map(|seed| values::<T>([4, 4], seed));
        Ok(move || {
            let (a, b) = (Var::leaf(a.clone()), Var::leaf(b.clone()));
            black_box(a.matmul(&b)?.relu().sum().backward()?);
            Ok(())
        })
    });
    all.push(tiny.repeated(200));
    all
}

fn product<T: Scalar>([m, k, n]: [usize; 3]) -> Workload {
    let workload = Workload::new(format!("matmul/{m}x{k}x{n}"), Work::Flops((2 * m * k * n) as f64), move || {
        let (a, b) = (Var::from(values::<T>([m, k], 0)), Var::from(values::<T>([k, n], 1)));
        Ok(move || {
            black_box(a.matmul(&b)?);
            Ok(())
        })
    });
    workload.repeated(20_000_000 / (m * k * n))
}

fn values<T: Scalar>(shape: [usize; 2], seed: u64) -> Tensor<T> {
    Stream::new(seed).normal(shape, 0.0, 1.0)
}
