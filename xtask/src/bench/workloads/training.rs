//! Training steps of well-known networks.

use std::hint::black_box;

use plywood_autograd::{Nonlinearity, Result, Var};
use plywood_models::{AlexNet, CharLm, CifarResNet, GoogLeNet, LeNet5, ResNet, ResNetConfig, SequenceOptions};
use plywood_nn::{CellKind, Context, Layer, Linear, Module};
use plywood_optim::{Adam, SGD, SGDConfig};
use plywood_tensor::{Scalar, Stream};

use crate::bench::training::{Batch, Case, Trains, of_values, trains};
use crate::bench::workload::{Work, Workload};

/// `train/*`.
pub fn workloads<T: Scalar>() -> Vec<Workload> {
    cases::<T>().into_iter().map(workload).collect()
}

fn workload<T: Scalar>(case: Case<T>) -> Workload {
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
pub fn cases<T: Scalar>() -> Vec<Case<T>> {
    let mut cases = vec![
        image("lenet5_b64_adam", &[64, 1, 28, 28], 144_890_880.0, |_| adam(LeNet5::new(10, &mut Stream::new(0)))),
        image("mlp_784_512_512_10_b128_adam", &[128, 784], 410_779_648.0, |_| adam(mlp(&[784, 512, 512, 10]))),
        image("mlp_6_64_8_4_b1_sgd", &[1, 6], 5_088.0, |_| sgd(mlp(&[6, 64, 8, 10]))),
        image("resnet20_cifar_b128_sgd", &[128, 3, 32, 32], 31_029_952_512.0, |_| {
            sgd(CifarResNet::new(20, 10, &mut Stream::new(0))?)
        }),
        image("resnet18_64px_b16_sgd", &[16, 3, 64, 64], 13_904_609_280.0, |_| sgd(resnet18())),
        image("resnet50_64px_b8_sgd", &[8, 3, 64, 64], 15_861_743_616.0, |_| {
            sgd(ResNetConfig::resnet50(10).build(&mut Stream::new(0)))
        }),
        image("alexnet_224px_b16_sgd", &[16, 3, 224, 224], 65_923_952_640.0, |dropout| {
            sgd(AlexNet::new(10, if dropout { 0.5 } else { 0.0 }, &mut Stream::new(0)))
        }),
        image("googlenet_96px_b8_sgd", &[8, 3, 96, 96], 12_854_820_864.0, |dropout| {
            sgd(GoogLeNet::new(10, &mut Stream::new(0)).dropout(if dropout { 0.2 } else { 0.0 }))
        }),
    ];
    for (name, cell, gates) in
        [("rnn", CellKind::Rnn(Nonlinearity::Tanh), 1), ("lstm", CellKind::Lstm, 4), ("gru", CellKind::Gru, 3)]
    {
        for (hidden, batch, steps) in [(128, 32, 64), (256, 64, 128)] {
            cases.push(text(name, cell, gates, hidden, [batch, steps]));
        }
    }
    cases
}

/// `infer/*`: evaluation, without a graph.
pub fn inference<T: Scalar>() -> Workload {
    Workload::new("infer/resnet18_224px_b1", Work::Flops(3_627_132_928.0), || {
        let (model, mut cx) = (resnet18::<T>(), Context::eval());
        let x = Var::from(Stream::new(0).normal([1, 3, 224, 224], 0.0, 1.0));
        Ok(move || {
            black_box(model.forward(&x, &mut cx)?);
            Ok(())
        })
    })
}

fn resnet18<T: Scalar>() -> ResNet<T> {
    ResNetConfig::resnet18(10).build(&mut Stream::new(0))
}

/// A network of images or vectors with ten classes, made with or without dropout.
fn image<T: Scalar>(name: &str, shape: &[usize], flops: f64, make: fn(bool) -> Result<Box<dyn Trains<T>>>) -> Case<T> {
    Case {
        name: format!("train/{name}"),
        shape: shape.to_vec(),
        text: false,
        targets: shape[0],
        classes: 10,
        flops,
        make: Box::new(move |plain| make(!plain)),
    }
}

/// A character model, its recurrent layer as wide as the embedding.
fn text<T: Scalar>(name: &str, cell: CellKind, gates: usize, hidden: usize, [batch, steps]: [usize; 2]) -> Case<T> {
    let options = SequenceOptions { cell, embedding: hidden, hidden, layers: 1, dropout: 0.0 };
    Case {
        name: format!("train/char_{name}_h{hidden}_b{batch}_t{steps}_adam"),
        shape: vec![batch, steps],
        text: true,
        targets: batch * steps,
        classes: SYMBOLS,
        flops: (6 * batch * steps * hidden * (2 * hidden * gates + SYMBOLS)) as f64,
        make: Box::new(move |_| {
            let network = Characters { model: CharLm::new(SYMBOLS, &options, &mut Stream::new(0)) };
            let optimizer = Adam::<T>::new(&network, 1e-3)?;
            Ok(trains(network, Characters::scores, optimizer))
        }),
    }
}

/// Different characters of the text.
const SYMBOLS: usize = 65;

/// A character language model: all time steps' scores under each other.
#[derive(Module)]
struct Characters<T: Scalar> {
    model: CharLm<T>,
}

impl<T: Scalar> Characters<T> {
    fn scores(&self, batch: &Batch<T>, cx: &mut Context) -> Result<Var<T>> {
        match batch {
            Batch::Indices(symbols) => self.model.forward(symbols, None, cx)?.0.reshape([symbols.elements(), SYMBOLS]),
            Batch::Values(_) => unreachable!("the table of training steps feeds this network with characters"),
        }
    }
}

fn adam<T: Scalar>(network: impl Layer<T> + 'static) -> Result<Box<dyn Trains<T>>> {
    let optimizer = Adam::<T>::new(&network, 1e-3)?;
    Ok(trains(network, of_values, optimizer))
}

fn sgd<T: Scalar>(network: impl Layer<T> + 'static) -> Result<Box<dyn Trains<T>>> {
    let optimizer: SGD<T> = SGDConfig::new(0.01).momentum(0.9).build(&network)?;
    Ok(trains(network, of_values, optimizer))
}

/// Linear layers with ReLU between.
#[derive(Module)]
struct Mlp<T: Scalar> {
    layers: Vec<Linear<T>>,
}

fn mlp<T: Scalar>(sizes: &[usize]) -> Mlp<T> {
    let mut random = Stream::new(0);
    Mlp { layers: sizes.windows(2).map(|pair| Linear::new(pair[0], pair[1], &mut random)).collect() }
}

impl<T: Scalar> Layer<T> for Mlp<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let (first, rest) = self.layers.split_first().expect("at least two sizes");
        rest.iter().try_fold(first.forward(x, cx)?, |x, layer| layer.forward(&x.relu(), cx))
    }
}
