//! Whether both sides of a comparison do the same: the first losses of training from equal weights and data.

use serde_json::Value;

use super::peer::ask;
use super::training::Case;
use crate::Result;

const STEPS: usize = 5;

/// What two runs in `f32` may differ by after a few steps, in proportion to the loss.
const ALLOWED: f64 = 1e-3;

/// Prints both sides' losses; an error if any differ.
pub fn compare(cases: &[Case], only: &str, python: &str, threads: usize) -> Result {
    let mut different = vec![];
    for case in cases.iter().filter(|case| case.name.contains(only)) {
        let answer = ask(python, threads, &["--losses", &case.name])?;
        let theirs: Vec<f64> = answer["losses"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let ours = losses(case)?;
        let same =
            ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= ALLOWED * b.abs());
        println!("{}\n  Plywood {}\n  PyTorch {}", case.name, list(&ours), list(&theirs));
        if !same {
            different.push(case.name.as_str());
        }
    }
    if different.is_empty() { Ok(()) } else { Err(format!("losses differ: {}", different.join(", ")).into()) }
}

fn losses(case: &Case) -> Result<Vec<f64>> {
    let mut training = (case.make)(true)?;
    training.fill();
    let step = |t| {
        let (batch, target) = case.by_formula(t)?;
        Ok(f64::from(training.step(&batch, &target)?))
    };
    (0..STEPS).map(step).collect()
}

fn list(losses: &[f64]) -> String {
    losses.iter().map(|loss| format!("{loss:.6}")).collect::<Vec<_>>().join("  ")
}
