//! Many classes: `cargo run --release --example 05_softmax_regression`.
//!
//! A line for each class gives a score; softmax makes them probabilities that sum to 1, S(zᵢ) = e^zᵢ / Σ e^zⱼ, and
//! cross-entropy, −ln S(z of the right class), is their cost. One-vs-rest does it with separate sigmoids, a yes-or-no
//! question for each class: the answers know nothing of each other.

use plywood::autograd::one_hot;
use plywood::data::formats::CsvReader;
use plywood::data::preprocess::Pipeline;
use plywood::data::split;
use plywood::models::{LogisticRegression, SoftmaxRegression};
use plywood::optim::SGD;
use plywood::prelude::*;
use plywood::train::metrics::ConfusionMatrix;
use plywood::train::plots::{Chart, ConfusionChart};
use plywood_examples::{claim, picture, table};

/// Three hundred steps of gradient descent.
fn learn<M: Layer<f32>>(model: &mut M, x: &Var, loss: impl Fn(&Var) -> Result<Var>) -> Result<()> {
    let mut descent = SGD::new(&*model, 0.3)?;
    let cx = &mut Context::train(0);
    for step in 0..=300 {
        let loss = loss(&model.forward(x, cx)?)?;
        if step % 100 == 0 {
            println!("  step {step:3}: cost {:.4}", loss.item()?);
        }
        descent.step(model, &loss.backward()?)?;
    }
    Ok(())
}

/// How far the probabilities of a row are from 1 in sum, on average.
fn excess(probabilities: &Var) -> Result<f32> {
    (probabilities.sum_dim([1], false)? - 1.0).abs().mean().item()
}

fn main() -> Result<()> {
    let wines = CsvReader::new().read(table("wine.csv"))?.classification::<f32>("target")?;
    let (train, test) = split::stratified(wines, 0.3, 0)?;
    let (train, test) = (train.full_batch()?, test.full_batch()?);
    let scale = Pipeline::new().standardize().fit(&train.input)?;
    let (x, unseen) = (Var::from(scale.apply(&train.input)?), Var::from(scale.apply(&test.input)?));
    println!("{} wines of three growers to learn from, {} to be tested on, 13 inputs", train.len(), test.len());

    println!("Softmax with cross-entropy:");
    let mut softmax = SoftmaxRegression::new(13, 3, &mut Stream::new(0));
    learn(&mut softmax, &x, |scores| cross_entropy(scores, &train.target))?;
    println!("One against the rest, three logistic regressions:");
    let mut rest = LogisticRegression::new(13, 3, &mut Stream::new(0));
    let yes = Var::from(one_hot(&train.target, Some(3))?.map(|yes| yes as f32));
    learn(&mut rest, &x, |scores| binary_cross_entropy_with_logits(scores, &yes, Reduction::Mean))?;

    let (shared, separate) = (softmax.probabilities(&unseen)?, rest.probabilities(&unseen)?);
    let mut pages = Vec::new();
    for (name, probabilities) in [("Softmax", &shared), ("One against the rest", &separate)] {
        let mut confusion = ConfusionMatrix::new(3);
        confusion.update(probabilities.value(), &test.target)?;
        let right = confusion.accuracy();
        claim(right > 0.93, &format!("{name}: {:.1} % of the unseen wines go to their growers", 100.0 * right))?;
        pages.push(ConfusionChart::new(name, &["grower 1", "grower 2", "grower 3"], confusion.counts())?.scene()?);
    }
    let (exact, off) = (excess(&shared)?, excess(&separate)?);
    claim(exact < 1e-6, "the probabilities of softmax sum to 1")?;
    claim(off > 0.01, &format!("those of three separate questions don't: they are {off:.3} away on average"))?;
    let [left, right] = <[_; 2]>::try_from(pages).expect("two matrices");
    left.beside(right).save(picture("05_softmax_regression", "confusion.png"))
}
