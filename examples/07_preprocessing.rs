//! A squeezed bowl and a round one: `cargo run --release --example 07_preprocessing`.
//!
//! Inputs of different size make the cost a narrow valley: the steep direction limits the learning rate, and the flat
//! one then takes forever. Standardising, x' = (x − mean) / deviation, makes the bowl round. The ratio of the greatest
//! and the least curvature, the condition number, says how many steps descent needs.

use plywood::data::preprocess::Pipeline;
use plywood::prelude::*;
use plywood::train::plots::{Chart, CostSurface};
use plywood_examples::{claim, picture};

fn cost(w: &Var<f64>, x: &Var<f64>, y: &Var<f64>) -> Result<Var<f64>> {
    Ok((x.matmul(w)? - y).square().mean())
}

/// The curvatures of the bowl of mean((Xw − y)²), greatest first: the eigenvalues of 2/m XᵀX.
fn curvatures(x: &Tensor<f64>) -> Result<[f64; 2]> {
    let x = Var::from(x);
    let h = x.transpose(0, 1)?.matmul(&x)?.mul_scalar(2.0 / x.shape()[0] as f64);
    let [a, b, d] = [h.value().get(&[0, 0])?, h.value().get(&[0, 1])?, h.value().get(&[1, 1])?];
    let (middle, radius) = ((a + d) / 2.0, ((a - d) / 2.0).hypot(b));
    Ok([middle + radius, middle - radius])
}

/// Descends at the best rate, 2 / (sum of the curvatures), until the cost is within a thousandth of the way of its
/// minimum. The data follow the weights exactly, so that the minimum is 0.
fn descend(x: &Tensor<f64>, y: &Tensor<f64>, [steep, flat]: [f64; 2]) -> Result<Vec<[f64; 2]>> {
    let (x, y) = (Var::from(x), Var::from(y));
    let mut w = Tensor::zeros([2, 1]);
    let (mut path, mut start) = (vec![], None);
    loop {
        path.push([w.get(&[0, 0])?, w.get(&[1, 0])?]);
        let leaf = Var::leaf(w.clone());
        let cost = cost(&leaf, &x, &y)?;
        if cost.item()? < 1e-3 * *start.get_or_insert(cost.item()?) {
            return Ok(path);
        }
        let gradients = cost.backward()?;
        let gradient = gradients.of(&leaf)?;
        w = w.zip_map(gradient, |w, g| w - 2.0 / (steep + flat) * g)?;
    }
}

fn main() -> Result<()> {
    // Flats: size in square metres and distance to the station in kilometres, and the price they make, in 1000 euros.
    // Everything is measured from its mean here, so that a bias isn't needed and the cost has two parameters to draw.
    let random = &mut Stream::new(0);
    let flats = Tensor::from_fn([200, 2], |i| if i % 2 == 0 { 25.0 } else { 4.0 } * (random.unit() - 0.5) * 3.5);
    let weights = Var::from(Tensor::from([[5.0], [-30.0]]));
    let price = Var::from(&flats).matmul(&weights)?.into_value();
    let standard = Pipeline::new().standardize().fit(&flats)?.apply(&flats)?;
    let centred = price.map(|y| y - price.mean());

    let mut pages = Vec::new();
    let mut steps = Vec::new();
    for (title, x, y, reach) in [
        ("As measured: a squeezed bowl", &flats, &price, 40.0),
        ("Standardised: a round bowl", &standard, &centred, 200.0),
    ] {
        let bowl = curvatures(x)?;
        let path = descend(x, y, bowl)?;
        println!("{title}. Curvatures {:.2} and {:.2}, condition number {:.1}", bowl[0], bowl[1], bowl[0] / bowl[1]);
        let rate = 2.0 / (bowl[0] + bowl[1]);
        println!("  {} steps at a rate of {rate:.2e} until the cost is a thousandth", path.len() - 1);
        steps.push(path.len() - 1);
        let (x, y) = (Var::from(x), Var::from(y));
        let height =
            |a, b| cost(&Var::from(Tensor::from([[a], [b]])), &x, &y).map_or(f64::NAN, |c| 1.0 + c.value().sum());
        let chart = CostSurface::of(title, [-reach, reach], [-reach, reach], 160, height)
            .axes("weight of the size", "weight of the distance", "1 + mean squared error")
            .log();
        pages.push(chart.path(format!("gradient descent, {} steps", path.len() - 1), &path).scene()?);
    }
    let fewer = steps[0] as f64 / steps[1] as f64;
    claim(fewer > 20.0, &format!("standardising saves steps: {} become {}", steps[0], steps[1]))?;
    let [squeezed, round] = <[_; 2]>::try_from(pages).expect("two bowls");
    squeezed.beside(round).save(picture("07_preprocessing", "bowls.png"))
}
