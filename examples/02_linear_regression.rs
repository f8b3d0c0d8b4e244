//! A line through points: `cargo run --release --example 02_linear_regression`.
//!
//! The hypothesis is H(x) = Wx + b. Its cost, the mean squared error, is a bowl over W and b:
//! cost(W, b) = 1/m · Σ (H(xᵢ) − yᵢ)². Gradient descent rolls down: W ← W − α ∂cost/∂W, b ← b − α ∂cost/∂b.

use plywood::prelude::*;
use plywood::train::plots::{Chart, CostSurface, LineChart};
use plywood_examples::{claim, pairs, picture};

fn cost(w: &Var<f64>, b: &Var<f64>, x: &Var<f64>, y: &Var<f64>) -> Var<f64> {
    let hypothesis = w * x + b;
    (hypothesis - y).square().mean()
}

fn main() -> Result<()> {
    // Thirty students: hours of study a day, and a mark that is 3 · hours + 2 but for luck.
    let random = &mut Stream::new(0);
    let hours: Tensor<f64> = random.uniform([30], 0.0, 4.0);
    let luck: Tensor<f64> = random.normal([30], 0.0, 1.0);
    let marks = hours.zip_map(&luck, |hours, luck| 3.0 * hours + 2.0 + luck)?;
    let (x, y) = (Var::from(&hours), Var::from(&marks));

    let rate = 0.05;
    let (mut w, mut b) = (-1.0, 9.0);
    let (mut path, mut costs) = (vec![[w, b]], Vec::new());
    for step in 0..=400 {
        let (leaf_w, leaf_b) = (Var::leaf(Tensor::scalar(w)), Var::leaf(Tensor::scalar(b)));
        let cost = cost(&leaf_w, &leaf_b, &x, &y);
        costs.push(cost.item()?);
        if [0, 1, 2, 5, 10, 50, 100, 400].contains(&step) {
            println!("step {step:3}: H(x) = {w:.3} x + {b:.3}, cost {:.4}", cost.item()?);
        }
        let gradients = cost.backward()?;
        let slope = |leaf: &Var<f64>| gradients.of(leaf)?.item();
        (w, b) = (w - rate * slope(&leaf_w)?, b - rate * slope(&leaf_b)?);
        path.push([w, b]);
    }

    // For a line alone, the bottom of the bowl is known: W = cov(x, y) / var(x), b = mean(y) − W mean(x).
    let (mean_x, mean_y) = (hours.mean(), marks.mean());
    let covariance = hours.zip_map(&marks, |x, y| (x - mean_x) * (y - mean_y))?.sum();
    let best_w = covariance / hours.map(|x| (x - mean_x).powi(2)).sum();
    let best_b = mean_y - best_w * mean_x;
    println!("By formula: H(x) = {best_w:.3} x + {best_b:.3}");
    claim(costs.windows(2).all(|pair| pair[1] <= pair[0]), "every step went downhill")?;
    let distance = (w - best_w).hypot(b - best_b);
    claim(distance < 1e-3, &format!("descent found the bottom of the bowl to within {distance:.1e}"))?;

    let height = |w, b| {
        let [w, b] = [w, b].map(|value| Var::from(Tensor::scalar(value)));
        cost(&w, &b, &x, &y).item().unwrap_or(f64::NAN)
    };
    let bowl =
        CostSurface::of("The cost is a bowl; gradient descent rolls down", [-2.0, 7.0], [-5.0, 11.0], 80, height)
            .axes("weight W", "bias b", "mean squared error")
            .log()
            .path("gradient descent, a dot every four steps", &path[..=400]);
    let line = |w: f64, b: f64| [[0.0, b], [4.0, 4.0 * w + b]];
    let fit = LineChart::new("The line that it finds")
        .x_label("study (hours a day)")
        .y_label("mark (points)")
        .points("students", pairs(&hours, &marks))
        .line(format!("H(x) = {w:.2} x + {b:.2}"), line(w, b))
        .reference("at the start", line(-1.0, 9.0));
    bowl.scene()?.beside(fit.scene()?).save(picture("02_linear_regression", "descent.png"))
}
