//! Why shortcuts: `cargo run --release --example 23_resnet [-- --epochs N]`.
//!
//! A deeper network can do all that a shallower one can: its added layers only have to pass on what they get. Yet plain
//! networks get worse with depth, in *training* already, because they can't find that. A residual block computes
//! y = x + f(x): to pass on what it gets, it only has to make f small, and gradients reach every block undiminished.
//!
//! Four networks as in He et al. (2016, figure 6), narrower: 20 and 56 layers, plain and with shortcuts, else equal.

use plywood::autograd::PadMode;
use plywood::data::digits;
use plywood::nn::init::{Fan, Nonlinearity, kaiming_normal};
use plywood::optim::{OneCycleLR, SGDConfig};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{by_epoch, claim, flag, picture};

const TOPIC: &str = "23_resnet";

#[derive(Module)]
struct Block<T: Scalar = f32> {
    conv1: Conv2d<T>,
    bn1: BatchNorm2d<T>,
    conv2: Conv2d<T>,
    bn2: BatchNorm2d<T>,
    shortcut: bool,
}

impl Block {
    /// Where the channels grow, the image shrinks to half.
    fn new(from: usize, to: usize, shortcut: bool, random: &mut Stream) -> Result<Self> {
        let mut conv = |from: usize, stride: usize| -> Result<Conv2d> {
            let mut conv = Conv2d::new(from, to, 3, random).stride(stride).padding(1).without_bias();
            conv.weight.set(kaiming_normal(*conv.weight.shape(), Nonlinearity::ReLU, Fan::Out, random)?)?;
            Ok(conv)
        };
        let (conv1, conv2) = (conv(from, to / from)?, conv(to, 1)?);
        Ok(Self { conv1, bn1: BatchNorm2d::new(to), conv2, bn2: BatchNorm2d::new(to), shortcut })
    }
}

impl Layer<f32> for Block {
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let y = self.bn1.forward(&self.conv1.forward(x, cx)?, cx)?.relu();
        let y = self.bn2.forward(&self.conv2.forward(&y, cx)?, cx)?;
        if !self.shortcut {
            return Ok(y.relu());
        }
        let grown = y.shape()[1] - x.shape()[1];
        let passed = if grown == 0 {
            x.clone()
        } else {
            // Every other pixel, and zeros in the new channels.
            let x = x.slice(-1, 0, None, 2)?.slice(-2, 0, None, 2)?;
            x.pad(&[[0, 0], [0, 0], [0, grown as isize]], PadMode::Constant(0.0))?
        };
        Ok(passed.add(&y)?.relu())
    }
}

/// 6n + 2 layers: a convolution, three stages of n blocks, a linear layer; `[n, 1, 8, 8]` to `[n, 10]`.
#[derive(Module)]
struct Net<T: Scalar = f32> {
    first: Conv2d<T>,
    bn: BatchNorm2d<T>,
    blocks: Vec<Block<T>>,
    output: Linear<T>,
}

impl Net {
    fn new(depth: usize, shortcut: bool) -> Result<Self> {
        let (random, n) = (&mut Stream::new(0), (depth - 2) / 6);
        let first = Conv2d::new(1, 8, 3, random).padding(1).without_bias();
        let mut blocks = Vec::new();
        for (from, to) in [(8, 8), (8, 16), (16, 32)] {
            for i in 0..n {
                blocks.push(Block::new(if i == 0 { from } else { to }, to, shortcut, random)?);
            }
        }
        Ok(Self { first, bn: BatchNorm2d::new(8), blocks, output: Linear::new(32, 10, random) })
    }
}

impl Layer<f32> for Net {
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let x = self.bn.forward(&self.first.forward(x, cx)?, cx)?.relu();
        let x = self.blocks.iter().try_fold(x, |x, block| block.forward(&x, cx))?;
        self.output.forward(&x.adaptive_avg_pool2d([1, 1])?.flatten(1)?, cx)
    }
}

fn main() -> Result<()> {
    let epochs = flag("--epochs")?.unwrap_or(8);
    let data = digits();
    let loader = DataLoader::new(&data).batch_size(64).shuffle(0);
    let mut chart = LineChart::new("Depth with and without shortcuts: the error in training");
    chart = chart.x_label("epoch").y_label("digits read wrong in training (%)");
    let mut errors = Vec::new();
    for (depth, shortcut) in [(20, false), (56, false), (20, true), (56, true)] {
        let name = format!("{}, {depth} layers", if shortcut { "shortcuts" } else { "plain" });
        let mut model = Net::new(depth, shortcut)?;
        let optimizer = SGDConfig::new(0.05).momentum(0.9).weight_decay(1e-4).build(&model)?;
        let mut trainer = Trainer::new(optimizer, |scores, digit| cross_entropy(scores, digit)).epochs(epochs);
        trainer = trainer.schedule_by_step(OneCycleLR::new(0.05, epochs * loader.len())?);
        trainer = trainer.metric(Accuracy::new()).quiet();
        let history = trainer.fit(&mut model, &loader)?;
        let curve: Vec<f64> = history.get("accuracy").iter().map(|accuracy| 100.0 - 100.0 * accuracy).collect();
        println!("{name:20} {:7} weights, error by epoch {curve:5.1?} %", model.num_parameters());
        errors.push(curve.last().copied().unwrap_or(100.0));
        chart = chart.line(name, by_epoch(curve));
    }
    chart.save(picture(TOPIC, "depth.png"))?;

    let [plain20, plain56, short20, short56] = errors[..] else { unreachable!("four networks were trained") };
    let worse = format!("plain networks get worse with depth: {plain20:.1} % error, then {plain56:.1} %");
    claim(plain56 > plain20, &worse)?;
    claim(short56 < plain56 / 2.0, &format!("at depth 56, shortcuts bring it from {plain56:.1} to {short56:.1} %"))?;
    let harmless = format!("with shortcuts, 36 more layers do no harm: {short20:.1} and {short56:.1} %");
    claim(short56 < short20 + 2.0, &harmless)
}
