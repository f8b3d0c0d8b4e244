//! Streaming, exact metrics: fed batch by batch, they give what one pass over everything would.
//!
//! A [`Metric`] takes a model's output and the target of a batch at a time; its value is that of all samples since
//! the last reset, not a mean of batch means. Classifiers' outputs are scores a class, `[n, c]` or `[n, c, …]` with
//! targets `[n]` or `[n, …]`; an output of one column, `[n, 1]` or `[n]`, is the logit of class 1 against class 0.
//!
//! ```
//! use plywood_tensor::Tensor;
//! use plywood_train::metrics::{Accuracy, Metric, Update};
//!
//! let mut accuracy = Accuracy::new();
//! accuracy.update(&Tensor::from([[0.1f32, 0.9], [0.8, 0.2]]), &Tensor::from([1i64, 1]))?;
//! accuracy.update(&Tensor::from([[0.3f32, 0.7]]), &Tensor::from([1i64]))?;
//! assert_eq!(accuracy.value(), 2.0 / 3.0);
//! # Ok::<(), plywood_train::Error>(())
//! ```

mod accuracy;
mod classes;
mod confusion;
mod edit;
mod likelihood;
mod mean;
mod ranking;
mod regression;
mod scores;

pub use accuracy::{Accuracy, TopK};
pub use confusion::ConfusionMatrix;
pub use edit::{EditDistance, edit_distance};
pub use likelihood::{LogLoss, Perplexity};
pub use mean::Mean;
use plywood_tensor::{Scalar, Tensor};
pub use ranking::{PrAuc, RocAuc, precision_recall_curve, roc_curve};
pub use regression::{Mae, Mse, R2};
pub use scores::{Average, F1, Precision, Recall};

use crate::{Error, Result};

/// Which end of a metric is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Losses and errors.
    Lower,
    /// Accuracies and scores.
    Higher,
}

impl Better {
    /// Whether `new` is better than `old`; NaN never is.
    pub fn wins(self, new: f64, old: f64) -> bool {
        match self {
            Self::Lower => new < old || (old.is_nan() && !new.is_nan()),
            Self::Higher => new > old || (old.is_nan() && !new.is_nan()),
        }
    }
}

/// A figure over all samples seen since the last reset.
pub trait Metric {
    /// Its name in tables, logs and files, e.g. `accuracy`.
    fn name(&self) -> String;

    /// Which end is the good one.
    fn better(&self) -> Better;

    /// The figure; NaN before the first sample.
    fn value(&self) -> f64;

    /// Forgets all samples.
    fn reset(&mut self);

    /// What has been taken in, to be kept in a checkpoint.
    fn state(&self) -> Vec<f64>;

    /// Goes on from a kept state.
    ///
    /// # Errors
    /// If it isn't a state of this metric.
    fn restore(&mut self, state: &[f64]) -> Result<()>;
}

/// A [`Metric`] that takes in outputs of `T` with targets of `Y`.
pub trait Update<T: Scalar = f32, Y: ?Sized = Tensor<i64>>: Metric {
    /// Takes in a batch.
    ///
    /// # Errors
    /// If output and target don't fit together, a label is no class of the output, or an output is NaN.
    fn update(&mut self, output: &Tensor<T>, target: &Y) -> Result<()>;
}

/// A state as an array of the length that a metric keeps.
fn fixed<const N: usize>(name: &str, state: &[f64]) -> Result<[f64; N]> {
    state.try_into().map_err(|_| Error::value("restore a metric", format!("numbers kept for {name}"), N, state.len()))
}
