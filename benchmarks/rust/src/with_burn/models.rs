//! Training steps with burn.

use std::hint::black_box;

use burn::module::{Module, ModuleDisplay};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLoss;
use burn::nn::pool::{AdaptiveAvgPool2dConfig, MaxPool2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, Gru, GruConfig, Linear, LinearConfig, Lstm, LstmConfig,
    PaddingConfig2d, Rnn, RnnConfig,
};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;
use burn::tensor::ops::PadMode;

use super::random;
use crate::sizes::{CLASSES, RESNET20, SYMBOLS, TEXTS, labels};
use crate::workload::{Result, Workload};

/// `train/*`.
pub fn workloads() -> Vec<Workload> {
    let mut all = vec![
        image("lenet5_b64_adam", [64, 1, 28, 28], LeNet::new, LeNet::forward, adam),
        image("mlp_784_512_512_10_b128_adam", [128, 784], |d| Mlp::new(&[784, 512, 512, 10], d), Mlp::forward, adam),
        image("mlp_6_64_8_4_b1_sgd", [1, 6], |d| Mlp::new(&[6, 64, 8, 10], d), Mlp::forward, sgd),
        image("resnet20_cifar_b128_sgd", [128, 3, 32, 32], CifarResNet::new, CifarResNet::forward, sgd),
    ];
    for size in TEXTS {
        all.push(text("rnn", size, |h, d| RnnConfig::new(h, h, true).init(d), |cell: &Rnn, x| cell.forward(x, None).0));
        all.push(text(
            "lstm",
            size,
            |h, d| LstmConfig::new(h, h, true).init(d),
            |cell: &Lstm, x| cell.forward(x, None).0,
        ));
        all.push(text("gru", size, |h, d| GruConfig::new(h, h, true).init(d), |cell: &Gru, x| cell.forward(x, None)));
    }
    all
}

fn image<M: Module + 'static, const D: usize>(
    name: &str,
    shape: [usize; D],
    make: fn(&Device) -> M,
    forward: fn(&M, Tensor<D>) -> Tensor<2>,
    optimizer: fn() -> (ModuleOptimizer, f64),
) -> Workload {
    Workload::new(format!("train/{name}"), move || {
        let device = Device::flex().autodiff();
        let (x, target) = (random(shape, &device), integers([shape[0]], CLASSES, &device));
        Ok(training_step(make(&device), target, optimizer(), move |model| forward(model, x.clone())))
    })
}

fn text<C: Module + ModuleDisplay + 'static>(
    name: &str,
    [hidden, b, t]: [usize; 3],
    make: fn(usize, &Device) -> C,
    forward: fn(&C, Tensor<3>) -> Tensor<3>,
) -> Workload {
    Workload::new(format!("train/char_{name}_h{hidden}_b{b}_t{t}_adam"), move || {
        let device = Device::flex().autodiff();
        let (symbols, target) = (integers([b, t], SYMBOLS, &device), integers([b * t], SYMBOLS, &device));
        let embedding = EmbeddingConfig::new(SYMBOLS, hidden).init(&device);
        let output = LinearConfig::new(hidden, SYMBOLS).init(&device);
        let model = Characters { embedding, cell: make(hidden, &device), output };
        Ok(training_step(model, target, adam(), move |model| {
            let states = forward(&model.cell, model.embedding.forward(symbols.clone()));
            model.output.forward(states).flatten(0, 1)
        }))
    })
}

fn integers<const D: usize>(shape: [usize; D], classes: usize, device: &Device) -> Tensor<D, Int> {
    Tensor::from_data(TensorData::new(labels(shape.iter().product(), classes), shape), device)
}

fn training_step<M: Module + 'static>(
    model: M,
    target: Tensor<1, Int>,
    (mut optimizer, rate): (ModuleOptimizer, f64),
    forward: impl Fn(&M) -> Tensor<2> + 'static,
) -> impl FnMut() -> Result {
    // A step takes the model and gives the next one back.
    let mut model = Some(model);
    move || {
        let before = model.take().ok_or("the step before this one failed")?;
        let logits = forward(&before);
        let loss = CrossEntropyLoss::new(None, &logits.device()).forward(logits, target.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &before);
        model = Some(optimizer.step(rate, before, gradients));
        black_box(loss);
        Ok(())
    }
}

