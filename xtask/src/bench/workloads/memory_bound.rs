//! Operations that wait for memory: 16.8 million values each.

use std::hint::black_box;

use plywood_autograd::Var;
use plywood_tensor::{Stream, Tensor};

use crate::bench::workload::{Work, Workload};

const SHAPE: [usize; 4] = [64, 256, 32, 32];

/// Bytes of one such tensor.
const BYTES: f64 = 4.0 * (64 * 256 * 32 * 32) as f64;

/// `pointwise/*`, `reduce/*`, `softmax/*`, `batch_norm/*`, `max_pool2d/*`.
pub fn workloads() -> Vec<Workload> {
    vec![
        unary("relu", Var::relu),
        unary("exp", Var::exp),
        unary("tanh", Var::tanh),
        unary("sigmoid", Var::sigmoid),
        Workload::new("pointwise/add", Work::Bytes(3.0 * BYTES), || {
            let (x, y) = (Var::from(values(SHAPE, 0)), Var::from(values(SHAPE, 1)));
            Ok(move || {
                black_box(x.add(&y)?);
                Ok(())
            })
        }),
        Workload::new("reduce/sum", Work::Bytes(BYTES), || {
            let x = Var::from(values(SHAPE, 0));
            Ok(move || {
                black_box(x.sum());
                Ok(())
            })
        }),
        Workload::new("softmax/4096x4096", Work::Bytes(2.0 * BYTES), || {
            let x = Var::from(values([1, 1, 4096, 4096], 0)).reshape([4096, 4096])?;
            Ok(move || {
                black_box(x.softmax(1)?);
                Ok(())
            })
        }),
        // Forward reads x and writes y; backward reads x and dy and writes dx.
        Workload::new("batch_norm/forward_backward", Work::Bytes(5.0 * BYTES), || {
            let (x, cotangent) = (values(SHAPE, 0), values(SHAPE, 1));
            let (weight, bias) = (Tensor::ones([256]), Tensor::zeros([256]));
            let (mut mean, mut variance) = (Tensor::zeros([256]), Tensor::ones([256]));
            Ok(move || {
                let (x, weight, bias) = (Var::leaf(x.clone()), Var::leaf(weight.clone()), Var::leaf(bias.clone()));
                let (y, statistics) = x.batch_norm(Some(&weight), Some(&bias), 1e-5)?;
                statistics.update_running(0.1, &mut mean, &mut variance);
                black_box(y.backward_with(cotangent.clone())?);
                Ok(())
            })
        }),
        // Forward reads x and writes a quarter of it; backward reads that quarter and writes dx.
        Workload::new("max_pool2d/forward_backward", Work::Bytes(2.5 * BYTES), || {
            let (x, cotangent) = (values(SHAPE, 0), values([64, 256, 16, 16], 1));
            Ok(move || {
                let x = Var::leaf(x.clone());
                black_box(x.max_pool2d(2)?.backward_with(cotangent.clone())?);
                Ok(())
            })
        }),
    ]
}

fn unary(name: &str, f: fn(&Var) -> Var) -> Workload {
    Workload::new(format!("pointwise/{name}"), Work::Bytes(2.0 * BYTES), move || {
        let x = Var::from(values(SHAPE, 0));
        Ok(move || {
            black_box(f(&x));
            Ok(())
        })
    })
}

fn values(shape: [usize; 4], seed: u64) -> Tensor {
    Stream::new(seed).normal(shape, 0.0, 1.0)
}
