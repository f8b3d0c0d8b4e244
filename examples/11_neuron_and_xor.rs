//! What one neuron can't: `cargo run --release --example 11_neuron_and_xor`.
//!
//! A neuron, σ(w₁x₁ + w₂x₂ + b), says yes on one side of a straight line. That suffices for OR and AND, but no line
//! parts {01, 10} from {00, 11}: XOR needs a second layer, which combines the lines of the first.

use plywood::models::MLP;
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood::train::plots::{Chart, DecisionBoundary, Scene};
use plywood_examples::{claim, picture};

const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];

/// Learns a table of truth with layers of these sizes; how many of its four rows are right, and the picture.
fn learn(title: &str, truth: [i64; 4], sizes: &[usize]) -> Result<(usize, Scene)> {
    let x = Var::from(Tensor::from(CORNERS));
    let target = Var::from(Tensor::from(truth.map(|t| [t as f64])));
    let mut model = MLP::new(sizes, Var::tanh, &mut Stream::new(0))?;
    let mut optimizer = Adam::new(&model, 0.05)?;
    let cx = &mut Context::train(0);
    for _ in 0..1000 {
        let loss = binary_cross_entropy_with_logits(&model.forward(&x, cx)?, &target, Reduction::Mean)?;
        optimizer.step(&mut model, &loss.backward()?)?;
    }
    let yes = |x: Var<f64>| -> Result<Tensor<f64>> {
        model.forward(&x, &mut Context::eval())?.sigmoid().into_value().flatten(0)
    };
    let answers = yes(x)?;
    let right = answers.to_vec().iter().zip(truth).filter(|&(&p, t)| (p > 0.5) == (t == 1)).count();
    println!("{title}: probabilities {:.2?}, {right} of 4 right", answers.to_vec());
    let chart = DecisionBoundary::new(title, [-0.5, 1.5], [-0.5, 1.5]).class_names(&["no", "yes"]);
    let ground = yes(chart.grid(300).into())?.map(|p| i64::from(p > 0.5));
    Ok((right, chart.classes(&ground)?.points(&CORNERS, &truth)?.scene()?))
}

fn main() -> Result<()> {
    let (or, or_scene) = learn("OR, one neuron", [0, 1, 1, 1], &[2, 1])?;
    let (and, and_scene) = learn("AND, one neuron", [0, 0, 0, 1], &[2, 1])?;
    let (one, one_scene) = learn("XOR, one neuron", [0, 1, 1, 0], &[2, 1])?;
    let (two, two_scene) = learn("XOR, two layers", [0, 1, 1, 0], &[2, 4, 1])?;
    claim(or == 4 && and == 4, "one neuron learns OR and AND")?;
    claim(one < 4, "one neuron doesn't learn XOR")?;
    claim(two == 4, "two layers learn XOR")?;
    or_scene.beside(and_scene).above(one_scene.beside(two_scene)).save(picture("11_neuron_and_xor", "boundaries.png"))
}
