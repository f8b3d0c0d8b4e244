//! Values by formula, for inputs and weights too large to store, and equal on all sides of a comparison.

use plywood_tensor::{Scalar, Shape, Tensor};

/// Element `i` of a stream, in [-1, 1): SplitMix64's mixing function over `i + (stream << 32)`.
fn unit(i: u64, stream: u64) -> f64 {
    let z = i.wrapping_add(stream << 32).wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let z = z ^ (z >> 31);
    2.0 * ((z >> 11) as f64 / (1u64 << 53) as f64) - 1.0
}

/// The tensor `fill(shape, stream, scale)`.
pub fn filled<T: Scalar>(shape: &Shape, stream: u64, scale: f64) -> Tensor<T> {
    Tensor::from_fn(shape, |i| T::from_f64(scale * unit(i as u64, stream)))
}

/// The value that parameter `k` of a model gets: weights as He's rule draws them, scales near 1, biases near 0.
pub fn parameter<T: Scalar>(name: &str, shape: &Shape, k: usize) -> Tensor<T> {
    let stream = 100 + k as u64;
    if shape.len() > 1 {
        let fan_in: usize = shape[1..].iter().product();
        return filled(shape, stream, (6.0 / fan_in as f64).sqrt());
    }
    let values = filled::<T>(shape, stream, 0.1);
    if name.ends_with("weight") { values.map(|x| T::ONE + x) } else { values }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(len: usize, stream: u64, scale: f64) -> Vec<f64> {
        filled(&len.into(), stream, scale).to_vec()
    }

    #[test]
    fn first_values_are_those_of_the_formula() {
        // Worked out by hand with arbitrary-precision integers from the formula in conformance/README.md.
        assert_eq!(fill(3, 5, 0.5), [0.2116989708490432, -0.0584835429016507, -0.39838214426797736]);
    }

    #[test]
    fn streams_differ_and_stay_in_range() {
        assert_ne!(fill(8, 1, 1.0), fill(8, 2, 1.0));
        assert!(fill(10_000, 3, 0.25).iter().all(|x| (-0.25..0.25).contains(x)));
    }
}
