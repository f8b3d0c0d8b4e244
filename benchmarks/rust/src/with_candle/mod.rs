//! candle on the CPU, without a BLAS.

mod models;

use std::hint::black_box;

use candle_core::{Device, Result as CandleResult, Tensor, Var};
use candle_nn::ops::{sigmoid, softmax_last_dim};
use candle_nn::{BatchNormConfig, ModuleT, VarBuilder, VarMap, batch_norm};

use crate::sizes::{CONVOLUTIONS, Convolution, LARGE, PRODUCTS, repetitions};
use crate::workload::{Result, Workload};

/// All workloads that candle can express.
///
/// Left out: plain recurrent layers, which it lacks; AlexNet, because its pooling windows overlap and candle has no
/// gradient for those; ResNet-18 and -50 and GoogLeNet, which its crates have for inference only.
pub fn workloads() -> Vec<Workload> {
    let mut all: Vec<Workload> = PRODUCTS.iter().map(|&size| product(size)).collect();
    all.extend(CONVOLUTIONS.iter().flat_map(|&case| [forward(case), all_passes(case)]));
    all.extend(memory_bound());
    all.push(tiny_graph());
    all.extend(models::workloads());
    all
}

fn random(shape: impl Into<candle_core::Shape>) -> CandleResult<Tensor> {
    Tensor::randn(0f32, 1f32, shape, &Device::Cpu)
}

fn product([m, k, n]: [usize; 3]) -> Workload {
    let workload = Workload::new(format!("matmul/{m}x{k}x{n}"), move || {
        let (a, b) = (random((m, k))?, random((k, n))?);
        Ok(move || {
            black_box(a.matmul(&b)?);
            Ok(())
        })
    });
    workload.repeated(repetitions([m, k, n]))
}

fn forward(case: Convolution) -> Workload {
    Workload::new(format!("conv2d/{}/forward", case.name), move || {
        let [input, weight, _] = case.shapes();
        let (x, w) = (random(&input)?, random(&weight)?);
        Ok(move || {
            black_box(x.conv2d(&w, case.padding, case.stride, 1, case.groups)?);
            Ok(())
        })
    })
}

fn all_passes(case: Convolution) -> Workload {
    Workload::new(format!("conv2d/{}/forward_backward", case.name), move || {
        let [input, weight, output] = case.shapes();
        let (x, w, cotangent) = (variable(&input)?, variable(&weight)?, random(&output)?);
        Ok(move || backward_from(&x.conv2d(&w, case.padding, case.stride, 1, case.groups)?, &cotangent))
    })
}

fn variable(shape: &[usize]) -> CandleResult<Var> {
    Var::from_tensor(&random(shape)?)
}

/// Backward with a given gradient of the result. candle begins at a sum, which costs it a product and a sum more.
fn backward_from(y: &Tensor, cotangent: &Tensor) -> Result {
    black_box((y * cotangent)?.sum_all()?.backward()?);
    Ok(())
}

fn memory_bound() -> Vec<Workload> {
    vec![
        unary("pointwise/relu", &LARGE, Tensor::relu),
        unary("pointwise/exp", &LARGE, Tensor::exp),
        unary("pointwise/tanh", &LARGE, Tensor::tanh),
        unary("pointwise/sigmoid", &LARGE, sigmoid),
        Workload::new("pointwise/add", || {
            let (x, y) = (random(&LARGE)?, random(&LARGE)?);
            Ok(move || {
                black_box((&x + &y)?);
                Ok(())
            })
        }),
        unary("reduce/sum", &LARGE, Tensor::sum_all),
        unary("softmax/4096x4096", &[4096, 4096], softmax_last_dim),
        Workload::new("batch_norm/forward_backward", || {
            let (x, cotangent, variables) = (variable(&LARGE)?, random(&LARGE)?, VarMap::new());
            let builder = VarBuilder::from_varmap(&variables, candle_core::DType::F32, &Device::Cpu);
            let layer = batch_norm(LARGE[1], BatchNormConfig::default(), builder)?;
            Ok(move || backward_from(&layer.forward_t(&x, true)?, &cotangent))
        }),
        Workload::new("max_pool2d/forward_backward", || {
            let (x, cotangent) = (variable(&LARGE)?, random(&[64, 256, 16, 16])?);
            Ok(move || backward_from(&x.max_pool2d(2)?, &cotangent))
        }),
    ]
}

fn unary(name: &str, shape: &'static [usize], f: fn(&Tensor) -> CandleResult<Tensor>) -> Workload {
    Workload::new(name, move || {
        let x = random(shape)?;
        Ok(move || {
            black_box(f(&x)?);
            Ok(())
        })
    })
}

fn tiny_graph() -> Workload {
    let workload = Workload::new("overhead/tiny_graph", || {
        let (a, b) = (variable(&[4, 4])?, variable(&[4, 4])?);
        Ok(move || {
            black_box(a.matmul(&b)?.relu()?.sum_all()?.backward()?);
            Ok(())
        })
    });
    workload.repeated(200)
}
