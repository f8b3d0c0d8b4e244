//! How often the right class comes first, or among the first.

use plywood_tensor::{Scalar, Tensor};

use super::classes::Classified;
use super::{Better, Metric, Update, fixed};
use crate::{Error, Result};

/// The share of samples whose highest score is that of the right class; of equal scores the first counts.
#[derive(Clone, Debug, Default)]
pub struct Accuracy {
    right: u64,
    seen: u64,
    ignore: Option<i64>,
}

impl Accuracy {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out samples with this label, e.g. -100 for padding.
    pub fn ignore(self, label: i64) -> Self {
        Self { ignore: Some(label), ..self }
    }
}

impl Metric for Accuracy {
    fn name(&self) -> String {
        "accuracy".into()
    }

    fn better(&self) -> Better {
        Better::Higher
    }

    fn value(&self) -> f64 {
        self.right as f64 / self.seen as f64
    }

    fn reset(&mut self) {
        (self.right, self.seen) = (0, 0);
    }

    fn state(&self) -> Vec<f64> {
        vec![self.right as f64, self.seen as f64]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        let [right, seen] = fixed("accuracy", state)?;
        (self.right, self.seen) = (right as u64, seen as u64);
        Ok(())
    }
}

impl<T: Scalar> Update<T> for Accuracy {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        let batch = Classified::new("accuracy", output, target, self.ignore)?;
        for (label, scores) in batch.samples().filter(|(label, _)| Some(*label) != self.ignore) {
            self.seen += 1;
            self.right += u64::from(scores.predicted() as i64 == label);
        }
        Ok(())
    }
}

/// The share of samples whose right class is among the `k` highest scores. A class that shares its score with
/// others counts as the last of them, so that equal scores everywhere earn nothing.
#[derive(Clone, Debug)]
pub struct TopK {
    k: usize,
    right: u64,
    seen: u64,
}

impl TopK {
    /// Accuracy among the first `k`.
    ///
    /// # Errors
    /// If `k` is 0.
    pub fn new(k: usize) -> Result<Self> {
        match k {
            0 => Err(Error::value("top-k accuracy", "k", "at least 1", 0)),
            _ => Ok(Self { k, right: 0, seen: 0 }),
        }
    }
}

impl Metric for TopK {
    fn name(&self) -> String {
        format!("top-{} accuracy", self.k)
    }

    fn better(&self) -> Better {
        Better::Higher
    }

    fn value(&self) -> f64 {
        self.right as f64 / self.seen as f64
    }

    fn reset(&mut self) {
        (self.right, self.seen) = (0, 0);
    }

    fn state(&self) -> Vec<f64> {
        vec![self.right as f64, self.seen as f64]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        let [right, seen] = fixed("top-k accuracy", state)?;
        (self.right, self.seen) = (right as u64, seen as u64);
        Ok(())
    }
}

impl<T: Scalar> Update<T> for TopK {
    fn update(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        let batch = Classified::new("top-k accuracy", output, target, None)?;
        for (label, scores) in batch.samples() {
            let own = scores.get(label as usize);
            let ahead = (0..batch.classes()).filter(|&j| j as i64 != label && scores.get(j) >= own).count();
            self.seen += 1;
            self.right += u64::from(ahead < self.k);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accuracy(output: &Tensor, target: &Tensor<i64>) -> Result<f64> {
        let mut metric = Accuracy::new();
        metric.update(output, target)?;
        Ok(metric.value())
    }

    #[test]
    fn one_logit_is_a_binary_classifier() {
        let logits: Tensor = Tensor::from([[-1.0], [2.0], [0.0]]);
        assert_eq!(accuracy(&logits, &Tensor::from([0i64, 1, 0])).unwrap(), 1.0);
        assert_eq!(accuracy(&logits.flatten(0).unwrap(), &Tensor::from([0i64, 0, 0])).unwrap(), 2.0 / 3.0);
    }

    #[test]
    fn classes_may_stand_in_the_middle() {
        // Two time steps of two classes: scores [n, c, t].
        let scores = Tensor::from_vec([1, 2, 2], vec![0.9f32, 0.2, 0.1, 0.8]).unwrap();
        assert_eq!(accuracy(&scores, &Tensor::from([[0i64, 1]])).unwrap(), 1.0);
        assert_eq!(accuracy(&scores, &Tensor::from([[1i64, 1]])).unwrap(), 0.5);
    }

    #[test]
    fn bad_input_is_named() {
        let scores: Tensor = Tensor::from([[0.0, 1.0], [f32::NAN, 0.0]]);
        let say = |target: Tensor<i64>| accuracy(&scores, &target).unwrap_err().to_string();
        assert_eq!(say(Tensor::from([0, 2])), "accuracy: label 1: expected a class from 0 to 1, got 2");
        assert_eq!(say(Tensor::from([0, 1])), "accuracy: output at flat index 2: expected a number, got NaN");
        assert!(say(Tensor::from([0])).contains("target: expected [2] for output [2, 2], got [1]"));
    }

    #[test]
    fn nothing_seen_is_nan_and_ignored_labels_count_nothing() {
        let mut metric = Accuracy::new().ignore(-100);
        assert!(metric.value().is_nan());
        metric.update(&Tensor::from([[0.0f32, 1.0], [0.0, 1.0]]), &Tensor::from([-100i64, 1])).unwrap();
        assert_eq!(metric.state(), [1.0, 1.0]);
    }

    #[test]
    fn equal_scores_earn_no_place_among_the_first() {
        let mut top = TopK::new(2).unwrap();
        top.update(&Tensor::from([[0.5f32, 0.5, 0.5]]), &Tensor::from([0i64])).unwrap();
        assert_eq!(top.value(), 0.0);
        assert!(TopK::new(0).is_err());
    }
}
