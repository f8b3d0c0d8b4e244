//! A race of optimizers: `cargo run --release --example 17_optimizers`.
//!
//! All follow the gradient g, and differ in what they remember:
//! - SGD: w −= η g; momentum: v = 0.9 v + g, w −= η v; Nesterov's looks one step ahead: w −= η (g + 0.9 v);
//! - Adagrad: w −= η g / √Σg²: steps shrink where slopes were steep, and never grow again;
//! - RMSprop: w −= η g / √mean(g²), a mean that forgets; Adam: RMSprop with momentum.
//!
//! Each runs with the best of ten learning rates: on a bent valley, and on a network that reads digits.

use plywood::data::digits;
use plywood::models::MLP;
use plywood::optim::{Adagrad, Adam, RMSprop, SGD, SGDConfig};
use plywood::prelude::*;
use plywood::train::plots::{Chart, CostSurface, LineChart};
use plywood_examples::{claim, drawings::heading, picture};

const TOPIC: &str = "17_optimizers";
const RATES: [f64; 10] = [1e-3, 3e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0];
const START: [f32; 2] = [-1.4, 1.6];

type Make<M> = fn(&M, f64) -> Result<Box<dyn Optimizer<f32>>>;

fn optimizers<M: Module<f32>>() -> [(&'static str, Make<M>); 6] {
    [
        ("SGD", |model, lr| Ok(Box::new(SGD::new(model, lr)?))),
        ("momentum", |model, lr| Ok(Box::new(SGDConfig::new(lr).momentum(0.9).build(model)?))),
        ("Nesterov", |model, lr| Ok(Box::new(SGDConfig::new(lr).momentum(0.9).nesterov(true).build(model)?))),
        ("Adagrad", |model, lr| Ok(Box::new(Adagrad::new(model, lr)?))),
        ("RMSprop", |model, lr| Ok(Box::new(RMSprop::new(model, lr)?))),
        ("Adam", |model, lr| Ok(Box::new(Adam::new(model, lr)?))),
    ]
}

/// Rosenbrock's valley, of which (1, 1) is the deepest point: (1 − x)² + 5 (y − x²)².
fn valley(x: f64, y: f64) -> f64 {
    (1.0 - x).powi(2) + 5.0 * (y - x * x).powi(2)
}

/// The points that an optimizer comes through on the valley.
fn descend(make: Make<Param>, lr: f64) -> Result<Vec<[f64; 2]>> {
    let (mut point, cx) = (Param::new(Tensor::from(START)), Context::train(0));
    let mut optimizer = make(&point, lr)?;
    let mut path = vec![START.map(f64::from)];
    for _ in 0..150 {
        let w = point.var(&cx);
        let (x, y) = (w.select(0, 0)?, w.select(0, 1)?);
        let height = x.rsub_scalar(1.0).square() + (y - x.square()).square() * 5.0;
        optimizer.step(&mut point, &height.backward()?)?;
        let at = point.value().to_vec();
        path.push([at[0].into(), at[1].into()]);
    }
    Ok(path)
}

/// The loss on all of 512 digits after each of 60 steps.
fn learn(make: Make<MLP>, lr: f64) -> Result<Vec<[f64; 2]>> {
    let batch = digits().take(512).full_batch()?;
    let x = Var::from(batch.input.flatten(1)?);
    let (mut model, mut cx) = (MLP::new(&[64, 32, 32, 10], Var::relu, &mut Stream::new(0))?, Context::train(0));
    let mut optimizer = make(&model, lr)?;
    let step = |i: usize| {
        let loss = cross_entropy(&model.forward(&x, &mut cx)?, &batch.target)?;
        optimizer.step(&mut model, &loss.backward()?)?;
        Ok([i as f64, loss.item()?.into()])
    };
    (0..60).map(step).collect()
}

/// The learning rate with the lowest cost, and its run.
fn best(run: impl Fn(f64) -> Result<Vec<[f64; 2]>>, cost: impl Fn(&[[f64; 2]]) -> f64) -> Result<(f64, Vec<[f64; 2]>)> {
    let runs = RATES.iter().map(|&lr| Ok((lr, run(lr)?))).collect::<Result<Vec<_>>>()?;
    let cost = |(_, run): &(f64, Vec<_>)| cost(run).abs(); // NaN without a sign comes after all numbers
    Ok(runs.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("there are rates to choose from"))
}

/// The last height of a path through the valley, and far more if the path leaves the picture.
fn end(path: &[[f64; 2]]) -> f64 {
    let inside = path.iter().all(|[x, y]| (-1.8..1.8).contains(x) && (-0.8..2.4).contains(y));
    path.last().map_or(f64::NAN, |&[x, y]| valley(x, y)) + if inside { 0.0 } else { 1e3 }
}

fn main() -> Result<()> {
    println!("150 steps down a bent valley from {START:?}, deepest at (1, 1):");
    let mut paths = Vec::new();
    for (name, make) in optimizers() {
        let (lr, path) = best(|lr| descend(make, lr), end)?;
        let arrived = path.iter().position(|&[x, y]| valley(x, y) < 0.01);
        let steps = arrived.map_or("not within 150".into(), |steps| format!("after {steps:3}"));
        println!("  {name:9} η = {lr:<5}  below 0.01: {steps} steps");
        paths.push((name, path, arrived.unwrap_or(usize::MAX)));
    }
    let frame = |steps: usize| {
        let title = format!("after {steps} steps");
        let surface = CostSurface::of(title, [-1.8, 1.8], [-0.8, 2.4], 120, |x, y| valley(x, y) + 0.01).log();
        let surface = surface.axes("w₁", "w₂", "cost + 0.01");
        paths.iter().fold(surface, |surface, (name, path, _)| surface.path(*name, &path[..=steps])).scene()
    };
    let rows = frame(5)?.beside(frame(20)?).above(frame(60)?.beside(frame(150)?));
    let title = "Six optimizers on one surface, each at its best learning rate";
    heading(title, rows.width).above(rows).save(picture(TOPIC, "valley.png"))?;

    println!("\n60 steps of a network on 512 digits:");
    let mut chart = LineChart::new("The same optimizers on a network that reads digits")
        .x_label("step")
        .y_label("cross-entropy (nats)")
        .log_y();
    let mut losses = Vec::new();
    for (name, make) in optimizers() {
        let (lr, curve) = best(|lr| learn(make, lr), |curve| curve[curve.len() - 1][1])?;
        let last = curve[curve.len() - 1][1];
        println!("  {name:9} η = {lr:<5}  loss {last:.4}");
        chart = chart.line(format!("{name}, η = {lr}"), curve);
        losses.push(last);
    }
    chart.save(picture(TOPIC, "network.png"))?;

    let faster = [1, 2, 5].iter().all(|&i| paths[i].2 < paths[0].2);
    claim(faster, "down the valley momentum, Nesterov's and Adam arrive in fewer steps than plain SGD")?;
    claim(losses[5] < losses[0], "after as many steps Adam has a lower loss on the digits than plain SGD")
}
