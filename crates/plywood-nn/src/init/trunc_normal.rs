//! The normal distribution between two bounds.

use plywood_autograd::{Error, Result, Scalar, Shape, Tensor};
use plywood_tensor::Stream;

use super::plain::check;

/// Normally distributed, but only between `low` and `high` (PyTorch's defaults: 0, 1, -2, 2).
///
/// # Errors
/// Unless the mean is finite, the deviation a finite number of at least 0 and `low` at most `high`; with a deviation of
/// 0 the mean must lie between them.
pub fn trunc_normal<T: Scalar>(
    shape: impl Into<Shape>,
    mean: f64,
    std: f64,
    low: f64,
    high: f64,
    random: &mut Stream,
) -> Result<Tensor<T>> {
    check("trunc_normal", mean, std)?;
    if low.is_nan() || high.is_nan() || low > high || (std == 0.0 && !(low..=high).contains(&mean)) {
        let got = format!("{low} and {high} for mean {mean} and deviation {std}");
        return Err(Error::value("trunc_normal", "bounds", "the lower one first, with something between them", got));
    }
    if std == 0.0 {
        return Ok(Tensor::full(shape, T::from_f64(mean)));
    }
    let (low, high) = ((low - mean) / std, (high - mean) / std);
    // The bound's point nearest to the mean has the greatest density. Far enough from it there is nothing left.
    let near = 0.0f64.clamp(low, high);
    let reach = if near == 0.0 { 9.0 } else { (40.0 / near.abs()).min(9.0) };
    let (low, high) = (low.max(near - reach), high.min(near + reach));
    if low == high {
        return Ok(Tensor::full(shape, T::from_f64(mean + std * low)));
    }
    // Von Neumann's rejection from an even distribution: accepts one in fifty at the worst.
    let mut draw = || loop {
        let x = low + (high - low) * random.unit();
        if random.chance(((near - x) * (near + x) / 2.0).exp()) {
            return T::from_f64(mean + std * x);
        }
    };
    Ok(Tensor::from_fn(shape, |_| draw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mean: f64, std: f64, low: f64, high: f64) -> (f64, f64) {
        let x = trunc_normal::<f64>([100_000], mean, std, low, high, &mut Stream::new(1)).unwrap();
        assert!(x.to_vec().iter().all(|v| (low..=high).contains(v)));
        let m = x.mean();
        (m, x.map(|v| (v - m) * (v - m)).mean().sqrt())
    }

    #[test]
    fn moments_are_those_of_the_theory() {
        // Values by the formulas with φ and Φ (Johnson, Kotz and Balakrishnan 1994, section 13.10).
        for (got, expected) in [
            (moments(0.0, 1.0, -2.0, 2.0), (0.0, 0.8796)),
            (moments(1.0, 2.0, 1.0, f64::INFINITY), (1.0 + 2.0 * 0.79788, 2.0 * 0.60281)),
            (moments(0.0, 1.0, 3.0, f64::INFINITY), (3.28310, 0.26569)),
            (moments(0.0, 1.0, 0.5, 0.5001), (0.50005, 0.00003)),
        ] {
            assert!((got.0 - expected.0).abs() < 0.01 && (got.1 - expected.1).abs() < 0.01, "{got:?} {expected:?}");
        }
    }

    #[test]
    fn edges() {
        let random = &mut Stream::new(0);
        assert_eq!(trunc_normal::<f32>([2], 1.0, 0.0, 0.0, 1.0, random).unwrap().to_vec(), [1.0, 1.0]);
        assert_eq!(trunc_normal::<f32>([1], 1.0, 1.0, 3.0, 3.0, random).unwrap().to_vec(), [3.0]);
        assert!(trunc_normal::<f32>([1], 0.0, 1.0, 2.0, 1.0, random).is_err());
        assert!(trunc_normal::<f32>([1], 0.0, f64::NAN, -1.0, 1.0, random).is_err());
        assert!(trunc_normal::<f32>([1], 0.0, 1.0, 1e300, f64::INFINITY, random).is_ok());
    }
}
