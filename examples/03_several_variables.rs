//! Several variables at once: `cargo run --release --example 03_several_variables`.
//!
//! With n inputs the hypothesis is a product of matrices: H(X) = XW + b, X `[m, n]`, W `[n, 1]`. Nothing else changes:
//! the cost is the mean squared error, and its gradient has a number for each weight. The inputs, years, millimetres
//! of mercury, milligrams, are standardised first, so that one learning rate suits them all.

use plywood::data::formats::CsvReader;
use plywood::data::preprocess::Pipeline;
use plywood::data::split;
use plywood::prelude::*;
use plywood::train::metrics::{Metric, R2, Update};
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{claim, pairs, picture, table};

fn hypothesis(x: &Tensor<f64>, [w, b]: &[Var<f64>; 2]) -> Result<Var<f64>> {
    Ok(Var::from(x).matmul(w)? + b)
}

/// Gradient descent from zero.
fn descend(x: &Tensor<f64>, y: &Tensor<f64>) -> Result<[Var<f64>; 2]> {
    let mut parameters = [Tensor::zeros([x.shape()[1], 1]), Tensor::zeros([1])];
    for step in 0..=1000 {
        let leaves = parameters.clone().map(Var::leaf);
        let cost = (hypothesis(x, &leaves)? - Var::from(y)).square().mean();
        if step % 250 == 0 {
            println!("  step {step:4}: cost {:.1}", cost.item()?);
        }
        let gradients = cost.backward()?;
        for (parameter, leaf) in parameters.iter_mut().zip(&leaves) {
            let gradient = gradients.of(leaf)?;
            *parameter = parameter.zip_map(gradient, |p, g| p - 0.1 * g)?;
        }
    }
    Ok(parameters.map(Var::from))
}

/// The share of the variance that is explained: 1 is all of it, 0 is what the mean alone explains.
fn r2(prediction: &Var<f64>, y: &Tensor<f64>) -> Result<f64> {
    let mut r2 = R2::new();
    r2.update(prediction.value(), y)?;
    Ok(r2.value())
}

fn main() -> Result<()> {
    let patients = CsvReader::new().read(table("diabetes.csv"))?;
    let names = [
        "age",
        "sex",
        "body mass index",
        "blood pressure",
        "cholesterol",
        "LDL",
        "HDL",
        "cholesterol / HDL",
        "log triglycerides",
        "sugar",
    ];
    let (train, test) = split::random(patients.regression::<f64>("target")?, 0.25, 0)?;
    let (train, test) = (train.full_batch()?, test.full_batch()?);
    println!("{} patients to learn from, {} to be tested on, {} inputs", train.len(), test.len(), names.len());

    // Mean and deviation come from the training part alone: the test part must stay unseen.
    let scale = Pipeline::new().standardize().fit(&train.input)?;
    let (x, unseen) = (scale.apply(&train.input)?, scale.apply(&test.input)?);

    println!("The body mass index alone:");
    let bmi = |x: &Tensor<f64>| x.narrow(1, 2, 1);
    let one = descend(&bmi(&x)?, &train.target)?;
    let alone = r2(&hypothesis(&bmi(&unseen)?, &one)?, &test.target)?;
    println!("All ten inputs:");
    let all = descend(&x, &train.target)?;
    let prediction = hypothesis(&unseen, &all)?;
    let together = r2(&prediction, &test.target)?;

    let mut weights: Vec<_> = names.iter().zip(all[0].value().to_vec()).collect();
    weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    println!("What one standard deviation more of each does to the prediction:");
    weights.iter().for_each(|(name, weight)| println!("  {name:18} {weight:+6.1}"));
    let sentence = format!(
        "ten inputs explain {:.0} % of unseen patients' variance, one {:.0} %",
        100.0 * together,
        100.0 * alone
    );
    claim(together > alone + 0.1, &sentence)?;

    LineChart::new(format!("Patients that were not learned from: R² = {together:.2}"))
        .x_label("measured progression of the disease after a year")
        .y_label("predicted from ten measurements")
        .x_range(0.0, 350.0)
        .y_range(0.0, 350.0)
        .points("a patient each", pairs(&test.target, prediction.value()))
        .reference("a perfect prediction", [[0.0, 0.0], [350.0, 350.0]])
        .save(picture("03_several_variables", "predicted.png"))
}
