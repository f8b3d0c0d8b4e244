//! Training steps of well-known networks.

use std::hint::black_box;

use plywood_autograd::{Result, Var};
use plywood_models::LeNet5;
use plywood_nn::{Context, Layer, Linear, Module};
use plywood_optim::{Adam, SGD, SGDConfig};
use plywood_tensor::Stream;

use crate::bench::training::{Case, Network, Trains, trains};
use crate::bench::workload::{Work, Workload};

/// `train/*`.
pub fn workloads() -> Vec<Workload> {
    cases().into_iter().map(workload).collect()
}

fn workload(case: Case) -> Workload {
    Workload::new(case.name.clone(), Work::Flops(case.flops), move || {
        let mut training = (case.make)(false)?;
        let (batch, target) = case.random()?;
        Ok(move || {
            black_box(training.step(&batch, &target)?);
            Ok(())
        })
    })
}

/// The training steps. Operations are as PyTorch's flop counter counts them: products and convolutions, forward and
/// backward, without the gradient of the input.
pub fn cases() -> Vec<Case> {
    vec![
        image("lenet5_b64_adam", &[64, 1, 28, 28], 144_890_880.0, || adam(LeNet5::new(10, &mut Stream::new(0)))),
        image("mlp_784_512_512_10_b128_adam", &[128, 784], 410_779_648.0, || adam(mlp(&[784, 512, 512, 10]))),
        image("mlp_6_64_8_4_b1_sgd", &[1, 6], 5_088.0, || sgd(mlp(&[6, 64, 8, 10]))),
    ]
}

/// A network of images or vectors with ten classes.
fn image(name: &str, shape: &[usize], flops: f64, make: fn() -> Result<Box<dyn Trains>>) -> Case {
    Case {
        name: format!("train/{name}"),
        shape: shape.to_vec(),
        text: false,
        targets: shape[0],
        classes: 10,
        flops,
        make: Box::new(move |_| make()),
    }
}

fn adam(network: impl Network + 'static) -> Result<Box<dyn Trains>> {
    let optimizer = Adam::new(&network, 1e-3)?;
    Ok(trains(network, optimizer))
}

fn sgd(network: impl Network + 'static) -> Result<Box<dyn Trains>> {
    let optimizer = SGDConfig::new(0.01).momentum(0.9).build(&network)?;
    Ok(trains::<_, SGD>(network, optimizer))
}

/// Linear layers with ReLU between.
#[derive(Module)]
struct Mlp {
    layers: Vec<Linear>,
}

fn mlp(sizes: &[usize]) -> Mlp {
    let mut random = Stream::new(0);
    Mlp { layers: sizes.windows(2).map(|pair| Linear::new(pair[0], pair[1], &mut random)).collect() }
}

impl Layer<f32> for Mlp {
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let (first, rest) = self.layers.split_first().expect("at least two sizes");
        rest.iter().try_fold(first.forward(x, cx)?, |x, layer| layer.forward(&x.relu(), cx))
    }
}
