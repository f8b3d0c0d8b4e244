//! Training steps with candle.

use std::hint::black_box;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result as CandleResult, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::rnn::{GRUConfig, LSTMConfig, RNN, gru, lstm};
use candle_nn::{
    AdamW, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Embedding, Linear, Module, ModuleT, Optimizer,
    ParamsAdamW, VarBuilder, VarMap, batch_norm, conv2d, conv2d_no_bias, embedding, linear,
};

use super::random;
use crate::sizes::{CLASSES, RESNET20, SYMBOLS, TEXTS, labels};
use crate::workload::{Result, Workload};

/// What is trained: from a batch to scores, `[rows, classes]`.
type Network = Box<dyn Fn(&Tensor) -> CandleResult<Tensor>>;

/// `train/*`.
pub fn workloads() -> Vec<Workload> {
    let mut all = vec![
        image("lenet5_b64_adam", &[64, 1, 28, 28], lenet, adam),
        image("mlp_784_512_512_10_b128_adam", &[128, 784], |b| mlp(&[784, 512, 512, 10], b), adam),
        image("mlp_6_64_8_4_b1_sgd", &[1, 6], |b| mlp(&[6, 64, 8, 10], b), Momentum::boxed),
        image("resnet20_cifar_b128_sgd", &[128, 3, 32, 32], resnet20, Momentum::boxed),
    ];
    for size in TEXTS {
        all.push(text("lstm", size, |h, b| characters(h, lstm(h, h, LSTMConfig::default(), b.pp("cell"))?, b)));
        all.push(text("gru", size, |h, b| characters(h, gru(h, h, GRUConfig::default(), b.pp("cell"))?, b)));
    }
    all
}

type Make = fn(VarBuilder) -> CandleResult<Network>;
type MakeOptimizer = fn(Vec<Var>) -> CandleResult<Box<dyn Step>>;

fn image(name: &str, shape: &'static [usize], make: Make, optimizer: MakeOptimizer) -> Workload {
    Workload::new(format!("train/{name}"), move || {
        let target = Tensor::from_vec(labels(shape[0], CLASSES), shape[0], &Device::Cpu)?;
        training_step(random(shape)?, target, &make, optimizer)
    })
}

fn text(cell: &str, [h, b, t]: [usize; 3], make: fn(usize, VarBuilder) -> CandleResult<Network>) -> Workload {
    Workload::new(format!("train/char_{cell}_h{h}_b{b}_t{t}_adam"), move || {
        let symbols = Tensor::from_vec(labels(b * t, SYMBOLS), (b, t), &Device::Cpu)?;
        let target = Tensor::from_vec(labels(b * t, SYMBOLS), b * t, &Device::Cpu)?;
        training_step(symbols, target, &|builder| make(h, builder), adam)
    })
}

fn training_step(
    batch: Tensor,
    target: Tensor,
    make: &dyn Fn(VarBuilder) -> CandleResult<Network>,
    optimizer: MakeOptimizer,
) -> Result<impl FnMut() -> Result + use<>> {
    let variables = VarMap::new();
    let network = make(VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu))?;
    let mut optimizer = optimizer(variables.all_vars())?;
    Ok(move || {
        let loss = cross_entropy(&network(&batch)?, &target)?;
        optimizer.step(&loss.backward()?)?;
        black_box(loss);
        Ok(())
    })
}

/// An optimizer of whatever type.
trait Step {
    fn step(&mut self, gradients: &GradStore) -> CandleResult<()>;
}

impl<O: Optimizer> Step for O {
    fn step(&mut self, gradients: &GradStore) -> CandleResult<()> {
        Optimizer::step(self, gradients)
    }
}

/// Adam is AdamW without a decay.
fn adam(variables: Vec<Var>) -> CandleResult<Box<dyn Step>> {
    let parameters = ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() };
    Ok(Box::new(AdamW::new(variables, parameters)?))
}

/// Gradient descent with momentum, as a user of candle would write it: candle's own has none.
struct Momentum {
    variables: Vec<(Var, Option<Tensor>)>,
    rate: f64,
}

impl Momentum {
    fn boxed(variables: Vec<Var>) -> CandleResult<Box<dyn Step>> {
        Ok(Box::new(Self::new(variables, 0.01)?))
    }
}

impl Optimizer for Momentum {
    type Config = f64;

    fn new(variables: Vec<Var>, rate: f64) -> CandleResult<Self> {
        Ok(Self { variables: variables.into_iter().map(|variable| (variable, None)).collect(), rate })
    }

    fn step(&mut self, gradients: &GradStore) -> CandleResult<()> {
        for (variable, velocity) in &mut self.variables {
            let Some(gradient) = gradients.get(variable) else { continue };
            let new = match velocity {
                Some(old) => ((&*old * 0.9)? + gradient)?,
                None => gradient.clone(),
            };
            variable.set(&(variable.as_detached_tensor() - (&new * self.rate)?)?)?;
            *velocity = Some(new);
        }
        Ok(())
    }

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}

