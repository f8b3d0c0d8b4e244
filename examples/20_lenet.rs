//! LeNet-5: `cargo run --release --example 20_lenet [-- --data DIR]`.
//!
//! LeCun's network of 1998 reads digits in two stages: convolution and pooling turn pixels into strokes and strokes
//! into parts, `[1, 28, 28] → [6, 14, 14] → [16, 5, 5]`; three linear layers turn parts into a digit,
//! 400 → 120 → 84 → 10. A filter's few weights are used at every place, which is why the convolutions have few weights
//! but most of the work.
//!
//! Learns from the 8×8 digits that come with Plywood, enlarged; with `--data`, from MNIST's files in that folder.

use std::path::PathBuf;

use plywood::autograd::{Interpolation, Resize};
use plywood::data::{Sample, TensorDataset, digits, mnist, split};
use plywood::models::LeNet5;
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, ImageGrid, feature_maps};
use plywood_examples::{claim, flag, picture};

const TOPIC: &str = "20_lenet";

/// All samples of a set in memory, as images of 28×28.
fn enlarged(images: &impl Dataset<Item = Sample<Tensor, i64>>) -> Result<TensorDataset> {
    let all = images.full_batch()?;
    let (size, mode) = (Resize::Size([28, 28]), Interpolation::Bilinear { align_corners: false });
    TensorDataset::new(Var::from(all.input).interpolate(size, mode)?.into_value(), all.target)
}

fn main() -> Result<()> {
    let (train, test) = match flag::<PathBuf>("--data")? {
        Some(dir) => {
            let (train, test) = mnist().dir(Some(dir)).load()?;
            (enlarged(&train.take(12_000))?, enlarged(&test)?)
        }
        None => {
            let (train, test) = split::stratified(digits(), 0.2, 0)?;
            (enlarged(&train)?, enlarged(&test)?)
        }
    };
    let mut model = LeNet5::<f32>::new(10, &mut Stream::new(0));
    let layers = summary(&model, [1, 1, 28, 28])?;
    println!("{layers}\n");

    let epochs = 8;
    let (train_loader, test_loader) =
        (DataLoader::new(&train).batch_size(32).shuffle(0), DataLoader::new(&test).batch_size(256));
    let mut trainer = Trainer::new(Adam::new(&model, 4e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(epochs)
        .schedule_by_step(OneCycleLR::new(4e-3, epochs * train_loader.len())?)
        .metric(Accuracy::new())
        .validation(&test_loader)
        .quiet();
    let history = trainer.fit(&mut model, &train_loader)?;
    println!("{} digits to learn from, {} unseen ones\n{history}\n", train.len(), test.len());
    history.learning_curves("LeNet-5 learns to read digits").save(picture(TOPIC, "learning_curve.png"))?;

    // What becomes of one digit on its way through the network.
    let (digit, mut cx) = (test.input().narrow(0, 5, 1)?, Context::eval());
    let strokes = model.conv1.forward(&Var::from(&digit), &mut cx)?.relu().max_pool2d(2)?;
    let parts = model.conv2.forward(&strokes, &mut cx)?.relu().max_pool2d(2)?;
    let scores = model.forward(&Var::from(&digit), &mut cx)?;
    let (truth, read) = (test.target().get(&[5])?, scores.value().argmax(1, false)?.item()?);
    let probability = f64::from(scores.softmax(1)?.value().get(&[0, read as usize])?);
    let seen = ImageGrid::new("The digit").subtitle(format!("It is a {truth}.")).size(112.0);
    let seen = seen.image(&digit.select(0, 0)?, "28×28 pixels")?.scene()?;
    let strokes =
        feature_maps("Six filters find strokes: 14×14 after pooling", &strokes.value().select(0, 0)?)?.scene()?;
    let verdict =
        format!("Sixteen filters find parts: 5×5. Linear layers read {read}, at {:.1} %", 100.0 * probability);
    let parts = feature_maps(verdict, &parts.value().select(0, 0)?)?.scene()?;
    seen.beside(strokes).above(parts).save(picture(TOPIC, "stages.png"))?;

    let share = |all: f64, of: fn(&LayerSummary) -> usize| {
        let convolutions = layers.layers.iter().filter(|layer| layer.kind.starts_with("Conv2d"));
        100.0 * convolutions.map(of).sum::<usize>() as f64 / all
    };
    let weights = share(layers.parameters as f64, |layer| layer.parameters);
    let work = share(layers.multiply_adds() as f64, |layer| layer.multiply_adds);
    claim(
        weights < 5.0 && work > 80.0,
        &format!("convolutions: {weights:.1} % of the weights, {work:.1} % of the work"),
    )?;
    let accuracy = 100.0 * history.last("val_accuracy").unwrap_or(0.0);
    claim(accuracy > 96.0, &format!("LeNet-5 reads {accuracy:.2} % of the digits that it hasn't seen"))
}
