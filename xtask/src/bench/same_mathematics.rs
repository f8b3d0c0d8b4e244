//! Whether both sides of a comparison do the same: the first losses of training from equal weights and data.
//!
//! The judge is double precision, where both sides must agree step after step. In single precision deep networks magnify
//! rounding (a hidden unit within it of a rectifier's corner turns the next steps, and PyTorch's own two precisions part
//! within five): there the first loss must agree, before any update.

use plywood_tensor::Scalar;
use serde_json::Value;

use super::peer::ask;
use super::training::Case;
use super::workloads::training_cases;
use crate::Result;

const STEPS: usize = 5;

/// What losses may differ by, in proportion, in double precision and in single before the first update.
const DOUBLE: f64 = 1e-6;
const SINGLE: f64 = 1e-4;

/// Prints both sides' losses; an error if any differ.
pub fn compare(only: &str, python: &str, threads: usize) -> Result {
    let mut different = vec![];
    let cases = training_cases::<f32>().into_iter().zip(training_cases::<f64>());
    for (case, in_double) in cases.filter(|(case, _)| case.name.contains(only)) {
        let answer = ask(python, threads, &["--losses", &case.name])?;
        let theirs = ["single", "double"].map(|key| numbers(&answer[key]));
        let ours = [losses(&case)?, losses(&in_double)?];
        println!("{}", case.name);
        for (precision, ours, theirs) in [("f32", &ours[0], &theirs[0]), ("f64", &ours[1], &theirs[1])] {
            println!("  {precision}  Plywood  {}\n       PyTorch  {}", list(ours), list(theirs));
        }
        let [[single, double], [their_single, their_double]] = [&ours, &theirs];
        if !agree(&double[..], their_double, DOUBLE) || !agree(&single[..1], &their_single[..1], SINGLE) {
            different.push(case.name);
        }
    }
    if different.is_empty() { Ok(()) } else { Err(format!("losses differ: {}", different.join(", ")).into()) }
}

fn agree(ours: &[f64], theirs: &[f64], allowed: f64) -> bool {
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() <= allowed * theirs)
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn losses<T: Scalar>(case: &Case<T>) -> Result<Vec<f64>> {
    let mut training = (case.make)(true)?;
    training.fill();
    let step = |t| {
        let (batch, target) = case.by_formula(t)?;
        Ok(training.step(&batch, &target)?.to_f64())
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
    fn a_millionth_is_forgiven_and_no_more() {
        assert!(agree(&[2.0, 1.0000009], &[2.0, 1.0], 1e-6));
        assert!(!agree(&[2.0, 1.0000011], &[2.0, 1.0], 1e-6));
        assert!(!agree(&[2.0], &[2.0, 1.0], 1.0) && !agree(&[f64::NAN], &[1.0], 1.0));
    }
}
