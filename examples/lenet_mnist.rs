//! LeNet-5 on MNIST: `cargo run --release --example lenet_mnist [-- --data DIR] [--epochs N] [--seed N]`.
//!
//! The four files are looked for in `--data`, else in `PLYWOOD_DATA` and in the cache folder, else downloaded.

use std::path::{Path, PathBuf};
use std::time::Instant;

use plywood::data::augment::{Affine, Augment};
use plywood::data::mnist;
use plywood::models::LeNet5;
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::Chart;

/// The mean and the deviation of MNIST's training pixels.
const STATISTICS: ([f32; 1], [f32; 1]) = ([0.1307], [0.3081]);

fn main() -> Result<()> {
    let dir: Option<PathBuf> = plywood_examples::flag("--data")?;
    let epochs = plywood_examples::flag("--epochs")?.unwrap_or(10);
    let seed = plywood_examples::flag("--seed")?.unwrap_or(0);

    let (train, test) = mnist().dir(dir).load()?;
    let (mean, deviation) = STATISTICS;
    let (train, test) = (train.normalize(&mean, &deviation)?, test.normalize(&mean, &deviation)?);
    println!("{} images to learn from, {} to be tested on", train.len(), test.len());

    // Slightly turned and moved digits are the same digits.
    let moved = Augment::new(seed).with(Affine::new(8.0).translate([0.07, 0.07]));
    let train_loader = DataLoader::new(&train).batch_size(64).shuffle(seed).augment(moved);
    let test_loader = DataLoader::new(&test).batch_size(500);

    let mut model = LeNet5::<f32>::new(10, &mut Stream::new(seed));
    let mut trainer = Trainer::new(Adam::new(&model, 3e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(epochs)
        .seed(seed)
        .schedule_by_step(OneCycleLR::new(3e-3, epochs * train_loader.len())?)
        .metric(Accuracy::new())
        .validation(&test_loader);
    let start = Instant::now();
    let history = trainer.fit(&mut model, &train_loader)?;
    println!("{history}");

    let (epoch, best) = history.best("val_accuracy").unwrap_or_default();
    let seconds = start.elapsed().as_secs_f64();
    println!("Best test accuracy: {:.2} % after epoch {epoch}; {seconds:.1} s for {epochs} epochs.", 100.0 * best);
    let folder = Path::new("target/lenet_mnist");
    history.learning_curves("LeNet-5 on MNIST").save(folder.join("learning_curve.png"))?;
    model.save(folder.join("model.safetensors"))?;
    println!("The model and its learning curve are in {}.", folder.display());
    Ok(())
}
