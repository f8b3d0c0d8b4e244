//! Evaluating and predicting.

use std::fmt;

use plywood_autograd::Var;
use plywood_data::{Batch, DataLoader};
use plywood_nn::{Context, Layer, Module, Scalar, Tensor};

use super::Trainer;
use crate::metrics::{Mean, Metric, Update};
use crate::progress::figure;
use crate::{Error, Result};

/// A metric that finds the target in the batch by itself.
pub(super) trait BatchMetric<B, T: Scalar> {
    fn update(&mut self, output: &Tensor<T>, batch: &B) -> Result<()>;
    fn metric(&mut self) -> &mut dyn Metric;
    fn value(&self) -> f64;
    fn name(&self) -> String;
    fn better(&self) -> crate::metrics::Better;
    fn state(&self) -> Vec<f64>;
}

/// A metric of the batch's target.
pub(super) struct OnTarget<X>(pub X);

impl<X: Update<T, Y>, I, Y, T: Scalar> BatchMetric<Batch<I, Y>, T> for OnTarget<X> {
    fn update(&mut self, output: &Tensor<T>, batch: &Batch<I, Y>) -> Result<()> {
        self.0.update(output, &batch.target)
    }

    fn metric(&mut self) -> &mut dyn Metric {
        &mut self.0
    }

    fn value(&self) -> f64 {
        self.0.value()
    }

    fn name(&self) -> String {
        self.0.name()
    }

    fn better(&self) -> crate::metrics::Better {
        self.0.better()
    }

    fn state(&self) -> Vec<f64> {
        self.0.state()
    }
}

/// What an evaluation measured: `loss` first, then the metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores(Vec<(String, f64)>);

impl Scores {
    /// A figure by name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// All figures with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.iter().map(|(name, value)| format!("{name} {}", figure(value))).collect();
        f.write_str(&parts.join(", "))
    }
}

impl<M: Module<T>, B: Send + 'static, T: Scalar> Trainer<'_, M, B, T> {
    /// Loss and metrics over a whole set, in evaluation mode.
    ///
    /// # Errors
    /// Those of the data, the model and the metrics.
    pub fn evaluate(&mut self, model: &M, data: &DataLoader<'_, B>) -> Result<Scores> {
        self.measure(model, data.epoch(0))
    }

    pub(super) fn measure(&mut self, model: &M, batches: impl Iterator<Item = Result<B>>) -> Result<Scores> {
        let mut cx = Context::eval();
        let mut loss = Mean::new();
        self.metrics.iter_mut().for_each(|m| m.metric().reset());
        for batch in batches {
            let batch = batch?;
            let pass = (self.forward)(model, &batch, &mut cx)?;
            loss.add(pass.loss.item()?.to_f64(), samples(&pass.output));
            self.metrics.iter_mut().try_for_each(|m| m.update(&pass.output, &batch))?;
        }
        let metrics = self.metrics.iter().map(|m| (m.name(), m.value()));
        let scores = Scores(std::iter::once(("loss".to_owned(), loss.value())).chain(metrics).collect());
        self.metrics.iter_mut().for_each(|m| m.metric().reset());
        Ok(scores)
    }
}

/// The number of samples that an output is of: what its batch's loss counts for in a mean.
pub(super) fn samples<T: Scalar>(output: &Tensor<T>) -> usize {
    output.shape().first().copied().unwrap_or(1)
}

/// The model's output for many inputs, `[n, …]`, in evaluation mode, `batch_size` at a time.
///
/// ```
/// use plywood_nn::{Linear, Stream, Tensor};
/// use plywood_train::predict;
///
/// let model = Linear::<f32>::new(3, 2, &mut Stream::new(0));
/// assert_eq!(predict(&model, &Tensor::zeros([5, 3]), 2)?.shape(), &[5, 2]);
/// # Ok::<(), plywood_train::Error>(())
/// ```
///
/// # Errors
/// Those of the model, or if `batch_size` is 0 or the input has no dimensions.
pub fn predict<T: Scalar>(model: &impl Layer<T>, input: &Tensor<T>, batch_size: usize) -> Result<Tensor<T>> {
    let Some(&n) = input.shape().first() else {
        return Err(Error::shape("predict", "input", "[n, …]", input.shape()));
    };
    if batch_size == 0 {
        return Err(Error::value("predict", "batch size", "at least 1", 0));
    }
    let mut cx = Context::eval();
    let mut values = Vec::new();
    let mut shape = None;
    // No samples still have an output shape, that of an empty batch.
    for first in (0..n.max(1)).step_by(batch_size) {
        let part = input.narrow(0, first, batch_size.min(n - first.min(n)))?;
        let output = model.forward(&Var::from(&part), &mut cx)?.into_value();
        shape.get_or_insert(*output.shape());
        values.extend_from_slice(&output.contiguous());
    }
    let mut shape = shape.expect("there was at least one batch");
    if shape.is_empty() {
        return Err(Error::shape("predict", "output of the model", "[n, …]", shape));
    }
    shape[0] = n;
    Tensor::from_vec(shape, values)
}
