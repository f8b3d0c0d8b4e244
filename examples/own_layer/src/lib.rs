//! Test your own layer: `cargo test` in this folder.
//!
//! Snake (Ziyin, Hartwig and Ueda 2020) is an activation function for what repeats itself:
//!
//! y = x + sin²(a x) / a, with a learned frequency a.
//!
//! The library hasn't got it, so here it is, with the rule that turns y's gradient into those of x and a:
//!
//! - ∂y/∂x = 1 + sin(2 a x), since 2 sin cos is the sine of twice the angle;
//! - ∂y/∂a = x sin(2 a x) / a − sin²(a x) / a², by the product rule, summed over all values, since a is one number.
//!
//! [`first_try`] has a mistake in the second one that no run of a program would show: it still learns, only worse. The
//! tests in `tests/gradients.rs` find it at once.

use plywood_autograd::{Error, Result, Tensor, Var};

/// `x + sin²(a x) / a` for each value of `x`, of any shape, with one number `a`.
///
/// # Errors
/// If `a` has more than one number.
pub fn snake(x: &Var<f64>, a: &Var<f64>) -> Result<Var<f64>> {
    with_rule(x, a, |x, a| x * (2.0 * a * x).sin() / a - ((a * x).sin() / a).powi(2))
}

/// The same function with a rule in which the product rule's second term has been forgotten.
///
/// # Errors
/// As [`snake`].
pub fn first_try(x: &Var<f64>, a: &Var<f64>) -> Result<Var<f64>> {
    with_rule(x, a, |x, a| x * (2.0 * a * x).sin() / a)
}

/// An operation of one's own: its inputs, its value, and a rule that owns what it needs in the backward pass.
fn with_rule(x: &Var<f64>, a: &Var<f64>, slope_of_a: fn(f64, f64) -> f64) -> Result<Var<f64>> {
    if a.value().elements() != 1 {
        return Err(Error::shape("snake", "the frequency", "one number", a.shape()));
    }
    let (values, frequency) = (x.value().clone(), a.value().to_vec()[0]);
    let (shape_of_a, y) = (*a.shape(), values.map(|x| x + (frequency * x).sin().powi(2) / frequency));
    Ok(Var::op("snake", &[x, a], y, |_| {
        move |dy, sink| {
            sink.add(0, || values.zip_map(dy, |x, dy| (1.0 + (2.0 * frequency * x).sin()) * dy))?;
            sink.add(1, || {
                let slopes = values.zip_map(dy, |x, dy| slope_of_a(x, frequency) * dy)?;
                Ok(Tensor::full(shape_of_a, slopes.sum()))
            })
        }
    }))
}
