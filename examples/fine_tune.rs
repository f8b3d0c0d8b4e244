//! What a ResNet has learned from some classes serves others:
//! `cargo run --release --example fine_tune [-- --model FILE] [--epochs N] [--seed N]`.
//!
//! Takes a saved ResNet-20, such as `resnet_cifar` saves; without `--model` it first trains one on the digits 0 to 4
//! that come with Plywood. All but its last block and last layer are frozen, and it learns 5 to 9.
//!
//! A frozen layer is the same function before and after, so freezing its parameters isn't enough: in training mode
//! batch normalisation would use the statistics of the batch and move its running ones. The frozen part therefore runs
//! in evaluation mode, which also records no graph for it.

use std::path::{Path, PathBuf};

use plywood::data::{Sample, digits, split};
use plywood::models::CifarResNet;
use plywood::nn::Entry;
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, ImageGrid};
use plywood::train::predict;
use plywood_examples::{claim, flag};

/// A ResNet of which only the last block and the last layer are trained.
#[derive(Module)]
struct Tuned<T: Scalar = f32> {
    net: CifarResNet<T>,
}

/// Names of what is trained; everything else is frozen.
const TRAINED: [&str; 2] = ["net.layer3.2.", "net.fc."];

fn is_trained(name: &str) -> bool {
    TRAINED.iter().any(|part| name.starts_with(part))
}

impl<T: Scalar> Layer<T> for Tuned<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let (net, frozen) = (&self.net, &mut Context::eval());
        let mut x = net.conv1.forward(x, frozen)?;
        if let Some(bn1) = &net.bn1 {
            x = bn1.forward(&x, frozen)?.relu();
        }
        for block in net.layer1.iter().chain(&net.layer2).chain(&net.layer3[..2]) {
            x = block.forward(&x, frozen)?;
        }
        let x = net.layer3[2].forward(&x, cx)?;
        net.fc.forward(&x.adaptive_avg_pool2d([1, 1])?.flatten(1)?, cx)
    }
}

fn main() -> Result<()> {
    let epochs = flag("--epochs")?.unwrap_or(10);
    let seed = flag("--seed")?.unwrap_or(0);
    let folder = Path::new("target/fine_tune");
    let (train, test) = split::stratified(digits(), 0.2, seed)?;
    let path = match flag::<PathBuf>("--model")? {
        Some(path) => path,
        None => {
            let path = folder.join("digits_0_to_4.safetensors");
            println!("A ResNet-20 learns the digits 0 to 4:");
            let mut net = CifarResNet::<f32>::new(20, 5, &mut Stream::new(seed))?;
            fit(&mut net, classes(&train, 0)?, &classes(&test, 0)?, epochs, seed)?;
            net.save(&path)?;
            path
        }
    };

    // The last layer is for other classes, so the file's is left out and a new one stays.
    let saved = StateDict::open(&path)?.renamed(|name| (!name.starts_with("fc.")).then(|| format!("net.{name}")));
    let mut model = Tuned { net: CifarResNet::<f32>::new(20, 5, &mut Stream::new(seed + 1))? };
    let report = model.load_matching(&saved);
    println!("From {}: {report}.", path.display());
    claim(report.missing.iter().all(|name| name.starts_with("net.fc.")), "all but the last layer came from the file")?;

    model.freeze(|name| !is_trained(name));
    let trained: usize =
        model.named_parameters().iter().filter(|(_, p)| p.is_trainable()).map(|(_, p)| p.value().elements()).sum();
    println!("It learns the digits 5 to 9 with {trained} of its {} parameters:", model.num_parameters());
    let before = model.state_dict();
    let test = classes(&test, 5)?;
    fit(&mut model, classes(&train, 5)?, &test, epochs, seed)?;

    let after = model.state_dict();
    let same = |name: &str| matches!((before.get(name), after.get(name)), (Some(a), Some(b)) if equal(a, b));
    let (moved, stayed): (Vec<&str>, Vec<&str>) =
        before.iter().map(|(name, _)| name).partition(|name| is_trained(name));
    claim(stayed.iter().all(|name| same(name)), "all frozen weights and running statistics are the same to the bit")?;
    claim(!moved.iter().any(|name| same(name)), "everything in the last block and the last layer has changed")?;

    let unseen = test.batch(&(0..48).collect::<Vec<_>>())?;
    let said = predict(&model, &unseen.input, 48)?.argmax(1, false)?;
    let mut grid = ImageGrid::new("Digits 5 to 9, read by a net that was made for others").columns(12);
    for i in 0..48 {
        let [said, truth] = [said.get(&[i])?, unseen.target.get(&[i])?].map(|class| (class + 5).to_string());
        grid = grid.prediction(&unseen.input.select(0, i)?, &said, &truth)?;
    }
    grid.save(folder.join("predictions.png"))?;
    model.net.save(folder.join("digits_5_to_9.safetensors"))?;
    println!("The tuned model and predictions.png are in {}.", folder.display());
    Ok(())
}

/// The images of five digits from `first` on, as classes 0 to 4, with the three channels that the net looks for.
fn classes(
    digits: &(impl Dataset<Item = Sample<Tensor, i64>> + Clone),
    first: i64,
) -> Result<impl Dataset<Item = Sample<Tensor, i64>>> {
    let chosen = digits.clone().filter(|sample| (first..first + 5).contains(&sample.target))?;
    Ok(chosen.map(move |s| Ok(Sample { input: s.input.expand([3, 8, 8])?, target: s.target - first })))
}

fn fit(
    model: &mut impl Layer<f32>,
    train: impl Dataset<Item = Sample<Tensor, i64>>,
    test: &impl Dataset<Item = Sample<Tensor, i64>>,
    epochs: usize,
    seed: u64,
) -> Result<()> {
    let train = DataLoader::new(train).batch_size(32).shuffle(seed);
    let test = DataLoader::new(test).batch_size(250);
    let mut trainer = Trainer::new(Adam::new(model, 3e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(epochs)
        .schedule_by_step(OneCycleLR::new(3e-3, epochs * train.len())?)
        .metric(Accuracy::new());
    let before = trainer.evaluate(model, &test)?;
    trainer.fit(model, &train)?;
    println!("  {} images; before: {before}; after: {}", train.samples(), trainer.evaluate(model, &test)?);
    Ok(())
}

fn equal(a: &Entry<f32>, b: &Entry<f32>) -> bool {
    let bits = |x: &Tensor| x.values().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    match (a, b) {
        (Entry::Float(a), Entry::Float(b)) => bits(a) == bits(b),
        (Entry::Int(a), Entry::Int(b)) => a.equals(b),
        _ => false,
    }
}
