//! A small model with all that a checkpoint must hold: parameters, a buffer, a counter and dropout.

#![allow(dead_code)] // each test file uses a part

pub mod process;

use plywood_autograd::{Var, cross_entropy};
use plywood_data::{Batch, DataLoader, Dataset, Sample, Samples};
use plywood_nn::{Buffer, Context, Counter, Layer, Linear, Module, Result, Stream, Tensor};
use plywood_train::Trainer;

#[derive(Module)]
pub struct Net {
    hidden: Linear,
    output: Linear,
    running: Buffer,
    passes: Counter,
}

impl Net {
    pub fn new(seed: u64) -> Self {
        let random = &mut Stream::new(seed);
        Self {
            hidden: Linear::new(6, 16, random),
            output: Linear::new(16, 3, random),
            running: Buffer::new(Tensor::zeros([])),
            passes: Counter::new(0),
        }
    }

    pub fn weights(&self) -> Vec<u32> {
        let mut bits = Vec::new();
        for (_, entry) in self.state_dict().iter() {
            match entry {
                plywood_nn::Entry::Float(t) => bits.extend(t.to_vec().iter().map(|x| x.to_bits())),
                plywood_nn::Entry::Int(t) => bits.extend(t.to_vec().iter().map(|&x| x as u32)),
            }
        }
        bits
    }
}

/// Zeroes what is negative and, in training, a quarter of the rest.
fn dropout_relu(x: &Var, cx: &mut Context) -> Var {
    let training = cx.is_training();
    let random = cx.random();
    let mask = x.value().map(|x| x > 0.0 || x.is_nan());
    let kept: Vec<bool> = mask.to_vec().into_iter().map(|m| m && !(training && random.chance(0.25))).collect();
    let mask = Tensor::from_vec(x.shape(), kept).unwrap();
    let value = x.value().zip_map(&mask, |x, keep| if keep { x } else { 0.0 }).unwrap();
    Var::op("dropout_relu", &[x], value, |_| {
        move |dy, sink| sink.add(0, || dy.zip_map(&mask, |dy, keep| if keep { dy } else { 0.0 }))
    })
}

impl Layer<f32> for Net {
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let hidden = dropout_relu(&self.hidden.forward(x, cx)?, cx);
        if cx.is_training() {
            let mean = hidden.value().mean();
            self.running.update(|running| *running = running.map(|old| 0.9 * old + 0.1 * mean));
            self.passes.increment();
        }
        self.output.forward(&hidden, cx)
    }
}

/// Points in three noisy groups.
pub fn samples(n: usize) -> Samples<Sample<Tensor, i64>> {
    let mut random = Stream::new(11);
    (0..n)
        .map(|i| {
            let class = (i % 3) as i64;
            let mut input = random.normal::<f32>([6], 0.0, 0.7);
            input.make_mut()[class as usize] += 1.5;
            Sample { input, target: class }
        })
        .collect()
}

pub fn loader(data: &Samples<Sample<Tensor, i64>>) -> DataLoader<'_, Batch> {
    DataLoader::new(data.clone()).batch_size(7).shuffle(5)
}

pub fn loss(y: &Var, target: &Tensor<i64>) -> Result<Var> {
    cross_entropy(y, target)
}

pub type Trained<'a> = Trainer<'a, Net, Batch>;

/// A third of the samples hold a NaN.
pub fn broken(data: Samples<Sample<Tensor, i64>>) -> impl Dataset<Item = Sample<Tensor, i64>> {
    data.map(|mut sample| {
        if sample.target == 2 {
            sample.input.make_mut()[3] = f32::NAN;
        }
        Ok(sample)
    })
}
