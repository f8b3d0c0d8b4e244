//! GoogLeNet's inception block: `cargo run --release --example 22_googlenet`.
//!
//! Which size should a filter have? The block takes all of them side by side, 1×1, 3×3, 5×5 and a maximum, and joins
//! their channels. That costs much: a K×K filter from C to D channels takes K² C D multiplications a pixel. So 1×1
//! filters first reduce C to a few channels: C R + K² R D, much less if R is small.

use plywood::data::{digits, split};
use plywood::optim::{Adam, OneCycleLR};
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, ColorMap, ImageGrid};
use plywood_examples::{claim, drawings::heading, picture};

const TOPIC: &str = "22_googlenet";

/// Channels of the branches: 1×1, 3×3 and its reduction, 5×5 and its reduction, after the maximum.
struct Widths {
    one: usize,
    three: (usize, usize),
    five: (usize, usize),
    pool: usize,
}

/// A convolution that keeps the size, normalisation and ReLU.
fn conv(from: usize, to: usize, kernel: usize, random: &mut Stream) -> Sequential {
    let conv = Conv2d::new(from, to, kernel, random).padding(kernel / 2).without_bias();
    Sequential::new().then(conv).then(BatchNorm2d::new(to)).then(ReLU::default())
}

/// The block, with or without reductions.
fn inception(from: usize, w: &Widths, reduce: bool, random: &mut Stream) -> Parallel {
    let mut large = |(few, to): (usize, usize), kernel| {
        if reduce {
            conv(from, few, 1, random).then(conv(few, to, kernel, random))
        } else {
            conv(from, to, kernel, random)
        }
    };
    let (three, five) = (large(w.three, 3), large(w.five, 5));
    let maximum = Sequential::new().then(MaxPool2d::new(Window::from(3).stride(1).padding(1)));
    Parallel::concat(1)
        .with(conv(from, w.one, 1, random))
        .with(three)
        .with(five)
        .with(maximum.then(conv(from, w.pool, 1, random)))
}

#[derive(Module)]
struct Net<T: Scalar = f32> {
    stem: Sequential<T>,
    inception: Parallel<T>,
    output: Linear<T>,
}

impl<T: Scalar> Layer<T> for Net<T> {
    /// `[n, 1, 8, 8]` to `[n, 10]`: the block, and then the mean of each channel, as GoogLeNet ends.
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.stem.forward(x, cx)?;
        let x = self.inception.forward(&x, cx)?.max_pool2d(2)?;
        self.output.forward(&x.adaptive_avg_pool2d([2, 2])?.flatten(1)?, cx)
    }
}

fn main() -> Result<()> {
    // The first block of the paper (table 1, "inception 3a"), on 192 channels of 28×28.
    let paper = Widths { one: 64, three: (96, 128), five: (16, 32), pool: 32 };
    let of = |reduce| summary(&inception(192, &paper, reduce, &mut Stream::new(0)), [1, 192, 28, 28]);
    let (plain, reduced) = (of(false)?, of(true)?);
    println!("The paper's block 3a       weights   multiplications");
    for (name, block) in [("without reductions", &plain), ("with reductions", &reduced)] {
        println!("  {name:20} {:10} {:17}", block.parameters, block.multiply_adds());
    }

    let (train, test) = split::stratified(digits(), 0.2, 0)?;
    let small = Widths { one: 8, three: (8, 16), five: (4, 8), pool: 8 };
    let (mut scores, mut models) = (Vec::new(), Vec::new());
    for reduce in [false, true] {
        let random = &mut Stream::new(1);
        let (stem, block) = (conv(1, 16, 3, random), inception(16, &small, reduce, random));
        let mut model = Net::<f32> { stem, inception: block, output: Linear::new(40 * 4, 10, random) };
        let loader = DataLoader::new(&train).batch_size(32).shuffle(0);
        let mut trainer = Trainer::new(Adam::new(&model, 0.01)?, |scores, digit| cross_entropy(scores, digit));
        trainer = trainer.epochs(6).schedule_by_step(OneCycleLR::new(0.01, 6 * loader.len())?).quiet();
        trainer = trainer.metric(Accuracy::new());
        trainer.fit(&mut model, &loader)?;
        let accuracy = trainer.evaluate(&model, &DataLoader::new(&test).batch_size(256))?.get("accuracy");
        scores.push((model.num_parameters(), 100.0 * accuracy.unwrap_or(0.0)));
        models.push(model);
    }
    println!("\nA small network around one block, on digits    weights   unseen digits read");
    for (name, (weights, accuracy)) in ["without reductions", "with reductions"].iter().zip(&scores) {
        println!("  {name:40} {weights:10}   {accuracy:16.2} %");
    }

    // What the four branches make of one digit.
    let (digit, mut cx) = (test.get(8)?.input, Context::eval());
    let stem = models[1].stem.forward(&Var::from(digit.unsqueeze(0)?), &mut cx)?;
    let joined = models[1].inception.forward(&stem, &mut cx)?.select(0, 0)?.into_value();
    let mut page = heading("One digit in the four branches of an inception block", 760.0);
    let mut first = 0;
    for (name, width) in [("1×1", 8), ("1×1, then 3×3", 16), ("1×1, then 5×5", 8), ("3×3 maximum, then 1×1", 8)]
    {
        let mut grid = ImageGrid::new(name).columns(9);
        let last = first + width - 1;
        grid = grid.subtitle(format!("Channels {first} to {last}{}", if width > 8 { ", the first eight" } else { "" }));
        grid = grid.image(&digit, "digit")?.range(0.0, 3.0).colors(ColorMap::Heights);
        for channel in first..first + 8 {
            grid = grid.image(&joined.select(0, channel)?, channel.to_string())?;
        }
        page = page.above(grid.scene()?);
        first += width;
    }
    page.save(picture(TOPIC, "branches.png"))?;

    let saved = plain.multiply_adds() as f64 / reduced.multiply_adds() as f64;
    claim(saved > 2.0, &format!("in the paper's block, reductions save a factor of {saved:.2} in multiplications"))?;
    let ((more, without), (fewer, with)) = (scores[0], scores[1]);
    claim(with > 96.0, &format!("with them a small network reads {with:.2} % of unseen digits"))?;
    claim(fewer < more && with > without - 1.5, "it has fewer weights and reads about as well as without them")
}
