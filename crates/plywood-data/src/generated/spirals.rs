//! Arms wound around each other.

use std::f64::consts::TAU;

use plywood_tensor::Scalar;

use super::points;
use crate::random::stream;
use crate::{Error, Result, TensorDataset};

/// `n` points, `[n, 2]`, on `classes` arms that wind three quarters around the origin out to radius 1, moved by normal
/// `noise`.
///
/// # Errors
/// If `classes` is 0, or `noise` is negative or not finite.
pub fn spirals<T: Scalar>(n: usize, classes: usize, noise: f64, seed: u64) -> Result<TensorDataset<T>> {
    super::check_noise("spirals", noise)?;
    if classes == 0 {
        return Err(Error::value("spirals", "classes", "at least 1", 0));
    }
    let mut random = stream(&[seed]);
    let place = |i: usize| {
        let class = i % classes;
        // The root spreads points evenly over the length of an arm.
        let radius = libm::sqrt(random.unit());
        let (sin, cos) = libm::sincos(TAU * (0.75 * radius + class as f64 / classes as f64));
        ([radius * cos + noise * random.gaussian(), radius * sin + noise * random.gaussian()], class as i64)
    };
    points((0..n).map(place).collect())
}
