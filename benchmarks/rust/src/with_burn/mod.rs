//! burn with its CPU backend in Rust, flex.

mod models;

use std::hint::black_box;

use burn::nn::BatchNormConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::{relu, sigmoid, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use crate::sizes::{CONVOLUTIONS, Convolution, LARGE, PRODUCTS, repetitions};
use crate::workload::Workload;

/// All workloads that burn can express with what its crates hold; large image models it leaves to another repository.
pub fn workloads() -> Vec<Workload> {
    let mut all: Vec<Workload> = PRODUCTS.iter().map(|&size| product(size)).collect();
    all.extend(CONVOLUTIONS.iter().flat_map(|&case| [forward(case), all_passes(case)]));
    all.extend(memory_bound());
    all.push(tiny_graph());
    all.extend(models::workloads());
    all
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn product([m, k, n]: [usize; 3]) -> Workload {
    let workload = Workload::new(format!("matmul/{m}x{k}x{n}"), move || {
        let device = Device::flex();
        let (a, b) = (random([m, k], &device), random([k, n], &device));
        Ok(move || {
            black_box(a.clone().matmul(b.clone()));
            Ok(())
        })
    });
    workload.repeated(repetitions([m, k, n]))
}

fn options(case: Convolution) -> ConvOptions<2> {
    ConvOptions::new([case.stride; 2], [case.padding; 2], [1; 2], case.groups)
}

fn forward(case: Convolution) -> Workload {
    Workload::new(format!("conv2d/{}/forward", case.name), move || {
        let (device, [input, weight, _]) = (Device::flex(), case.shapes());
        let (x, w) = (random(input, &device), random(weight, &device));
        Ok(move || {
            black_box(conv2d(x.clone(), w.clone(), None, options(case)));
            Ok(())
        })
    })
}

fn all_passes(case: Convolution) -> Workload {
    Workload::new(format!("conv2d/{}/forward_backward", case.name), move || {
        let (device, [input, weight, output]) = (Device::flex().autodiff(), case.shapes());
        let (x, w) = (random(input, &device).require_grad(), random(weight, &device).require_grad());
        let cotangent = random(output, &device);
        Ok(move || {
            backward_from(conv2d(x.clone(), w.clone(), None, options(case)), &cotangent);
            Ok(())
        })
    })
}

/// Backward with a given gradient of the result. burn begins at a scalar, which costs it a product and a sum more.
fn backward_from(y: Tensor<4>, cotangent: &Tensor<4>) {
    black_box((y * cotangent.clone()).sum().backward());
}

fn memory_bound() -> Vec<Workload> {
    vec![
        unary("pointwise/relu", LARGE, relu),
        unary("pointwise/exp", LARGE, Tensor::exp),
        unary("pointwise/tanh", LARGE, Tensor::tanh),
        unary("pointwise/sigmoid", LARGE, sigmoid),
        Workload::new("pointwise/add", || {
            let device = Device::flex();
            let (x, y) = (random(LARGE, &device), random(LARGE, &device));
            Ok(move || {
                black_box(x.clone() + y.clone());
                Ok(())
            })
        }),
        Workload::new("reduce/sum", || {
            let x = random(LARGE, &Device::flex());
            Ok(move || {
                black_box(x.clone().sum());
                Ok(())
            })
        }),
        unary("softmax/4096x4096", [4096, 4096], |x| softmax(x, 1)),
        Workload::new("batch_norm/forward_backward", || {
            let device = Device::flex().autodiff();
            let (x, cotangent) = (random(LARGE, &device).require_grad(), random(LARGE, &device));
            let layer = BatchNormConfig::new(LARGE[1]).init(&device);
            Ok(move || {
                backward_from(layer.forward(x.clone()), &cotangent);
                Ok(())
            })
        }),
        Workload::new("max_pool2d/forward_backward", || {
            let device = Device::flex().autodiff();
            let (x, cotangent) = (random(LARGE, &device).require_grad(), random([64, 256, 16, 16], &device));
            let pool = MaxPool2dConfig::new([2, 2]).init();
            Ok(move || {
                backward_from(pool.forward(x.clone()), &cotangent);
                Ok(())
            })
        }),
    ]
}

fn unary<const D: usize>(name: &str, shape: [usize; D], f: fn(Tensor<D>) -> Tensor<D>) -> Workload {
    Workload::new(name, move || {
        let x = random(shape, &Device::flex());
        Ok(move || {
            black_box(f(x.clone()));
            Ok(())
        })
    })
}

fn tiny_graph() -> Workload {
    let workload = Workload::new("overhead/tiny_graph", || {
        let device = Device::flex().autodiff();
        let [a, b] = [(); 2].map(|()| random([4, 4], &device).require_grad());
        Ok(move || {
            black_box(relu(a.clone().matmul(b.clone())).sum().backward());
            Ok(())
        })
    });
    workload.repeated(200)
}
