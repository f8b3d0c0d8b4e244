//! How probable the model finds the truth.

use plywood_tensor::{Scalar, Tensor};

use super::classes::Classified;
use super::{Better, Metric, Update, fixed};
use crate::Result;

/// The mean negative logarithm of the probability that softmax over the scores (logits) gives the right class, in
/// nats: cross-entropy, exact over all samples.
#[derive(Clone, Debug, Default)]
pub struct LogLoss {
    total: f64,
    seen: f64,
    ignore: Option<i64>,
}

impl LogLoss {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out samples with this label, e.g. -100 for padding.
    pub fn ignore(self, label: i64) -> Self {
        Self { ignore: Some(label), ..self }
    }

    fn take_in<T: Scalar>(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        let batch = Classified::new("log loss", output, target, self.ignore)?;
        for (label, scores) in batch.samples().filter(|(label, _)| Some(*label) != self.ignore) {
            self.total -= scores.log_softmax(label as usize);
            self.seen += 1.0;
        }
        Ok(())
    }

    fn mean(&self) -> f64 {
        self.total / self.seen
    }
}

impl Metric for LogLoss {
    fn name(&self) -> String {
        "log loss".into()
    }

    fn better(&self) -> Better {
        Better::Lower
    }

    fn value(&self) -> f64 {
        self.mean()
    }

    fn reset(&mut self) {
        (self.total, self.seen) = (0.0, 0.0);
    }

    fn state(&self) -> Vec<f64> {
        vec![self.total, self.seen]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        [self.total, self.seen] = fixed("log loss", state)?;
        Ok(())
    }
}

impl<T: Scalar> Update<T> for LogLoss {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        self.take_in(output, target)
    }
}

/// The exponential of the [`LogLoss`]: among how many equally likely words a language model hesitates.
#[derive(Clone, Debug, Default)]
pub struct Perplexity(LogLoss);

impl Perplexity {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out samples with this label, e.g. -100 for padding.
    pub fn ignore(self, label: i64) -> Self {
        Self(self.0.ignore(label))
    }
}

impl Metric for Perplexity {
    fn name(&self) -> String {
        "perplexity".into()
    }

    fn better(&self) -> Better {
        Better::Lower
    }

    fn value(&self) -> f64 {
        self.0.mean().exp()
    }

    fn reset(&mut self) {
        self.0.reset();
    }

    fn state(&self) -> Vec<f64> {
        self.0.state()
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        self.0.restore(state)
    }
}

impl<T: Scalar> Update<T> for Perplexity {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        self.0.take_in(output, target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perplexity_of_guessing_is_the_number_of_classes() {
        let mut metric = Perplexity::new().ignore(-1);
        metric.update(&Tensor::full([3, 7], 2.5f64), &Tensor::from([0i64, -1, 6])).unwrap();
        assert!((metric.value() - 7.0).abs() < 1e-12);
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let mut metric = LogLoss::new();
        metric.update(&Tensor::from([[1e4f64, -1e4]]), &Tensor::from([1i64])).unwrap();
        assert_eq!(metric.value(), 2e4);
    }
}
