//! From a fresh clone to a network that has learned: `cargo run --release --example quickstart [-- --seed N]`.
//!
//! Trains a small convolutional network to read the 8×8 digits that come with Plywood, evaluates it on digits that it
//! hasn't seen, draws two pictures, and loads the saved model back.

use std::path::Path;

use plywood::data::{digits, split};
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::metrics::{Accuracy, ConfusionMatrix};
use plywood::train::plots::{Chart, ImageGrid};
use plywood::train::predict;

#[derive(Module)]
struct DigitNet<T: Scalar = f32> {
    conv1: Conv2d<T>,
    conv2: Conv2d<T>,
    dropout: Dropout,
    fc1: Linear<T>,
    fc2: Linear<T>,
}

impl<T: Scalar> DigitNet<T> {
    fn new(random: &mut Stream) -> Self {
        Self {
            conv1: Conv2d::new(1, 16, 3, random).padding(1),
            conv2: Conv2d::new(16, 32, 3, random).padding(1),
            dropout: Dropout::new(0.4),
            fc1: Linear::new(32 * 4 * 4, 64, random),
            fc2: Linear::new(64, 10, random),
        }
    }
}

impl<T: Scalar> Layer<T> for DigitNet<T> {
    /// `[n, 1, 8, 8]` to ten scores an image, `[n, 10]`.
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.conv1.forward(x, cx)?.relu();
        let x = self.conv2.forward(&x, cx)?.relu().max_pool2d(2)?;
        let x = self.fc1.forward(&x.flatten(1)?, cx)?.relu();
        self.fc2.forward(&self.dropout.forward(&x, cx)?, cx)
    }
}

fn main() -> Result<()> {
    let seed = plywood_examples::flag("--seed")?.unwrap_or(0);
    let folder = Path::new("target/quickstart");
    let (train, test) = split::stratified(digits(), 0.2, seed)?;
    println!("{} digits to learn from, {} to be tested on; seed {seed}", train.len(), test.len());

    let mut model = DigitNet::<f32>::new(&mut Stream::new(seed));
    let (epochs, batch_size) = (20, 32);
    let train_loader = DataLoader::new(&train).batch_size(batch_size).shuffle(seed);
    let test_loader = DataLoader::new(&test).batch_size(256);
    let steps = epochs * train_loader.len();
    let mut trainer = Trainer::new(Adam::new(&model, 4e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(epochs)
        .seed(seed)
        .schedule_by_step(OneCycleLR::new(4e-3, steps)?)
        .metric(Accuracy::new())
        .validation(&test_loader);
    let history = trainer.fit(&mut model, &train_loader)?;
    println!("{history}");

    // What it does with digits that it has never seen.
    let unseen = test.full_batch()?;
    let scores = predict(&model, &unseen.input, 256)?;
    let mut confusion = ConfusionMatrix::new(10);
    confusion.update(&scores, &unseen.target)?;
    println!("Accuracy on unseen digits: {:.2} %\n\n{confusion}", 100.0 * confusion.accuracy());

    history.learning_curves("Learning to read digits").save(folder.join("learning_curve.png"))?;
    let mut grid = ImageGrid::new("Unseen digits and what the network reads").columns(12);
    for i in digits_to_show(&scores, &unseen.target) {
        let (image, read) = (unseen.input.select(0, i)?, argmax(&scores, i));
        grid = grid.prediction(&image, &read.to_string(), &unseen.target.get(&[i])?.to_string())?;
    }
    grid.save(folder.join("predictions.png"))?;

    let path = folder.join("model.safetensors");
    model.save(&path)?;
    let mut loaded = DigitNet::<f32>::new(&mut Stream::new(seed + 1));
    loaded.load(&path)?;
    let again = predict(&loaded, &unseen.input, 256)?;
    let same = scores.values().iter().zip(&*again.values()).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(same, "the loaded model predicts something else");
    println!("Saved and loaded back: {} scores, equal bit for bit.", scores.elements());
    println!("Look at learning_curve.png and predictions.png in {}.", folder.display());
    Ok(())
}

fn argmax(scores: &Tensor, row: usize) -> usize {
    let values = scores.values();
    let row = &values[row * 10..][..10];
    (0..10).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0)
}

/// All digits that are read wrong, then right ones, 48 together.
fn digits_to_show(scores: &Tensor, truth: &Tensor<i64>) -> Vec<usize> {
    let truth = truth.values();
    let (mut shown, right): (Vec<_>, Vec<_>) = (0..truth.len()).partition(|&i| argmax(scores, i) as i64 != truth[i]);
    shown.extend(right);
    shown.truncate(48);
    shown
}
