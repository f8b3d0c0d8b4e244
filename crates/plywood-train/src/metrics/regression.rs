//! How far predicted numbers lie from true ones.

use plywood_tensor::{Scalar, Tensor};

use super::{Better, Metric, Update, fixed};
use crate::{Error, Result};

/// Pairs of predicted and true numbers, after a check of the shapes.
fn pairs<T: Scalar>(op: &'static str, output: &Tensor<T>, target: &Tensor<T>) -> Result<Vec<(f64, f64)>> {
    if output.shape() != target.shape() {
        return Err(Error::shape(op, "target", format!("{}, as output", output.shape()), target.shape()));
    }
    Ok(output.values().iter().zip(&*target.values()).map(|(a, b)| (a.to_f64(), b.to_f64())).collect())
}

macro_rules! mean_error {
    ($(#[$doc:meta])* $name:ident, $label:literal, $error:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name {
            total: f64,
            seen: f64,
        }

        impl $name {
            /// Nothing seen yet.
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl Metric for $name {
            fn name(&self) -> String {
                $label.into()
            }

            fn better(&self) -> Better {
                Better::Lower
            }

            fn value(&self) -> f64 {
                self.total / self.seen
            }

            fn reset(&mut self) {
                *self = Self::default();
            }

            fn state(&self) -> Vec<f64> {
                vec![self.total, self.seen]
            }

            fn restore(&mut self, state: &[f64]) -> Result<()> {
                [self.total, self.seen] = fixed($label, state)?;
                Ok(())
            }
        }

        impl<T: Scalar> Update<T, Tensor<T>> for $name {
            fn update(&mut self, output: &Tensor<T>, target: &Tensor<T>) -> Result<()> {
                let error: fn(f64) -> f64 = $error;
                for (predicted, truth) in pairs($label, output, target)? {
                    self.total += error(predicted - truth);
                    self.seen += 1.0;
                }
                Ok(())
            }
        }
    };
}
mean_error! {
    /// The mean squared error over all values.
    Mse, "MSE", |d| d * d
}
mean_error! {
    /// The mean absolute error over all values.
    Mae, "MAE", f64::abs
}

/// The coefficient of determination: the share of the variance that the prediction explains, 1 at best. Over all
/// values as one list; a constant truth gives 1 if met exactly and 0 otherwise.
///
/// The variance is kept by running mean and sum of squares (Welford 1962), which doesn't cancel for truths far from 0.
#[derive(Clone, Debug, Default)]
pub struct R2 {
    seen: f64,
    mean: f64,
    spread: f64,
    residual: f64,
}

impl R2 {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Metric for R2 {
    fn name(&self) -> String {
        "R²".into()
    }

    fn better(&self) -> Better {
        Better::Higher
    }

    fn value(&self) -> f64 {
        match (self.seen, self.spread) {
            (0.0, _) => f64::NAN,
            (_, 0.0) => f64::from(u8::from(self.residual == 0.0)),
            _ => 1.0 - self.residual / self.spread,
        }
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn state(&self) -> Vec<f64> {
        vec![self.seen, self.mean, self.spread, self.residual]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        [self.seen, self.mean, self.spread, self.residual] = fixed("R²", state)?;
        Ok(())
    }
}

impl<T: Scalar> Update<T, Tensor<T>> for R2 {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<T>) -> Result<()> {
        for (predicted, truth) in pairs("R²", output, target)? {
            self.seen += 1.0;
            let from_old = truth - self.mean;
            self.mean += from_old / self.seen;
            self.spread += from_old * (truth - self.mean);
            self.residual += (predicted - truth).powi(2);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_must_agree_exactly() {
        let error = Mse::new().update(&Tensor::full([2, 1], 0.0f32), &Tensor::full([2], 0.0)).unwrap_err();
        assert_eq!(error.to_string(), "MSE: target: expected [2, 1], as output, got [2]");
    }

    #[test]
    fn r2_of_constant_truth_follows_scikit_learn() {
        let value = |predicted: [f64; 2]| {
            let mut metric = R2::new();
            metric.update(&Tensor::from(predicted), &Tensor::from([3.0, 3.0])).unwrap();
            metric.value()
        };
        assert_eq!((value([3.0, 3.0]), value([3.0, 4.0])), (1.0, 0.0));
    }

    #[test]
    fn r2_survives_a_large_offset() {
        let mut metric = R2::new();
        let truth = [1e9, 1e9 + 1.0, 1e9 + 2.0];
        metric.update(&Tensor::from([1e9 + 0.5, 1e9 + 1.0, 1e9 + 1.5]), &Tensor::from(truth)).unwrap();
        assert!((metric.value() - 0.75).abs() < 1e-9);
    }
}
