//! A run in TensorBoard: `cargo run --release --example 27_tensorboard`, then
//! `tensorboard --logdir target/course/27_tensorboard/runs` (from `pip install tensorboard`).
//!
//! The callback `TensorBoard` writes losses, metrics and histograms of all weights as the training goes. A callback of
//! one's own adds what it wants to see, here the filters and the mistakes after each epoch, and the graph.

use std::path::Path;

use plywood::data::{Images, Subset, digits, split};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood::train::callbacks::TensorBoard;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, Histograms, ImageGrid, filters};
use plywood::train::tensorboard::EventWriter;
use plywood::train::{Callback, Flow, Run, predict};
use plywood_examples::events::{count, records};
use plywood_examples::{claim, picture};

const TOPIC: &str = "27_tensorboard";

#[derive(Module)]
struct Net<T: Scalar = f32> {
    conv1: Conv2d<T>,
    fc1: Linear<T>,
    fc2: Linear<T>,
}

impl<T: Scalar> Layer<T> for Net<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.conv1.forward(x, cx)?.relu().max_pool2d(2)?;
        let x = self.fc1.forward(&x.flatten(1)?, cx)?.relu();
        self.fc2.forward(&x, cx)
    }
}

/// Writes pictures after each epoch.
struct Pictures<'a> {
    events: EventWriter,
    test: &'a Subset<Images>,
}

impl Callback<Net> for Pictures<'_> {
    fn name(&self) -> String {
        "Pictures".into()
    }

    fn on_start(&mut self, run: &mut Run<'_, Net>) -> Result<()> {
        let batch = self.test.batch(&[0, 1])?;
        let scores = run.model.forward(&Var::from(&batch.input), &mut Context::train(0))?;
        self.events.graph(&cross_entropy(&scores, &batch.target)?.graph())?;
        self.events.text("what", 0, "A small network reads digits of **8×8** pixels.")
    }

    fn on_epoch(&mut self, run: &mut Run<'_, Net>) -> Result<Flow> {
        let seen = filters("Filters of conv1", run.model.conv1.weight.value())?;
        self.events.image("filters", run.epoch, &seen.scene()?.to_bitmap(1.0))?;
        let batch = self.test.full_batch()?;
        let read = predict(run.model, &batch.input, 256)?.argmax(1, false)?;
        let mut grid = ImageGrid::new("Unseen digits that are read wrong").columns(8);
        for (i, (read, truth)) in read.values().iter().zip(&*batch.target.values()).enumerate() {
            if read != truth {
                grid = grid.prediction(&batch.input.select(0, i)?, &read.to_string(), &truth.to_string())?;
            }
        }
        // With no mistake left there is nothing to draw.
        if let Ok(page) = grid.scene() {
            self.events.image("mistakes", run.epoch, &page.to_bitmap(1.0))?;
        }
        self.events.flush()?;
        Ok(Flow::Continue)
    }
}

fn main() -> Result<()> {
    let folder = Path::new("target/course").join(TOPIC).join("runs");
    let _ = std::fs::remove_dir_all(&folder); // runs of before, if there are any
    let (train, test) = split::stratified(digits(), 0.2, 0)?;
    let random = &mut Stream::new(0);
    let (fc1, fc2) = (Linear::new(8 * 16, 32, random), Linear::new(32, 10, random));
    let mut model = Net { conv1: Conv2d::new(1, 8, 3, random).padding(1), fc1, fc2 };
    let before = model.fc1.weight.value().clone();
    let train = DataLoader::new(&train).batch_size(32).shuffle(0);
    let validation = DataLoader::new(&test).batch_size(256);
    let mut trainer = Trainer::new(Adam::new(&model, 3e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(8)
        .metric(Accuracy::new())
        .validation(&validation)
        .callback(TensorBoard::new(&folder))
        .callback(Pictures { events: EventWriter::create(folder.join("pictures"))?, test: &test })
        .quiet();
    let history = trainer.fit(&mut model, &train)?;
    drop(trainer); // and with it the writers, whose files are then complete
    println!("{history}\n");
    let title = "The weights of fc1, which TensorBoard shows by epoch";
    let histograms = Histograms::new(title, "weight").layer("before training", &before);
    histograms.layer("after 8 epochs", model.fc1.weight.value()).save(picture(TOPIC, "histograms.png"))?;

    let mut found = Vec::new();
    for run in ["train", "validation", "pictures"] {
        let records = records(&folder.join(run))?;
        println!("{run:10}  {:3} records, {:6} bytes", records.len(), records.concat().len());
        found.extend(records);
    }
    let count = |tag: &str| count(&found, tag);
    claim(count("by epoch/loss") == 16, "scalars: the loss of 8 epochs, in training and validation")?;
    claim(count("fc1/weight") == 8 + 1, "histograms: each epoch's weights of fc1, which the graph has too")?;
    claim(count("filters") == 8, "images: the filters after each epoch")?;
    claim(count("_output_shapes") == 1, "graph: one, with a shape at each operation")?;
    println!("See it all: tensorboard --logdir {}", folder.display());
    Ok(())
}
