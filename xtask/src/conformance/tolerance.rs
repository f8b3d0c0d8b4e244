//! How near is near enough, and the comparison of what came with what was expected.

use super::outcome::{Stop, Worst, failed};

/// What a value may be off by: `absolute + relative · |expected|`.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// The share of the expected value.
    pub relative: f64,
    /// What is allowed around zero.
    pub absolute: f64,
}

impl Tolerance {
    /// For values computed in `f64`.
    pub const F64: Self = Self { relative: 1e-9, absolute: 1e-10 };
    /// For values computed in `f32`.
    pub const F32: Self = Self { relative: 1e-4, absolute: 1e-5 };

    /// The tolerance for a dtype, by its name.
    pub fn of(dtype: &str) -> Self {
        if dtype == "f64" { Self::F64 } else { Self::F32 }
    }

    /// For the gradients of a whole model: tens of layers pass their rounding on.
    ///
    /// In `f32` no library meets 1e-4: where an activation lies within a rounding of a rectifier's corner, or two within a
    /// rounding of each other in max pooling, the gradient goes another way altogether. It isn't a matter of the library:
    /// `benchmarks/torch/single_precision.py` has PyTorch compute the gradients in double precision, with weights that are
    /// off by 6e-7, as a convolution of Winograd's is, and their norms are off by 2.4e-2 (ResNet-50), 9e-3 (GoogLeNet),
    /// 7e-3 (ResNet-20) and 8e-4 (VGG-11); by 2.0e-2, 7e-3, 7e-3 and 8e-4 for 2e-7. Its own single precision is off by 3e-3
    /// (ResNet-50) and 8e-4 (VGG-11), as it lays its images out. In `f64` all gradients are held.
    pub fn of_model_gradient(dtype: &str) -> Self {
        if dtype == "f64" {
            Self { relative: 1e-6, absolute: 1e-10 }
        } else {
            Self { relative: 2.4e-2, absolute: 1e-5 }
        }
    }

    /// For the loss at a step of a training run.
    ///
    /// In `f32` a step after such a turn starts from other parameters, and each step of a residual network with batch
    /// normalisation magnifies that tenfold and more, so that nothing is left of 1e-4 after three. It isn't a matter of
    /// the library: `benchmarks/torch/single_precision.py` has PyTorch train ResNet-20 in double precision from weights
    /// that are off by 6e-7, as a convolution of Winograd's is, and its losses are off by 6.7e-3; by 1.4e-3 for 2e-7, and
    /// in single precision by 1e-7 or 1.4e-3, as it lays its images out. In `f64` all steps are held.
    pub fn of_trajectory(dtype: &str, step: usize) -> Self {
        if dtype == "f64" || step < 3 { Self::of(dtype) } else { Self { relative: 6.7e-3, absolute: 1e-5 } }
    }

    /// For the norms of the parameters at the end of such a run: off by 2.2e-2 there in double precision, and by 8e-3 in
    /// PyTorch's single precision.
    pub fn at_the_end(dtype: &str) -> Self {
        if dtype == "f64" { Self::F64 } else { Self { relative: 2.2e-2, absolute: 1e-5 } }
    }
}

/// Compares value by value. `place` names the tensor. NaN equals NaN, and an infinity equals only itself.
pub fn compare(place: &str, shape: &[usize], got: &[f64], expected: &[f64], allowed: Tolerance) -> Result<Worst, Stop> {
    if got.len() != expected.len() {
        return Err(failed(format!("{place}: expected {} values, got {}", expected.len(), got.len())));
    }
    let mut worst = Worst::default();
    let mut wrong = vec![];
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let (error, limit) = ((got - expected).abs(), allowed.absolute + allowed.relative * expected.abs());
        let same = got == expected || (got.is_nan() && expected.is_nan());
        let share = if same { 0.0 } else { error / limit };
        if share > 1.0 || share.is_nan() {
            wrong.push(i);
        }
        let here =
            Worst { error: if same { 0.0 } else { error / expected.abs().max(1.0) }, share, place: String::new() };
        if share > worst.share {
            worst = Worst { place: format!("{place}{:?}", position(i, shape)), ..here };
        }
    }
    let Some(&first) = wrong.iter().max_by(|&&a, &&b| off(got, expected, a).total_cmp(&off(got, expected, b))) else {
        return Ok(worst);
    };
    let (g, e) = (got[first], expected[first]);
    let limit = allowed.absolute + allowed.relative * e.abs();
    let count =
        if wrong.len() > 1 { format!("; {} of {} values are off", wrong.len(), got.len()) } else { String::new() };
    let at = position(first, shape);
    Err(failed(format!(
        "{place}{at:?}: expected {e}, got {g}, error {:.2e}, allowed {limit:.1e}{count}",
        (g - e).abs()
    )))
}

