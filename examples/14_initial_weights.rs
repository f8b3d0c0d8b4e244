//! Where to start from: `cargo run --release --example 14_initial_weights`.
//!
//! Equal weights stay equal: nothing tells one neuron from another. Too small ones let the signal die from layer to
//! layer. Xavier's keep its size, var(w) = 2 / (n_in + n_out); He's make up for what ReLU cuts off, var(w) = 2 / n_in.
//! Before these, deep nets were pre-trained layer by layer, without labels, as restricted Boltzmann machines.

use plywood::data::{digits, split};
use plywood::models::{DeepBeliefNet, MLP};
use plywood::nn::init::{Fan, Nonlinearity, kaiming_normal, normal, xavier_normal, zeros};
use plywood::optim::{SGD, SGDConfig};
use plywood::prelude::*;
use plywood::train::metrics::{Accuracy, Metric, Update};
use plywood::train::plots::{Chart, Color, LineChart};
use plywood_examples::{claim, picture};

type Batch = plywood::data::Batch<Tensor, Tensor<i64>>;
type Init = fn(Shape, &mut Stream) -> Result<Tensor>;

const SIZES: [usize; 8] = [64, 64, 64, 64, 64, 64, 64, 10];

/// How far the values of each hidden layer spread.
fn spread(net: &MLP, x: &Tensor) -> Result<Vec<[f64; 2]>> {
    let (mut x, mut spread) = (Var::from(x), Vec::new());
    for layer in &net.layers[..net.layers.len() - 1] {
        x = layer.forward(&x, &mut Context::eval())?.relu();
        spread.push([spread.len() as f64 + 1.0, f64::from(x.std([0, 1], 0, false)?.item()?)]);
    }
    Ok(spread)
}

/// The percentage of unseen digits that are right after each of 30 epochs.
fn learn(net: &mut MLP, train: &Batch, test: &Batch, rate: f64) -> Result<Vec<[f64; 2]>> {
    let mut descent = SGDConfig::new(rate).momentum(0.9).build(net)?;
    let (cx, n) = (&mut Context::train(0), train.len());
    let mut curve = Vec::new();
    for epoch in 1..=30 {
        for start in (0..n - 32).step_by(32) {
            let (x, y) = (train.input.narrow(0, start, 32)?, train.target.narrow(0, start, 32)?);
            let gradients = cross_entropy(&net.forward(&x.into(), cx)?, &y)?.backward()?;
            descent.step(net, &gradients)?;
        }
        let mut accuracy = Accuracy::new();
        accuracy.update(net.forward(&(&test.input).into(), &mut Context::eval())?.value(), &test.target)?;
        curve.push([f64::from(epoch), 100.0 * accuracy.value()]);
    }
    Ok(curve)
}

fn main() -> Result<()> {
    let (train, test) = split::stratified(digits(), 0.2, 0)?;
    let (mut train, mut test) = (train.shuffle(0).full_batch()?, test.full_batch()?);
    (train.input, test.input) = (train.input.flatten(1)?, test.input.flatten(1)?);

    let mut signal = LineChart::new("How the signal fares in six layers of ReLU")
        .x_label("layer")
        .y_label("deviation of its values (log scale)")
        .log_y();
    let mut learning = LineChart::new("What each start comes to")
        .x_label("epoch")
        .y_label("unseen digits right (%)")
        .y_range(0.0, 100.0);
    let starts: [(&str, Init); 4] = [
        ("small, deviation 0.01", |shape, random| normal(shape, 0.0, 0.01, random)),
        ("Xavier", |shape, random| xavier_normal(shape, 1.0, random)),
        ("He", |shape, random| kaiming_normal(shape, Nonlinearity::ReLU, Fan::In, random)),
        ("zeros", |shape, _| Ok(zeros(shape))),
    ];
    let mut results = Vec::new();
    for (name, init) in starts {
        let random = &mut Stream::new(0);
        let mut net = MLP::new(&SIZES, Var::relu, random)?;
        for layer in &mut net.layers {
            layer.weight.set(init(*layer.weight.shape(), random)?)?;
            *layer = layer.clone().without_bias();
        }
        let spread = spread(&net, &train.input)?;
        let curve = learn(&mut net, &train, &test, 0.01)?;
        let [first, last, right] = [spread[0][1], spread[5][1], curve[29][1]];
        println!("{name:22}: deviation {first:.1e} in layer 1, {last:.1e} in layer 6; {right:.1} % right");
        if last > 0.0 {
            signal = signal.line(name, spread);
        }
        learning = learning.line(name, curve);
        results.push([last / first, right]);
    }
    let [small, xavier, he, zeros] = <[_; 4]>::try_from(results).expect("four starts");
    claim(zeros[1] < 15.0, "zeros never learn: every gradient is zero")?;
    claim(small[0] < 1e-4 && small[1] < 15.0, "small weights let the signal die; nothing is learned")?;
    claim(
        he[0] > 0.3 && he[0] > xavier[0] && he[1] > 90.0 && xavier[1] > 90.0,
        "Xavier and He learn; He keeps the signal",
    )?;

    // Six layers of sigmoids again, from small random weights and from Boltzmann machines that saw no label.
    let random = &mut Stream::new(0);
    let mut net = MLP::new(&SIZES, Var::sigmoid, random)?;
    let plain = learn(&mut net, &train, &test, 0.05)?;
    let mut belief = DeepBeliefNet::<f32>::new(&SIZES[..7], random)?;
    for i in 0..belief.rbms.len() {
        let input = belief.encode_to(i, &train.input)?;
        let rbm = &mut belief.rbms[i];
        let mut descent = SGD::new(rbm, 0.1)?;
        let cx = &mut Context::train(i as u64);
        for step in 0..1500 {
            let v = input.narrow(0, step * 32 % (train.len() - 32), 32)?;
            let gradients = rbm.contrastive_divergence(&v.into(), 1, cx)?.backward()?;
            descent.step(rbm, &gradients)?;
        }
    }
    let mut net = belief.to_mlp(10, random);
    let trained = learn(&mut net, &train, &test, 0.05)?;
    let [alone, after] = [&plain, &trained].map(|curve| curve[29][1]);
    println!("Six layers of sigmoids: {alone:.1} % right from random weights, {after:.1} % after pre-training");
    claim(after > 80.0 && alone < 40.0, "pre-training without labels made deep sigmoid nets learn")?;
    let learning = learning.line("sigmoids, random", plain).line("sigmoids, pre-trained", trained);
    let learning = learning.note([15.0, 10.0], "zeros, small weights, random sigmoids", Color::INK);
    signal.scene()?.beside(learning.scene()?).save(picture("14_initial_weights", "initial_weights.png"))
}
