//! Dropout and committees: `cargo run --release --example 15_dropout_ensembles`.
//!
//! A network with many weights learns its examples by heart, the mistakes in them too. Two remedies:
//! - Dropout hides each hidden value in training with probability p, h' = h m / (1 − p) with m = 0 or 1, so that no
//!   neuron can rely on a certain other one.
//! - A committee averages what K networks say, P(y|x) = 1/K Σ Pₖ(y|x): where their mistakes differ, they cancel out.

use plywood::data::{TensorDataset, digits, split};
use plywood::models::{Ensemble, MLP};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{agreement, claim, picture};

const TOPIC: &str = "15_dropout_ensembles";
const MEMBERS: usize = 8;

/// All samples of a set, the images as rows of 64 numbers.
fn rows(images: &impl Dataset<Item = plywood::data::Sample<Tensor, i64>>) -> Result<TensorDataset> {
    let all = images.full_batch()?;
    TensorDataset::new(all.input.flatten(1)?, all.target)
}

/// Labels as a careless person writes them: one in five is any digit.
fn with_mistakes(labels: &Tensor<i64>) -> Tensor<i64> {
    let random = &mut Stream::new(0);
    let careless = |label: i64| if random.chance(0.2) { random.below(10) as i64 } else { label };
    Tensor::from(labels.to_vec().into_iter().map(careless).collect::<Vec<_>>())
}

fn train(data: &TensorDataset, dropout: f64, seed: u64) -> Result<MLP> {
    let mut model = MLP::new(&[64, 256, 256, 10], Var::relu, &mut Stream::new(seed))?.dropout(dropout);
    let loader = DataLoader::new(data).batch_size(32).shuffle(seed);
    let trainer = Trainer::new(Adam::new(&model, 1e-3)?, |scores, digit| cross_entropy(scores, digit));
    trainer.epochs(40).seed(seed).quiet().fit(&mut model, &loader)?;
    Ok(model)
}

/// The share of samples, in percent, that a committee of these networks gets wrong.
fn error<'m>(members: impl Iterator<Item = &'m MLP>, data: &TensorDataset) -> Result<f64> {
    let committee = members.fold(Ensemble::new(), |committee, member| committee.with(member.clone()));
    let said = committee.probabilities(&Var::from(data.input()))?.argmax(1, false)?;
    Ok(100.0 - agreement(&said, data.target()))
}

/// The mean error of committees of 1, 2, … members, each size formed from neighbours in a circle of all networks.
fn by_size(networks: &[MLP], data: &TensorDataset) -> Result<Vec<[f64; 2]>> {
    let mean = |size: usize| -> Result<[f64; 2]> {
        let committees = (0..MEMBERS).map(|first| error(networks.iter().cycle().skip(first).take(size), data));
        Ok([size as f64, committees.sum::<Result<f64>>()? / MEMBERS as f64])
    };
    (1..=MEMBERS).map(mean).collect()
}

fn main() -> Result<()> {
    let (few, unseen) = split::stratified(digits(), 0.5, 0)?;
    let (few, unseen) = (rows(&few)?, rows(&unseen)?);
    let careless = with_mistakes(few.target());
    let mistakes = 100.0 - agreement(&careless, few.target());
    let few = TensorDataset::new(few.input().clone(), careless)?;
    println!("{} digits to learn from, {} unseen, networks of 85 002 weights.\n", few.len(), unseen.len());
    let networks = |dropout| (0..MEMBERS as u64).map(|seed| train(&few, dropout, seed)).collect::<Result<Vec<_>>>();
    let (plain, dropped) = (networks(0.0)?, networks(0.5)?);

    let errors = plain.iter().map(|network| error([network].into_iter(), &unseen)).collect::<Result<Vec<_>>>()?;
    println!("Errors of {MEMBERS} networks on unseen digits: {errors:.2?} %");
    let contradicted = plain.iter().map(|network| error([network].into_iter(), &few)).sum::<Result<f64>>()?;
    let contradicted = contradicted / MEMBERS as f64;
    let by_heart =
        format!("{mistakes:.1} % of the labels are mistakes, and the networks contradict {contradicted:.1} %");
    claim(contradicted < mistakes, &format!("{by_heart}: they know some by heart"))?;

    let (plain, dropped) = (by_size(&plain, &unseen)?, by_size(&dropped, &unseen)?);
    println!("\nnetworks that decide together   without dropout   with dropout");
    for ([size, without], [_, with]) in plain.iter().zip(&dropped) {
        println!("{size:30}   {without:13.2} %   {with:10.2} %");
    }
    LineChart::new("One label in five is careless: what dropout and committees do")
        .x_label("networks that decide together")
        .y_label("error on unseen digits (%)")
        .line("trained without dropout", plain.clone())
        .line("trained with dropout, p = 0.5", dropped.clone())
        .save(picture(TOPIC, "error_by_size.png"))?;

    let (single, all) = (plain[0][1], plain[MEMBERS - 1][1]);
    claim(
        dropped[0][1] < single,
        &format!("dropout lowers the mean error from {single:.2} to {:.2} %", dropped[0][1]),
    )?;
    let beaten = errors.iter().filter(|&&error| error > all).count();
    claim(
        beaten >= MEMBERS - 2,
        &format!("the committee errs in {all:.2} % and beats {beaten} of its {MEMBERS} members"),
    )?;
    let both = dropped[MEMBERS - 1][1];
    claim(both < single, &format!("both together: {both:.2} % in the place of {single:.2} %"))
}
