//! Yes or no: `cargo run --release --example 04_logistic_regression`.
//!
//! The sigmoid turns a line into a probability, H(x) = 1 / (1 + e^−(Wx + b)). Its cost is the log cost,
//! −y ln H(x) − (1 − y) ln(1 − H(x)): a confident mistake costs without limit, and the surface is one bowl. The squared
//! error of the same H is bumpy, with plains on which descent gets nowhere.

use plywood::prelude::*;
use plywood::train::plots::{Chart, CostSurface};
use plywood_examples::{claim, picture};

type Cost = fn(&Var<f64>, &Var<f64>) -> Result<Var<f64>>;

fn squared(line: &Var<f64>, y: &Var<f64>) -> Result<Var<f64>> {
    mse_loss(&line.sigmoid(), y, Reduction::Mean)
}

/// The sigmoid is within this loss: ln of a number near 0 would be inexact.
fn log_cost(line: &Var<f64>, y: &Var<f64>) -> Result<Var<f64>> {
    binary_cross_entropy_with_logits(line, y, Reduction::Mean)
}

fn main() -> Result<()> {
    // Hours of study, less the average, and whether the exam was passed; two students had luck, good and bad.
    let hours = [-5.0, -4.0, -3.0, -2.5, -2.0, -1.5, -1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0];
    let passed = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let (x, y) = (Var::from(Tensor::from(hours)), Var::from(Tensor::from(passed)));

    let start = [-6.0, 6.0];
    let descend = |cost: Cost| -> Result<Vec<[f64; 2]>> {
        let [mut w, mut b] = start;
        let mut path = vec![start];
        for _ in 0..1000 {
            let (leaf_w, leaf_b) = (Var::leaf(Tensor::scalar(w)), Var::leaf(Tensor::scalar(b)));
            let gradients = cost(&(&leaf_w * &x + &leaf_b), &y)?.backward()?;
            let slope = |leaf: &Var<f64>| gradients.of(leaf)?.item();
            (w, b) = (w - 0.3 * slope(&leaf_w)?, b - 0.3 * slope(&leaf_b)?);
            path.push([w, b]);
        }
        Ok(path)
    };
    let height =
        |cost: Cost, [w, b]: [f64; 2]| -> Result<f64> { cost(&Var::from(x.value().map(|x| w * x + b)), &y)?.item() };
    let right = |[w, b]: [f64; 2]| (0..hours.len()).filter(|&i| (w * hours[i] + b > 0.0) == (passed[i] == 1.0)).count();

    let mut pages = Vec::new();
    for (name, cost) in [("squared error", squared as Cost), ("log cost", log_cost)] {
        let path = descend(cost)?;
        let end = path[path.len() - 1];
        let [before, after] = [height(cost, start)?, height(cost, end)?];
        println!("{name}: from {before:.2} down to {after:.2}; {} of {} right", right(end), hours.len());

        // A bowl is convex: halfway between two points, it lies below the line that joins them.
        let random = &mut Stream::new(0);
        let mut draw = || [random.unit(), random.unit()].map(|u| 16.0 * u - 8.0);
        let mut bumps = 0;
        for _ in 0..1000 {
            let (p, q) = (draw(), draw());
            let middle = height(cost, [(p[0] + q[0]) / 2.0, (p[1] + q[1]) / 2.0])?;
            bumps += usize::from(middle > (height(cost, p)? + height(cost, q)?) / 2.0 + 1e-12);
        }
        let stuck = right(end) <= 7;
        if name == "log cost" {
            claim(bumps == 0, "the log cost is a bowl: of 1000 pairs of points, none has a hump between")?;
            claim(right(end) == 12, "descent on it gets all students right but the two who had luck")?;
        } else {
            claim(bumps > 100, &format!("the squared error is bumpy: of 1000 pairs, {bumps} have a hump between"))?;
            claim(stuck, "descent on it, from the same start and with the same rate, is stuck on a plain: it guesses")?;
        }
        let title = if stuck { "Squared error: bumps and plains" } else { "Log cost: one bowl" };
        let surface = |w, b| height(cost, [w, b]).unwrap_or(f64::NAN);
        let chart = CostSurface::of(title, [-10.0, 10.0], [-10.0, 10.0], 80, surface).axes("weight W", "bias b", name);
        pages.push(chart.path("gradient descent, a dot every ten steps", &path).scene()?);
    }
    let [squared, log] = <[_; 2]>::try_from(pages).expect("two surfaces");
    squared.beside(log).save(picture("04_logistic_regression", "surfaces.png"))
}
