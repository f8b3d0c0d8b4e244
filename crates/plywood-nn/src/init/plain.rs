//! Values that don't depend on the shape.

use plywood_autograd::{Error, Result, Scalar, Shape, Tensor};
use plywood_tensor::Stream;

/// Zeros.
pub fn zeros<T: Scalar>(shape: impl Into<Shape>) -> Tensor<T> {
    Tensor::zeros(shape)
}

/// Ones.
pub fn ones<T: Scalar>(shape: impl Into<Shape>) -> Tensor<T> {
    Tensor::ones(shape)
}

/// One value everywhere.
pub fn constant<T: Scalar>(shape: impl Into<Shape>, value: f64) -> Tensor<T> {
    Tensor::full(shape, T::from_f64(value))
}

/// Evenly distributed from `low` to below `high`.
///
/// # Errors
/// Unless both are finite and `low` is at most `high`.
pub fn uniform<T: Scalar>(shape: impl Into<Shape>, low: f64, high: f64, random: &mut Stream) -> Result<Tensor<T>> {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return Err(Error::value(
            "uniform",
            "bounds",
            "finite numbers, the lower one first",
            format!("{low} and {high}"),
        ));
    }
    Ok(random.uniform(shape, low, high))
}

/// Normally distributed.
///
/// # Errors
/// Unless the mean is finite and the deviation a finite number of at least 0.
pub fn normal<T: Scalar>(shape: impl Into<Shape>, mean: f64, std: f64, random: &mut Stream) -> Result<Tensor<T>> {
    check("normal", mean, std)?;
    Ok(random.normal(shape, mean, std))
}

/// Checks the parameters of a normal distribution.
pub(super) fn check(op: &'static str, mean: f64, std: f64) -> Result<()> {
    if !mean.is_finite() {
        return Err(Error::value(op, "mean", "a finite number", mean));
    }
    if !(std.is_finite() && std >= 0.0) {
        return Err(Error::value(op, "standard deviation", "a finite number of at least 0", std));
    }
    Ok(())
}
