//! With and without a teacher:
//! `cargo run --release --example 01_supervised_unsupervised --features clustering`.
//!
//! Supervised: for each iris its species is known, and a model learns p(species | measures). Unsupervised: nothing is
//! known but the measures; an autoencoder squeezes four of them into two numbers and back, minimising
//! |decode(encode(x)) − x|, and k-means groups what it made by distance: Σ min_k |code − centre_k|².

use clustering::kmeans;
use plywood::data::preprocess::Pipeline;
use plywood::data::{iris, split};
use plywood::models::{Autoencoder, SoftmaxRegression};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood::train::metrics::{Accuracy, Metric, Update};
use plywood::train::plots::{Chart, DecisionBoundary};
use plywood_examples::{claim, picture};

/// Which of `centres` is nearest, and the square of its distance.
fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let distance = |centre: &Vec<f64>| centre.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let all = centres.iter().map(distance).enumerate();
    all.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there are centres")
}

fn main() -> Result<()> {
    // With a teacher: 120 irises with their species, 30 to be tested on.
    let (train, test) = split::stratified(iris::<f64>(), 0.2, 0)?;
    let (train, test) = (train.full_batch()?, test.full_batch()?);
    let scale = Pipeline::new().standardize().fit(&train.input)?;
    let (x, unseen) = (Var::from(scale.apply(&train.input)?), Var::from(scale.apply(&test.input)?));
    let mut classifier = SoftmaxRegression::new(4, 3, &mut Stream::new(0));
    let mut adam = Adam::new(&classifier, 0.05)?;
    for _ in 0..500 {
        let loss = cross_entropy(&classifier.forward(&x, &mut Context::train(0))?, &train.target)?;
        adam.step(&mut classifier, &loss.backward()?)?;
    }
    let mut accuracy = Accuracy::new();
    accuracy.update(classifier.probabilities(&unseen)?.value(), &test.target)?;
    let sentence = format!("with a teacher: {:.0} % of unseen irises get the right species", 100.0 * accuracy.value());
    claim(accuracy.value() > 0.9, &sentence)?;

    // Without: all 150, the species hidden. Logits of values from 0 to 1 come out, hence this loss.
    let all = iris::<f64>();
    let x = Var::from(Pipeline::new().min_max().fit(all.input())?.apply(all.input())?);
    let mut model = Autoencoder::new(&[4, 8, 2], Var::tanh, &mut Stream::new(0))?;
    let mut adam = Adam::new(&model, 0.01)?;
    for _ in 0..2000 {
        let restored = model.forward(&x, &mut Context::train(0))?;
        let loss = binary_cross_entropy_with_logits(&restored, &x, Reduction::Mean)?;
        adam.step(&mut model, &loss.backward()?)?;
    }
    let restored = model.forward(&x, &mut Context::eval())?.sigmoid();
    let error = 100.0 * mse_loss(&restored, &x, Reduction::Mean)?.item()?.sqrt();
    println!("Two numbers stand for four, which come back with an error of {error:.1} % of a measure's range");
    let code = model.encode(&x, &mut Context::eval())?.into_value();
    let code = Pipeline::new().standardize().fit(&code)?.apply(&code)?;
    let points: Vec<Vec<f64>> = code.to_vec().chunks(2).map(<[f64]>::to_vec).collect();

    // k-means ends in the nearest dip from a random start; the best of 300 starts is kept.
    let start = || kmeans(3, &points, 100).centroids.into_iter().map(|centre| centre.0).collect::<Vec<_>>();
    let spread = |centres: &Vec<Vec<f64>>| points.iter().map(|point| nearest(point, centres).1).sum::<f64>();
    let centres = (0..300).map(|_| start()).min_by(|a, b| spread(a).total_cmp(&spread(b))).expect("300 starts");
    let groups: Vec<usize> = points.iter().map(|point| nearest(point, &centres).0).collect();

    // Groups have no names; for comparing, each is called after the species that most of it belongs to.
    let species = all.target().to_vec();
    let name = |group| {
        let count = |s| groups.iter().zip(&species).filter(|&(&g, &label)| g == group && label == s).count();
        (0..3).max_by_key(|&s| count(s)).expect("three species")
    };
    let names: Vec<i64> = (0..3).map(name).collect();
    let agree = groups.iter().zip(&species).filter(|&(&group, &label)| names[group] == label).count();
    let sentence = format!("without one: three groups found by themselves agree with the species for {agree} of 150");
    claim(agree >= 130 && names.iter().sum::<i64>() == 3, &sentence)?;

    let reach = |axis: usize| {
        let values = points.iter().map(|point| point[axis]);
        [values.clone().fold(f64::MAX, f64::min) - 0.3, values.fold(f64::MIN, f64::max) + 0.3]
    };
    let chart = DecisionBoundary::new("Ground: groups found without labels; dots: species", reach(0), reach(1))
        .axes("first number of the code", "second number of the code")
        .class_names(&["setosa", "versicolor", "virginica"]);
    let grid: Tensor<f64> = chart.grid(300);
    let ground: Vec<i64> = grid.to_vec().chunks(2).map(|point| names[nearest(point, &centres).0]).collect();
    let dots: Vec<[f64; 2]> = points.iter().map(|point| [point[0], point[1]]).collect();
    let chart = chart.classes(&Tensor::from(ground))?.points(&dots, &species)?;
    chart.save(picture("01_supervised_unsupervised", "groups.png"))
}
