//! Two crescents that no line divides.

use std::f64::consts::PI;

use plywood_tensor::Scalar;

use super::points;
use crate::random::stream;
use crate::{Result, TensorDataset};

/// `n` points, `[n, 2]`, on two interleaving half circles of radius 1, moved by normal `noise`.
///
/// # Errors
/// If `noise` is negative or not finite.
pub fn moons<T: Scalar>(n: usize, noise: f64, seed: u64) -> Result<TensorDataset<T>> {
    super::check_noise("moons", noise)?;
    let mut random = stream(&[seed]);
    let place = |i: usize| {
        let (sin, cos) = libm::sincos(PI * random.unit());
        let [x, y] = if i.is_multiple_of(2) { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
        ([x + noise * random.gaussian(), y + noise * random.gaussian()], (i % 2) as i64)
    };
    points((0..n).map(place).collect())
}