fn adam() -> (ModuleOptimizer, f64) {
    (AdamConfig::new().with_epsilon(1e-8).init(), 1e-3)
}

fn sgd() -> (ModuleOptimizer, f64) {
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    (SgdConfig::new().with_momentum(Some(momentum)).init(), 0.01)
}

#[derive(Module, Debug)]
struct LeNet {
    conv1: Conv2d,
    conv2: Conv2d,
    fc1: Linear,
    fc2: Linear,
    fc3: Linear,
}

impl LeNet {
    fn new(device: &Device) -> Self {
        let padding = PaddingConfig2d::Explicit(2, 2, 2, 2);
        Self {
            conv1: Conv2dConfig::new([1, 6], [5, 5]).with_padding(padding).init(device),
            conv2: Conv2dConfig::new([6, 16], [5, 5]).init(device),
            fc1: LinearConfig::new(400, 120).init(device),
            fc2: LinearConfig::new(120, 84).init(device),
            fc3: LinearConfig::new(84, CLASSES).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let pool = MaxPool2dConfig::new([2, 2]).init();
        let x = pool.forward(relu(self.conv1.forward(x)));
        let x = pool.forward(relu(self.conv2.forward(x)));
        let x = relu(self.fc1.forward(x.flatten(1, 3)));
        self.fc3.forward(relu(self.fc2.forward(x)))
    }
}

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    fn new(sizes: &[usize], device: &Device) -> Self {
        Self { layers: sizes.windows(2).map(|pair| LinearConfig::new(pair[0], pair[1]).init(device)).collect() }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let first = self.layers[0].forward(x);
        self.layers[1..].iter().fold(first, |x, layer| layer.forward(relu(x)))
    }
}

/// A 3×3 convolution and its normalisation.
#[derive(Module, Debug)]
struct Normalised {
    conv: Conv2d,
    bn: BatchNorm,
}

impl Normalised {
    fn new([channels, filters, stride]: [usize; 3], device: &Device) -> Self {
        let conv = Conv2dConfig::new([channels, filters], [3, 3])
            .with_stride([stride; 2])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false);
        Self { conv: conv.init(device), bn: BatchNormConfig::new(filters).init(device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.bn.forward(self.conv.forward(x))
    }
}

/// He et al. 2015, section 4.2, with the parameter-free shortcut A.
#[derive(Module, Debug)]
struct CifarBlock {
    first: Normalised,
    second: Normalised,
    stride: usize,
    widen: usize,
}

impl CifarBlock {
    fn new([channels, filters, stride]: [usize; 3], device: &Device) -> Self {
        let first = Normalised::new([channels, filters, stride], device);
        let second = Normalised::new([filters, filters, 1], device);
        Self { first, second, stride, widen: (filters - channels) / 2 }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.second.forward(relu(self.first.forward(x.clone())));
        let mut shortcut = x;
        if self.stride != 1 {
            shortcut = shortcut.slice(s![.., .., ..;2, ..;2]);
        }
        if self.widen != 0 {
            let padding = [(0, 0), (self.widen, self.widen), (0, 0), (0, 0)];
            shortcut = shortcut.pad(padding, PadMode::Constant(0.0));
        }
        relu(shortcut + y)
    }
}

#[derive(Module, Debug)]
struct CifarResNet {
    stem: Normalised,
    blocks: Vec<CifarBlock>,
    fc: Linear,
}

impl CifarResNet {
    fn new(device: &Device) -> Self {
        Self {
            stem: Normalised::new([3, 16, 1], device),
            blocks: RESNET20.iter().map(|&sizes| CifarBlock::new(sizes, device)).collect(),
            fc: LinearConfig::new(64, CLASSES).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = relu(self.stem.forward(x));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        self.fc.forward(AdaptiveAvgPool2dConfig::new([1, 1]).init().forward(x).flatten(1, 3))
    }
}

/// Embedding, one recurrent layer, scores of every time step.
#[derive(Module, Debug)]
struct Characters<C: Module + ModuleDisplay> {
    embedding: Embedding,
    cell: C,
    output: Linear,
}