fn lenet(b: VarBuilder) -> CandleResult<Network> {
    let padded = Conv2dConfig { padding: 2, ..Default::default() };
    let conv1 = conv2d(1, 6, 5, padded, b.pp("conv1"))?;
    let conv2 = conv2d(6, 16, 5, Conv2dConfig::default(), b.pp("conv2"))?;
    let (fc1, fc2) = (linear(400, 120, b.pp("fc1"))?, linear(120, 84, b.pp("fc2"))?);
    let fc3 = linear(84, CLASSES, b.pp("fc3"))?;
    Ok(Box::new(move |x| {
        let x = conv1.forward(x)?.relu()?.max_pool2d(2)?;
        let x = conv2.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = fc1.forward(&x.flatten_from(1)?)?.relu()?;
        fc3.forward(&fc2.forward(&x)?.relu()?)
    }))
}

fn mlp(sizes: &[usize], b: VarBuilder) -> CandleResult<Network> {
    let layer = |(i, pair): (usize, &[usize])| linear(pair[0], pair[1], b.pp(i));
    let layers = sizes.windows(2).enumerate().map(layer).collect::<CandleResult<Vec<Linear>>>()?;
    Ok(Box::new(move |x| {
        let first = layers[0].forward(x)?;
        layers[1..].iter().try_fold(first, |x, layer| layer.forward(&x.relu()?))
    }))
}

/// He et al. 2015, section 4.2, with the parameter-free shortcut A.
struct CifarBlock {
    conv1: Conv2d,
    bn1: BatchNorm,
    conv2: Conv2d,
    bn2: BatchNorm,
    stride: usize,
    widen: usize,
}

impl CifarBlock {
    fn new([channels, filters, stride]: [usize; 3], b: VarBuilder) -> CandleResult<Self> {
        let (conv1, bn1) = conv3x3([channels, filters, stride], b.pp("first"))?;
        let (conv2, bn2) = conv3x3([filters, filters, 1], b.pp("second"))?;
        Ok(Self { conv1, bn1, conv2, bn2, stride, widen: (filters - channels) / 2 })
    }

    fn forward(&self, x: &Tensor) -> CandleResult<Tensor> {
        let y = self.bn1.forward_t(&self.conv1.forward(x)?, true)?.relu()?;
        let y = self.bn2.forward_t(&self.conv2.forward(&y)?, true)?;
        let mut shortcut = x.clone();
        if self.stride != 1 {
            let every = Tensor::arange_step(0u32, x.dim(2)? as u32, self.stride as u32, &Device::Cpu)?;
            shortcut = shortcut.index_select(&every, 2)?.index_select(&every, 3)?;
        }
        if self.widen != 0 {
            shortcut = shortcut.pad_with_zeros(1, self.widen, self.widen)?;
        }
        (shortcut + y)?.relu()
    }
}

fn conv3x3([channels, filters, stride]: [usize; 3], b: VarBuilder) -> CandleResult<(Conv2d, BatchNorm)> {
    let config = Conv2dConfig { padding: 1, stride, ..Default::default() };
    let conv = conv2d_no_bias(channels, filters, 3, config, b.pp("conv"))?;
    Ok((conv, batch_norm(filters, BatchNormConfig::default(), b.pp("bn"))?))
}

fn resnet20(b: VarBuilder) -> CandleResult<Network> {
    let (conv, bn) = conv3x3([3, 16, 1], b.pp("stem"))?;
    let blocks = RESNET20.iter().enumerate().map(|(i, &sizes)| CifarBlock::new(sizes, b.pp(i)));
    let blocks = blocks.collect::<CandleResult<Vec<_>>>()?;
    let fc = linear(64, CLASSES, b.pp("fc"))?;
    Ok(Box::new(move |x| {
        let x = bn.forward_t(&conv.forward(x)?, true)?.relu()?;
        let x = blocks.iter().try_fold(x, |x, block| block.forward(&x))?;
        fc.forward(&x.mean((2, 3))?)
    }))
}

/// Embedding, one recurrent layer, scores of every time step.
fn characters(hidden: usize, cell: impl RNN + 'static, b: VarBuilder) -> CandleResult<Network> {
    let table: Embedding = embedding(SYMBOLS, hidden, b.pp("embedding"))?;
    let output = linear(hidden, SYMBOLS, b.pp("output"))?;
    Ok(Box::new(move |symbols| {
        let states = cell.seq(&table.forward(symbols)?)?;
        // The GRU's come as [b, t · h], the LSTM's as [b, t, h].
        let states = cell.states_to_tensor(&states)?.reshape(((), hidden))?;
        output.forward(&states)
    }))
}
