//! ResNet-20 on CIFAR-10 (JPEG):
//! `cargo run --release --features images --example resnet_cifar -- --data DIR [--epochs N] [--limit N] [--seed N]`.
//!
//! `DIR` holds `train/CLASS/*.jpg` and `test/CLASS/*.jpg`, of any classes and 32×32 pixels. The pictures were
//! compressed once more than those that papers report on, with half of the colours' resolution, so the figures aren't to be
//! compared to the percent. 24 epochs have 86.4 % of the test pictures right here, and 86.7 % in PyTorch by the same recipe
//! (`benchmarks/torch/resnet_cifar.py`).

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plywood::data::Images;
use plywood::data::augment::{Augment, HorizontalFlip, RandomCrop};
use plywood::data::formats::{ImageFolder, ImageOptions};
use plywood::models::CifarResNet;
use plywood::optim::{OneCycleLR, SGDConfig, Schedule};
use plywood::prelude::*;
use plywood::train::Progress;
use plywood::train::metrics::{Accuracy, Better, Mean, Metric, Update};
use plywood::train::plots::{Chart, LearningCurves};
use plywood_examples::flag;

const PEAK: f64 = 0.15;

fn main() -> Result<()> {
    let missing = || Error::value("resnet_cifar", "--data", "a folder with train/CLASS/*.jpg and test/…", "nothing");
    let data: PathBuf = flag("--data")?.ok_or_else(missing)?;
    let epochs = flag("--epochs")?.unwrap_or(24);
    let limit = flag("--limit")?.unwrap_or(usize::MAX);
    let seed = flag("--seed")?.unwrap_or(0);

    let (train, test) = (decode(&data.join("train"), limit, seed)?, decode(&data.join("test"), limit, seed)?);
    let (mean, deviation) = train.channel_statistics();
    let (train, test) = (train.normalize(&mean, &deviation)?, test.normalize(&mean, &deviation)?);
    println!("CIFAR-10 (JPEG): {} pictures to learn from, {} to be tested on", train.len(), test.len());

    // Normalised before, so that the border of the crop is the mean colour.
    let shifted = Augment::new(seed).with(RandomCrop::new([32, 32]).padding(4)).with(HorizontalFlip::new(0.5));
    let train_loader = DataLoader::new(&train).batch_size(128).shuffle(seed).drop_last(true).augment(shifted);
    let test_loader = DataLoader::new(&test).batch_size(500);

    let mut model = CifarResNet::<f32>::new(20, train.classes().len(), &mut Stream::new(seed))?;
    let mut optimizer = SGDConfig::new(PEAK).momentum(0.9).nesterov(true).weight_decay(5e-4).build(&model)?;
    let schedule = OneCycleLR::new(PEAK, epochs * train_loader.len())?;
    let (mut step, mut cx) = (0, Context::train(seed));
    let mut accuracies: [Vec<f64>; 2] = Default::default();
    for epoch in 1..=epochs {
        let (start, mut loading) = (Instant::now(), Duration::ZERO);
        let (mut loss, mut accuracy) = (Mean::new(), Accuracy::new());
        let mut bar = Progress::new(format!("epoch {epoch}/{epochs}"), train_loader.len());
        let mut batches = train_loader.iter();
        loop {
            let asked = Instant::now();
            let Some(batch) = batches.next().transpose()? else { break };
            loading += asked.elapsed();
            let scores = model.forward(&batch.input.into(), &mut cx)?;
            let error = cross_entropy(&scores, &batch.target)?;
            loss.add(error.item()? as f64, 1);
            accuracy.update(scores.value(), &batch.target)?;
            let grads = error.backward()?;
            optimizer.set_lr(schedule.lr(PEAK, step))?;
            optimizer.step(&mut model, &grads)?;
            step += 1;
            bar.advance(1, &[("loss", loss.value()), ("accuracy", accuracy.value())]);
        }
        let (seconds, share) = (start.elapsed().as_secs_f64(), loading.as_secs_f64() / start.elapsed().as_secs_f64());
        let tested = test_accuracy(&model, &test_loader)?;
        bar.finish(&[("loss", loss.value()), ("test accuracy", tested)]);
        println!(
            "epoch {epoch:2}: loss {:.3}, accuracy {:.2} %, on test pictures {:.2} %; {seconds:.1} s, {:.1} % of it loading",
            loss.value(),
            100.0 * accuracy.value(),
            100.0 * tested,
            100.0 * share
        );
        accuracies[0].push(100.0 * accuracy.value());
        accuracies[1].push(100.0 * tested);
    }

    let folder = Path::new("target/resnet_cifar");
    LearningCurves::new("ResNet-20 on CIFAR-10 (JPEG)")
        .panel("Accuracy", "right (%)", Better::Higher, &[("training", &accuracies[0]), ("test", &accuracies[1])])
        .save(folder.join("learning_curve.png"))?;
    model.save(folder.join("model.safetensors"))?;
    println!("The model and its learning curve are in {}.", folder.display());
    Ok(())
}

/// All pictures of a folder, or some of all classes, as bytes in memory: decoded once, on all processors.
fn decode(path: &Path, limit: usize, seed: u64) -> Result<Images> {
    let folder = ImageFolder::open(path, ImageOptions::default())?;
    let (classes, labels) = (folder.classes().to_vec(), folder.labels());
    let mut chosen = Stream::new(seed).permutation(folder.len());
    chosen.truncate(limit);
    let labels = Tensor::from(chosen.iter().map(|&i| labels[i]).collect::<Vec<_>>());
    let mut pixels = Vec::new();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut bar = Progress::new(format!("decoding {}", path.display()), chosen.len());
    for batch in DataLoader::new(folder.subset(chosen)?).batch_size(100).workers(workers).iter() {
        let images = batch?.input;
        pixels.extend(images.values().iter().map(|&value| (value * 255.0).round() as u8));
        bar.advance(images.shape()[0], &[]);
    }
    bar.finish(&[]);
    Images::new(Tensor::from_vec([labels.elements(), 3, 32, 32], pixels)?, labels, classes)
}

fn test_accuracy(model: &CifarResNet, pictures: &DataLoader<plywood::data::Batch>) -> Result<f64> {
    let mut accuracy = Accuracy::new();
    for batch in pictures.epoch(0) {
        let batch = batch?;
        accuracy.update(model.forward(&batch.input.into(), &mut Context::eval())?.value(), &batch.target)?;
    }
    Ok(accuracy.value())
}
