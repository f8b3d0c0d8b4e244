//! Three parts of the data: `cargo run --release --example 09_train_validation_test`.
//!
//! Weights are learned on the training part. What can't be learned, such as the learning rate α and the price λ of
//! large weights, is chosen by the validation part: here by cross-validation, each of five folds being it in turn. The
//! test part is looked at once, at the end: it tells what to expect of data that nobody has seen.

use plywood::data::{digits, split};
use plywood::models::SoftmaxRegression;
use plywood::optim::SGDConfig;
use plywood::prelude::*;
use plywood::train::metrics::{Accuracy, Better, Metric, Update};
use plywood::train::plots::{Chart, Color, LineChart};
use plywood::train::search::{Search, Space};
use plywood_examples::{claim, picture};

type Batch = plywood::data::Batch<Tensor, Tensor<i64>>;

/// Learns from one batch of digits; the scores of another's.
fn scores(train: &Batch, held_out: &Batch, rate: f64, lambda: f64) -> Result<Var> {
    let (x, unseen) = (Var::from(train.input.flatten(1)?), Var::from(held_out.input.flatten(1)?));
    let mut model = SoftmaxRegression::new(64, 10, &mut Stream::new(0));
    let mut descent = SGDConfig::new(rate).momentum(0.9).weight_decay(lambda).build(&model)?;
    let cx = &mut Context::train(0);
    for _ in 0..300 {
        let loss = cross_entropy(&model.forward(&x, cx)?, &train.target)?;
        descent.step(&mut model, &loss.backward()?)?;
    }
    model.forward(&unseen, &mut Context::eval())
}

fn main() -> Result<()> {
    // Two hundred digits are few for 650 weights: λ will matter.
    let (rest, test) = split::stratified(digits(), 1597.0 / 1797.0, 1)?;
    let folds = split::stratified_k_fold(&rest, 5, 0)?;
    println!("{} digits are put away for the end; {} are left, in 5 folds", test.len(), rest.len());
    let folds: Vec<[Batch; 2]> =
        folds.iter().map(|(train, fold)| Ok([train.full_batch()?, fold.full_batch()?])).collect::<Result<_>>()?;

    let space = Space::new().log_uniform("rate", 0.001, 10.0)?.choice("lambda", [0.0, 0.0001, 0.001, 0.01])?;
    let results = Search::grid(&space, 9)?.folds(folds.len()).run(Better::Lower, |trial, fold| {
        let [train, validation] = &folds[fold];
        let scores = scores(train, validation, trial.number("rate")?, trial.number("lambda")?)?;
        Ok(f64::from(cross_entropy(&scores, &validation.target)?.item()?))
    })?;
    println!("Mean cross-entropy on the validation fold, the best 5 of {}:", results.iter().count());
    results.to_string().lines().take(6).for_each(|line| println!("  {line}"));
    let best = results.best().expect("there were trials");
    let (rate, lambda) = (best.trial.number("rate")?, best.trial.number("lambda")?);

    // The choice is made: learn from everything but the test part, and look at that once.
    let test = test.full_batch()?;
    let scores = scores(&rest.full_batch()?, &test, rate, lambda)?;
    let loss = f64::from(cross_entropy(&scores, &test.target)?.item()?);
    let mut accuracy = Accuracy::new();
    accuracy.update(scores.value(), &test.target)?;
    let right = 100.0 * accuracy.value();
    println!("Chosen: rate {rate:.3}, λ {lambda}. On the test part: cross-entropy {loss:.3}, {right:.1} % right");
    claim(right > 88.0, "the model that validation chose is good on digits that nobody looked at")?;
    let near = (loss - best.mean()).abs() < best.deviation();
    claim(near, &format!("validation foretold it: {:.3} ± {:.3}", best.mean(), best.deviation()))?;
    let worst = results.iter().map(|outcome| outcome.mean()).fold(0.0, f64::max);
    claim(worst > 4.0 * best.mean(), &format!("the choice matters: the worst combination has {worst:.1}"))?;

    let mut chart = LineChart::new("Choosing the rate and λ by validation")
        .x_label("learning rate α (log scale)")
        .y_label("cross-entropy on validation folds (log scale)")
        .log_x()
        .log_y()
        .y_range(0.2, 5.0);
    for value in [0.0, 0.0001, 0.001, 0.01] {
        let mut line: Vec<[f64; 2]> = Vec::new();
        for outcome in results.iter().filter(|outcome| outcome.trial.number("lambda").is_ok_and(|l| l == value)) {
            line.push([outcome.trial.number("rate")?, outcome.mean()]);
        }
        line.sort_by(|a, b| a[0].total_cmp(&b[0]));
        chart = chart.line(format!("λ = {value}"), line);
    }
    let chart = chart.note([rate, best.mean()], "chosen", Color::INK);
    chart.save(picture("09_train_validation_test", "validation.png"))
}
