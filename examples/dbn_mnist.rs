//! A deep belief net on MNIST: what pre-training without labels is worth where labels are few.
//! `cargo run --release --example dbn_mnist [-- --data DIR] [--seed N]`.
//!
//! Restricted Boltzmann machines are trained one on top of the other on 20,000 images without their labels. Fine-tuning
//! goes on from there with 2,000 labels, and is compared with the same net of sigmoids from small random weights
//! (Hinton, Osindero and Teh 2006). The files are looked for as `lenet_mnist` does.

use std::path::Path;
use std::time::Instant;

use plywood::data::{TensorDataset, mnist};
use plywood::models::{DeepBeliefNet, MLP, RBM};
use plywood::optim::{Adam, OneCycleLR, SGDConfig};
use plywood::prelude::*;
use plywood::train::metrics::{Accuracy, Mean};
use plywood::train::plots::{Chart, ImageGrid, filters};
use plywood::train::{Progress, Scores};
use plywood_examples::{claim, flag};

/// Units of each layer, from the image up.
const SIZES: [usize; 5] = [784, 500, 300, 200, 100];

fn main() -> Result<()> {
    let seed = flag("--seed")?.unwrap_or(0);
    let (train, test) = mnist().dir(flag("--data")?).load()?;
    let unlabelled = train.batch(&(0..20_000).collect::<Vec<_>>())?.input.flatten(1)?;
    let few = train.batch(&(0..2_000).collect::<Vec<_>>())?;
    let few = TensorDataset::new(few.input.flatten(1)?, few.target)?;
    let all = test.full_batch()?;
    let test = TensorDataset::new(all.input.flatten(1)?, all.target)?;

    println!("Layer by layer, {} images, no labels:", unlabelled.shape()[0]);
    let start = Instant::now();
    let mut net = DeepBeliefNet::<f32>::new(&SIZES, &mut Stream::new(seed))?;
    for i in 0..net.rbms.len() {
        let input = net.encode_to(i, &unlabelled)?;
        let error = pre_train(&mut net.rbms[i], input, seed)?;
        println!("  machine {i}, {} to {} units: squared error {error:.4}", SIZES[i], SIZES[i + 1]);
    }
    println!("Pre-training took {:.0} s.\n", start.elapsed().as_secs_f64());

    println!("Then {} images with labels:", few.len());
    let pre_trained = fine_tune(net.to_mlp(10, &mut Stream::new(seed)), &few, &test, seed)?;
    let mut sizes = SIZES.to_vec();
    sizes.push(10);
    let random = fine_tune(MLP::new(&sizes, Var::sigmoid, &mut Stream::new(seed))?, &few, &test, seed)?;
    let percent = |scores: &Scores| 100.0 * scores.get("accuracy").unwrap_or(f64::NAN);
    println!("  from pre-training:        {:.2} % of the test digits right ({pre_trained})", percent(&pre_trained));
    println!("  from small random weights: {:.2} % ({random})", percent(&random));

    let folder = Path::new("target/dbn_mnist");
    reconstructions(&net, &test.input().narrow(0, 0, 12)?)?.save(folder.join("reconstructions.png"))?;
    let first = net.rbms[0].weight.value().narrow(0, 0, 60)?.reshape([60, 1, 28, 28])?;
    filters("What 60 units of the first machine look for", &first)?.save(folder.join("features.png"))?;
    println!("Look at reconstructions.png and features.png in {}.", folder.display());
    claim(percent(&pre_trained) > percent(&random), "pre-training beats small random weights where labels are few")
}

/// Eight passes of contrastive divergence, with the settings of Hinton's practical guide; returns the mean squared
/// error with which one step up and down brings the data back.
fn pre_train(rbm: &mut RBM, data: Tensor, seed: u64) -> Result<f64> {
    let rows = TensorDataset::new(data.clone(), Tensor::full([data.shape()[0]], 0i64))?;
    let loader = DataLoader::new(&rows).batch_size(100).shuffle(seed);
    let mut optimizer = SGDConfig::new(0.05).momentum(0.9).weight_decay(2e-4).build(rbm)?;
    let mut cx = Context::train(seed);
    let mut bar = Progress::new("pre-training", 8 * loader.len());
    for _ in 0..8 {
        for batch in &loader {
            let grads = rbm.contrastive_divergence(&batch?.input.into(), 1, &mut cx)?.backward()?;
            optimizer.step(rbm, &grads)?;
            bar.advance(1, &[]);
        }
    }
    bar.finish(&[]);
    let (mut error, eval) = (Mean::new(), Context::eval());
    for batch in DataLoader::new(&rows).batch_size(1000).iter() {
        let v = Var::from(batch?.input);
        error.add(mse_loss(&rbm.decode(&rbm.encode(&v, &eval)?, &eval)?, &v, Reduction::Mean)?.item()? as f64, 1);
    }
    Ok(error.value())
}

/// Loss and accuracy on the test set after training on few labels.
fn fine_tune(mut model: MLP, few: &TensorDataset, test: &TensorDataset, seed: u64) -> Result<Scores> {
    let epochs = 40;
    let train = DataLoader::new(few).batch_size(50).shuffle(seed);
    let mut trainer = Trainer::new(Adam::new(&model, 1e-3)?, |scores, digit| cross_entropy(scores, digit))
        .epochs(epochs)
        .schedule_by_step(OneCycleLR::new(1e-3, epochs * train.len())?)
        .metric(Accuracy::new());
    trainer.fit(&mut model, &train)?;
    trainer.evaluate(&model, &DataLoader::new(test).batch_size(500))
}

/// Test digits, and below each what comes back from the first machine, the first two, and so on.
fn reconstructions(net: &DeepBeliefNet, digits: &Tensor) -> Result<ImageGrid> {
    let mut grid =
        ImageGrid::new("Test digits, and what comes back from each layer's code").columns(12).range(0.0, 1.0);
    for (layers, units) in SIZES.iter().enumerate() {
        let images = DeepBeliefNet { rbms: net.rbms[..layers].to_vec() }.reconstruct(digits)?;
        let name = if layers == 0 { "as it is".to_owned() } else { format!("{units} units") };
        for i in 0..digits.shape()[0] {
            grid = grid.image(&images.select(0, i)?.reshape([28, 28])?, if i == 0 { name.as_str() } else { "" })?;
        }
    }
    Ok(grid)
}
