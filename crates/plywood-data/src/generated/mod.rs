//! Small sets made from a seed: for examples, tests and pictures.

mod blobs;
mod moons;
mod sine;
mod spirals;

pub use blobs::blobs;
pub use moons::moons;
pub use sine::sine_waves;
pub use spirals::spirals;

use plywood_tensor::{Scalar, Tensor};

use crate::{Error, Result, TensorDataset};

/// A set of points in the plane with a class each.
fn points<T: Scalar>(rows: Vec<([f64; 2], i64)>) -> Result<TensorDataset<T>> {
    let values = rows.iter().flat_map(|(point, _)| point.map(T::from_f64)).collect();
    let labels: Vec<i64> = rows.iter().map(|(_, label)| *label).collect();
    TensorDataset::new(Tensor::from_vec([rows.len(), 2], values)?, Tensor::from(labels))
}

fn check_noise(set: &'static str, noise: f64) -> Result<()> {
    if noise.is_finite() && noise >= 0.0 {
        return Ok(());
    }
    Err(Error::value(set, "noise", "a finite number of at least 0", noise))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Labelled};

    #[test]
    fn classes_are_balanced_and_seeds_decide() {
        let sets = |seed| {
            [
                blobs::<f64>(31, 3, 4, 0.5, seed).unwrap(),
                moons::<f64>(31, 0.1, seed).unwrap(),
                spirals::<f64>(31, 3, 0.1, seed).unwrap(),
            ]
        };
        for ((a, b), other) in sets(1).into_iter().zip(sets(1)).zip(sets(2)) {
            assert_eq!(a.len(), 31);
            assert!(a.input().equals(b.input()) && !a.input().equals(other.input()));
            let counts = |class| a.labels().iter().filter(|&&l| l == class).count();
            let classes = *a.labels().iter().max().unwrap() + 1;
            assert!((0..classes).all(|c| counts(c) == 31 / classes as usize || counts(c) == 31 / classes as usize + 1));
        }
    }

    #[test]
    fn without_noise_the_shapes_are_exact() {
        let set = moons::<f64>(100, 0.0, 0).unwrap();
        for (point, label) in set.input().to_vec().chunks(2).zip(set.labels()) {
            let (x, y) = if label == 0 { (point[0], point[1]) } else { (1.0 - point[0], 0.5 - point[1]) };
            assert!((x * x + y * y - 1.0).abs() < 1e-12 && y >= 0.0);
        }
        let set = spirals::<f64>(90, 3, 0.0, 0).unwrap();
        assert!(set.input().to_vec().chunks(2).all(|p| p[0] * p[0] + p[1] * p[1] <= 1.0 + 1e-12));
        let waves = sine_waves::<f64>(4, 10, 3, 0.0, 7).unwrap();
        assert_eq!((waves.input().shape(), waves.target().shape()), (&[4, 10, 1].into(), &[4, 3, 1].into()));
    }

    #[test]
    fn waves_go_on_as_they_began() {
        let waves = sine_waves::<f64>(8, 16, 8, 0.0, 3).unwrap();
        for i in 0..8 {
            let sample = waves.get(i).unwrap();
            let wave = [sample.input.to_vec(), sample.target.to_vec()].concat();
            // A sine obeys x[t-1] + x[t+1] = 2 cos(ω) x[t] with one ω throughout.
            let ratio = |t: usize| (wave[t - 1] + wave[t + 1]) / wave[t];
            let (first, last) =
                ((1..12).find(|&t| wave[t].abs() > 0.1).unwrap(), (13..23).find(|&t| wave[t].abs() > 0.1).unwrap());
            assert!((ratio(first) - ratio(last)).abs() < 1e-9);
        }
    }

    #[test]
    fn odd_requests_are_errors() {
        assert!(blobs::<f32>(10, 0, 2, 1.0, 0).is_err() && blobs::<f32>(10, 2, 0, 1.0, 0).is_err());
        assert!(moons::<f32>(10, f64::NAN, 0).is_err() && moons::<f32>(10, -1.0, 0).is_err());
        assert!(spirals::<f32>(10, 0, 0.0, 0).is_err() && sine_waves::<f32>(1, 0, 1, 0.0, 0).is_err());
        assert_eq!(moons::<f32>(0, 0.0, 0).unwrap().len(), 0);
    }
}
