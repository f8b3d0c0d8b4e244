//! Whether both sides of a comparison do the same: the first losses of training from equal weights and data.
//!
//! Deep networks magnify rounding: a hidden unit within it of a rectifier's corner turns the next steps. So the judge is
//! PyTorch in double precision, and Plywood in single precision may be off by what PyTorch in single precision is.

use serde_json::Value;

use super::peer::ask;
use super::training::Case;
use crate::Result;

const STEPS: usize = 5;

/// What is allowed beside the other side's own rounding, in proportion to the loss.
const ALLOWED: f64 = 1e-4;

/// How many times the other side's rounding so far ours may be; both are single draws of chance.
const TIMES: f64 = 3.0;

/// Prints both sides' losses; an error if any differ.
pub fn compare(cases: &[Case], only: &str, python: &str, threads: usize) -> Result {
    let mut different = vec![];
    for case in cases.iter().filter(|case| case.name.contains(only)) {
        let answer = ask(python, threads, &["--losses", &case.name])?;
        let [single, double] = ["single", "double"].map(|key| numbers(&answer[key]));
        let ours = losses(case)?;
        println!("{}\n  Plywood         {}\n  PyTorch         {}", case.name, list(&ours), list(&single));
        println!("  PyTorch, double {}", list(&double));
        if !agree(&ours, &single, &double) {
            different.push(case.name.as_str());
        }
    }
    if different.is_empty() { Ok(()) } else { Err(format!("losses differ: {}", different.join(", ")).into()) }
}

fn agree(ours: &[f64], single: &[f64], double: &[f64]) -> bool {
    let mut rounding = 0.0f64;
    ours.len() == double.len()
        && single.len() == double.len()
        && ours.iter().zip(single).zip(double).all(|((ours, single), double)| {
            rounding = rounding.max((single - double).abs());
            (ours - double).abs() <= ALLOWED * double.abs() + TIMES * rounding
        })
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
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

#[cfg(test)]
mod tests {
    use super::agree;

    #[test]
    fn only_the_other_sides_rounding_is_forgiven() {
        assert!(agree(&[2.0, 1.00005], &[2.0, 1.0], &[2.0, 1.0]));
        assert!(!agree(&[2.0, 1.0005], &[2.0, 1.0], &[2.0, 1.0]));
        assert!(agree(&[2.0, 1.02], &[2.0, 0.99], &[2.0, 1.0]));
        assert!(!agree(&[2.02, 1.0], &[2.0, 0.99], &[2.0, 1.0]), "later rounding excuses no earlier difference");
        assert!(!agree(&[2.0], &[2.0, 1.0], &[2.0, 1.0]) && !agree(&[f64::NAN], &[1.0], &[1.0]));
    }
}
