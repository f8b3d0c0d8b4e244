//! Too good to be true: `cargo run --release --example 08_overfitting`.
//!
//! A polynomial of degree 15, H(x) = w₀ + w₁x + … + w₁₅x¹⁵, has a weight for each of 16 points: it learns their noise
//! by heart and errs in between. What helps: more data, fewer features, or regularisation, a price on large weights:
//! cost = mean squared error + λ Σ w².

use plywood::models::LinearRegression;
use plywood::optim::LBFGS;
use plywood::prelude::*;
use plywood::train::plots::{Chart, Color, LineChart};
use plywood_examples::{claim, pairs, picture};

/// `n` points of a sine with noise of deviation 0.3, x evenly from −1 to 1.
fn points(n: usize, random: &mut Stream) -> Result<[Tensor<f64>; 2]> {
    let x = Tensor::from_fn([n, 1], |i| 2.0 * i as f64 / (n - 1) as f64 - 1.0);
    let noise: Tensor<f64> = random.normal([n, 1], 0.0, 0.3);
    Ok([x.clone(), x.zip_map(&noise, |x, noise| (4.0 * x).sin() + noise)?])
}

/// x, x², …, one column each.
fn powers(x: &Tensor<f64>, degree: usize) -> Tensor<f64> {
    let x = x.values();
    Tensor::from_fn([x.len(), degree], |i| x[i / degree].powi((i % degree) as i32 + 1))
}

struct Polynomial {
    degree: usize,
    model: LinearRegression<f64>,
}

impl Polynomial {
    fn new(degree: usize) -> Self {
        Self { degree, model: LinearRegression::new(degree, 1, &mut Stream::new(1)) }
    }

    fn at(&self, x: &Tensor<f64>, cx: &mut Context) -> Result<Var<f64>> {
        self.model.forward(&powers(x, self.degree).into(), cx)
    }

    fn error(&self, [x, y]: &[Tensor<f64>; 2]) -> Result<f64> {
        mse_loss(&self.at(x, &mut Context::eval())?, &y.into(), Reduction::Mean)?.item()
    }

    /// Lets an optimizer lower the cost, mean squared error + λ Σ w².
    fn learn(&mut self, optimizer: &mut LBFGS<f64>, [x, y]: &[Tensor<f64>; 2], lambda: f64) -> Result<f64> {
        let x = Var::from(powers(x, self.degree));
        optimizer.step(&mut self.model, |model| {
            let cx = &mut Context::train(0);
            let error = mse_loss(&model.forward(&x, cx)?, &y.into(), Reduction::Mean)?;
            Ok(error + model.linear.weight.var(cx).square().sum() * lambda)
        })
    }

    /// The weights of least cost.
    fn fit(mut self, points: &[Tensor<f64>; 2], lambda: f64) -> Result<Self> {
        let mut optimizer = LBFGS::new(1.0)?.max_iter(5000).tolerances(1e-9, 1e-14)?;
        self.learn(&mut optimizer, points, lambda)?;
        Ok(self)
    }
}

fn main() -> Result<()> {
    let random = &mut Stream::new(3);
    let (few, many, unseen) = (points(16, random)?, points(400, random)?, points(1000, random)?);

    let fits = [
        ("degree 15", Polynomial::new(15).fit(&few, 0.0)?, &few),
        ("more data: 400 points", Polynomial::new(15).fit(&many, 0.0)?, &many),
        ("fewer features: degree 5", Polynomial::new(5).fit(&few, 0.0)?, &few),
        ("regularised: λ = 0.001", Polynomial::new(15).fit(&few, 1e-3)?, &few),
    ];
    println!("The noise alone has a mean squared error of 0.09.");
    let grid = Tensor::from_fn([401, 1], |i| i as f64 / 200.0 - 1.0);
    let [x, y] = &few;
    let mut chart = LineChart::new("Sixteen points, learned by heart or understood")
        .x_label("x")
        .y_label("y")
        .y_range(-2.0, 2.0)
        .points("the 16 points", pairs(x, y));
    let mut errors = Vec::new();
    for (name, fit, learned) in &fits {
        let [trained, validated] = [fit.error(learned)?, fit.error(&unseen)?];
        println!("  {name:25} error: {trained:.3} on what it learned from, {validated:.3} on unseen points");
        errors.push([trained, validated]);
        chart = chart.line(*name, pairs(&grid, fit.at(&grid, &mut Context::eval())?.value()));
    }
    let chart = chart.reference("what made them, sin 4x", pairs(&grid, &grid.map(|x| (4.0 * x).sin())));
    let [trained, validated] = errors[0];
    claim(trained < 0.045 && validated > 4.0 * 0.09, "degree 15 is too good on its 16 points and bad between them")?;
    for (i, cure) in ["more data", "fewer features", "regularisation"].into_iter().enumerate() {
        let after = errors[i + 1][1];
        claim(after < 0.5 * validated, &format!("{cure} cures it: {validated:.3} → {after:.3} on unseen points"))?;
    }

    // While the rich polynomial learns, the two errors part ways.
    let (mut rich, mut optimizer) = (Polynomial::new(15), LBFGS::new(1.0)?.max_iter(1));
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for step in 1..=120 {
        rich.learn(&mut optimizer, &few, 0.0)?;
        training.push([f64::from(step), rich.error(&few)?]);
        validation.push([f64::from(step), rich.error(&unseen)?]);
    }
    let best = validation.iter().copied().min_by(|a, b| a[1].total_cmp(&b[1])).expect("steps were taken");
    let (seen, last) = (training[119][1], validation[119][1]);
    println!("While degree 15 learns: {:.3} on unseen points after {} steps, {last:.3} in the end.", best[1], best[0]);
    let noise = last > 1.3 * best[1] && seen < best[1];
    claim(noise, "after that, what it learns is noise: stopping early helps too")?;
    let parting = LineChart::new("Degree 15 while it learns")
        .x_label("step of the optimizer, L-BFGS (log scale)")
        .y_label("mean squared error (log scale)")
        .log_x()
        .log_y()
        .line("the 16 points", training)
        .line("unseen points", validation)
        .note(best, "best to stop here", Color::series(1));
    chart.scene()?.beside(parting.scene()?).save(picture("08_overfitting", "overfitting.png"))
}