fn off(got: &[f64], expected: &[f64], i: usize) -> f64 {
    (got[i] - expected[i]).abs() / expected[i].abs().max(1.0)
}

/// Compares whole tensors by the norm of their difference: at most `limit` of the expected norm.
pub fn compare_norm(place: &str, got: &[f64], expected: &[f64], limit: f64) -> Result<Worst, Stop> {
    if got.len() != expected.len() {
        return Err(failed(format!("{place}: expected {} values, got {}", expected.len(), got.len())));
    }
    let error =
        norm(got.iter().zip(expected).map(|(g, e)| g - e)) / norm(expected.iter().copied()).max(f64::MIN_POSITIVE);
    if error <= limit {
        return Ok(Worst { error, share: error / limit, place: place.into() });
    }
    let pair = got.iter().zip(expected).max_by(|a, b| (a.0 - a.1).abs().total_cmp(&(b.0 - b.1).abs()));
    let (g, e) = pair.unwrap_or((&0.0, &0.0));
    Err(failed(format!("{place}: relative L2 error {error:.2e}, allowed {limit:.0e}; farthest: expected {e}, got {g}")))
}

/// The 2-norm.
pub fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|x| x * x).sum::<f64>().sqrt()
}

/// The index of a row-major element in each dimension.
fn position(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut at: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&extent| {
            let i = flat % extent.max(1);
            flat /= extent.max(1);
            i
        })
        .collect();
    at.reverse();
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_value_is_named_with_its_index() {
        let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut got = expected;
        assert_eq!(compare("output", &[2, 3], &got, &expected, Tolerance::F64).unwrap().share, 0.0);
        got[4] += 1e-9;
        let worst = compare("output", &[2, 3], &got, &expected, Tolerance::F64).unwrap();
        assert_eq!(worst.place, "output[1, 1]");
        assert!((0.1..0.3).contains(&worst.share), "{worst:?}");
        got[4] += 1.0;
        got[0] += 0.5;
        let Err(Stop::Failed(message)) = compare("output", &[2, 3], &got, &expected, Tolerance::F64) else { panic!() };
        assert!(message.starts_with("output[0, 0]: expected 1, got 1.5, error 5.00e-1"), "{message}");
        assert!(message.ends_with("2 of 6 values are off"), "{message}");
    }

    #[test]
    fn what_is_not_finite_must_be_the_same() {
        let check = |got: f64, expected: f64| compare("x", &[], &[got], &[expected], Tolerance::F32).is_ok();
        assert!(check(f64::NAN, f64::NAN) && check(f64::INFINITY, f64::INFINITY));
        assert!(!check(f64::NAN, 1.0) && !check(1.0, f64::NAN));
        assert!(!check(f64::INFINITY, f64::NEG_INFINITY) && !check(f64::INFINITY, 1.0) && !check(1.0, f64::INFINITY));
    }

    #[test]
    fn whole_tensors_are_compared_by_norm() {
        assert!(compare_norm("x", &[3.0, 4.0003], &[3.0, 4.0], 1e-4).is_ok());
        assert!(compare_norm("x", &[3.0, 4.001], &[3.0, 4.0], 1e-4).is_err());
        assert!(compare_norm("x", &[f64::NAN], &[1.0], 1e-4).is_err());
        assert!(compare_norm("x", &[], &[1.0], 1e-4).is_err());
        assert!(compare_norm("x", &[0.0], &[0.0], 1e-4).is_ok());
    }
}
