//! How long a step: `cargo run --release --example 06_learning_rate`.
//!
//! W ← W − α ∂cost/∂W. Too small an α takes forever. Too large a one overshoots: in a bowl of curvature c, a step
//! multiplies the distance to the bottom by 1 − αc, so that beyond α = 2/c every step leads further away, to infinity.
//! For a net nobody knows c; the range test lets α grow during a few steps and watches the loss.

use plywood::data::{TensorDataset, digits, split};
use plywood::models::{LinearRegression, MLP};
use plywood::optim::SGD;
use plywood::prelude::*;
use plywood::train::RateFinder;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{claim, picture};

const TOPIC: &str = "06_learning_rate";

fn main() -> Result<()> {
    // y = 2x on x = −2, −1, 1, 2: cost(W) = mean(x²) (W − 2)² = 2.5 (W − 2)², of curvature 2 · 2.5 = 5.
    let (x, y) = (Tensor::from([[-2.0f64], [-1.0], [1.0], [2.0]]), Tensor::from([[-4.0], [-2.0], [2.0], [4.0]]));
    let limit = 2.0 / 5.0;
    println!("The bowl has curvature 5: beyond a rate of 2/5, descent must climb.");
    let mut chart = LineChart::new("One bowl, four learning rates; the limit is 0.4")
        .x_label("step of gradient descent")
        .y_label("cost (log scale)")
        .log_y()
        .y_range(1e-9, 1e5);
    for (name, rate) in [("too small", 0.002), ("right", 0.1), ("nearly too large", 0.38), ("too large", 0.42)] {
        let (mut w, mut costs) = (0.0, vec![]);
        for step in 0..=30 {
            let leaf = Var::leaf(Tensor::from([[w]]));
            let cost = (Var::from(&x) * &leaf - Var::from(&y)).square().mean();
            costs.push([f64::from(step), cost.item()?]);
            w -= rate * cost.backward()?.of(&leaf)?.item()?;
        }
        let (first, last) = (costs[0][1], costs[30][1]);
        println!("  {name}, {rate}: cost {first:.1e} → {last:.1e} in 30 steps");
        let holds = match name {
            "too small" => last > 0.2 * first,
            "too large" => last > first,
            _ => last < 0.01 * first,
        };
        claim(holds && (last > first) == (rate > limit), &format!("a rate of {rate} is {name}"))?;
        chart = chart.line(format!("{name}: {rate}"), costs);
    }

    // Far too large: the cost reaches infinity, and the trainer says when and why.
    let set = TensorDataset::new(x, y)?;
    let mut line = LinearRegression::new(1, 1, &mut Stream::new(0)).named();
    let mse = |h: &Var<f64>, y: &Tensor<f64>| mse_loss(h, &y.into(), Reduction::Mean);
    let result =
        Trainer::new(SGD::new(&line, 5.0)?, mse).epochs(1000).fit(&mut line, &DataLoader::new(&set).batch_size(4));
    let message = result.err().map(|error| error.to_string()).unwrap_or_default();
    println!("A rate of 5 for the trainer:\n  {message}");
    claim(message.contains("a learning rate of 5"), "the run ends with an error that names the learning rate")?;

    // A net: the range test, then five epochs at, far below and far above the rate that it suggests.
    let (train, test) = split::stratified(digits(), 0.2, 0)?;
    let (train, test) = (DataLoader::new(&train).batch_size(32).shuffle(0), DataLoader::new(&test).batch_size(400));
    let net = || -> Result<_> {
        Ok(Sequential::<f32>::new().then(Flatten::new()).then(MLP::new(&[64, 32, 10], Var::relu, &mut Stream::new(0))?))
    };
    let trainer = |model: &Sequential, rate| -> Result<_> {
        let trainer = Trainer::new(SGD::new(model, rate)?, |scores, digit| cross_entropy(scores, digit));
        Ok(trainer.epochs(5).metric(Accuracy::new()).validation(&test).quiet())
    };
    let mut model = net()?;
    let curve = trainer(&model, 0.1)?.find_rate(&mut model, &train, RateFinder::new(1e-3, 100.0, 200)?)?;
    let found = curve.suggestion().unwrap_or(f64::NAN);
    println!("The range test on a net that reads digits suggests {found:.2}.");
    let accuracy = |rate| -> Result<f64> {
        let mut model = net()?;
        let right = trainer(&model, rate)?.fit(&mut model, &train)?.last("val_accuracy").unwrap_or(f64::NAN);
        println!("  five epochs at {rate:.3}: {:.0} % of unseen digits right", 100.0 * right);
        Ok(right)
    };
    let [good, low, high] = [accuracy(found)?, accuracy(found / 100.0)?, accuracy(found * 30.0)?];
    claim(good > 0.9 && low < good - 0.1 && high < good - 0.1, "the net learns at that rate, not far below or above")?;
    let page = chart.scene()?.beside(curve.chart("The range test on a net that reads digits").scene()?);
    page.save(picture(TOPIC, "rates.png"))
}
