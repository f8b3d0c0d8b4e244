//! Why deep nets did not learn: `cargo run --release --example 13_vanishing_gradients`.
//!
//! On its way back, the gradient is multiplied by each layer's σ'(x), which is at most 1/4 for the sigmoid: after nine
//! layers there is less than 4⁻⁹ of it left, and the first layers don't learn. The slope of ReLU, max(0, x), is 1
//! wherever it is on; Leaky ReLU, ELU, Maxout and tanh let gradients through as well.

use plywood::data::{digits, split};
use plywood::models::{MLP, MaxoutNet};
use plywood::nn::init;
use plywood::optim::SGDConfig;
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{by_epoch, claim, picture};

/// Nine hidden layers of 32 for digits of 64 pixels.
const SIZES: [usize; 11] = [64, 32, 32, 32, 32, 32, 32, 32, 32, 32, 10];

struct Run {
    norms: Vec<[f64; 2]>,
    accuracy: Vec<[f64; 2]>,
}

/// The gradient's norm in each layer at the start, and the accuracy on unseen digits after each of ten epochs.
///
/// Weights start at a size, `gain`, that suits the activation, so that nothing but its slope differs.
fn learn(net: impl Layer<f32> + Send + Sync + 'static, gain: f64) -> Result<Run> {
    let mut net = Sequential::new().then(Flatten::new()).then(net);
    let random = &mut Stream::new(0);
    net.for_each_parameter_mut(&mut |_, parameter| {
        match **parameter.shape() {
            [_, inputs] => parameter.set(random.normal(*parameter.shape(), 0.0, gain / (inputs as f64).sqrt())),
            _ => parameter.set(init::zeros(*parameter.shape())),
        }
        .expect("its own shape")
    });
    let (train, test) = split::stratified(digits(), 0.2, 0)?;

    let batch = train.full_batch()?;
    let loss = cross_entropy(&net.forward(&batch.input.into(), &mut Context::train(0))?, &batch.target)?;
    let gradients = loss.backward()?;
    let mut norms = Vec::new();
    for (name, parameter) in net.named_parameters() {
        if name.ends_with("weight") {
            let gradient = gradients.by_key(parameter.key()).expect("the loss depends on it");
            let norm = gradient.map(|g| g * g).sum().sqrt();
            norms.push([norms.len() as f64 + 1.0, f64::from(norm)]);
        }
    }

    let (train, test) = (DataLoader::new(&train).batch_size(32).shuffle(0), DataLoader::new(&test).batch_size(512));
    let optimizer = SGDConfig::new(0.01).momentum(0.9).build(&net)?;
    let mut trainer = Trainer::new(optimizer, |scores, digit| cross_entropy(scores, digit)).epochs(10).quiet();
    trainer = trainer.metric(Accuracy::new()).validation(&test);
    let history = trainer.fit(&mut net, &train)?;
    let percent = history.get("val_accuracy").into_iter().map(|accuracy| 100.0 * accuracy);
    Ok(Run { norms, accuracy: by_epoch(percent) })
}

fn main() -> Result<()> {
    let mlp = |activation| MLP::new(&SIZES, activation, &mut Stream::new(0));
    let root2 = 2f64.sqrt();
    let runs = [
        ("sigmoid", learn(mlp(Var::sigmoid)?, 1.0)?),
        ("ReLU", learn(mlp(Var::relu)?, root2)?),
        ("Leaky ReLU", learn(mlp(|x| x.leaky_relu(0.01))?, root2)?),
        ("ELU", learn(mlp(|x| x.elu(1.0))?, 1.2)?),
        ("Maxout", learn(MaxoutNet::new(&SIZES, 2, 0.0, &mut Stream::new(0))?, 1.0)?),
        ("tanh", learn(mlp(Var::tanh)?, 1.1)?),
    ];
    let mut norms = LineChart::new("How much gradient each layer gets at the start")
        .x_label("layer, the first one sees the pixels")
        .y_label("norm of the gradient (log scale)")
        .log_y();
    let mut accuracy = LineChart::new("Nine hidden layers learn digits, or don't")
        .x_label("epoch")
        .y_label("unseen digits right (%)")
        .y_range(0.0, 100.0);
    for (name, run) in &runs {
        let (first, last, right) = (run.norms[0][1], run.norms[9][1], run.accuracy[9][1]);
        println!("{name:10}: gradient {first:.1e} in the first layer, {last:.1e} in the last; {right:.1} % right");
        norms = norms.line(*name, run.norms.clone());
        accuracy = accuracy.line(*name, run.accuracy.clone());
        if *name == "sigmoid" {
            let fades = format!("through nine sigmoids the gradient fades to one part in {:.0}", last / first);
            claim(last > 4f64.powi(8) * first, &fades)?;
            claim(right < 20.0, "the sigmoid net stays near chance, which is 10 %")?;
        } else {
            claim(right > 85.0 && last < 30.0 * first, &format!("{name} lets it through, and the net learns"))?;
        }
    }
    norms.scene()?.beside(accuracy.scene()?).save(picture("13_vanishing_gradients", "gradients.png"))
}
