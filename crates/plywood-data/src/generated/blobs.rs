//! Clouds of points.

use plywood_tensor::{Scalar, Tensor};

use crate::random::stream;
use crate::{Error, Result, TensorDataset};

/// `n` points in `features` dimensions, `[n, features]`, in `classes` normally distributed clouds of deviation `std`
/// about random centres within ±10.
///
/// # Errors
/// If `classes` or `features` is 0, or `std` is negative or not finite.
pub fn blobs<T: Scalar>(n: usize, classes: usize, features: usize, std: f64, seed: u64) -> Result<TensorDataset<T>> {
    super::check_noise("blobs", std)?;
    for (what, value) in [("classes", classes), ("features", features)] {
        if value == 0 {
            return Err(Error::value("blobs", what, "at least 1", 0));
        }
    }
    let mut random = stream(&[seed]);
    let centres: Vec<f64> = (0..classes * features).map(|_| random.unit() * 20.0 - 10.0).collect();
    let labels: Vec<i64> = (0..n).map(|i| (i % classes) as i64).collect();
    let points = Tensor::from_fn([n, features], |i| {
        let centre = centres[i / features % classes * features + i % features];
        T::from_f64(centre + std * random.gaussian())
    });
    TensorDataset::new(points, Tensor::from(labels))
}
