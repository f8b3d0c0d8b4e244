//! From scores to classes, with the checks that all metrics of classifiers share.

use plywood_tensor::{Scalar, Tensor};

use crate::{Error, Result};

/// The scores of a batch `[n, c, …]` beside their labels `[n, …]`.
pub(super) struct Classified<T: Scalar> {
    scores: Vec<T>,
    labels: Vec<i64>,
    /// Columns of scores; 1 for a single logit.
    columns: usize,
    /// Samples behind the class dimension: 1 for `[n, c]`.
    inner: usize,
}

impl<T: Scalar> Classified<T> {
    /// Checks shapes, labels and scores; labels equal to `ignore` may be anything.
    pub fn new(op: &'static str, output: &Tensor<T>, target: &Tensor<i64>, ignore: Option<i64>) -> Result<Self> {
        let shape = output.shape();
        let (columns, wanted) = match shape[..] {
            [n] => (1, vec![n]),
            [n, c, ref rest @ ..] => (c, [&[n], rest].concat()),
            [] => return Err(Error::shape(op, "output", "[n, classes, …]", shape)),
        };
        // A single logit may come as [n, 1] with targets of either shape.
        if target.shape()[..] != wanted[..] && !(columns == 1 && target.elements() == output.elements()) {
            return Err(Error::shape(op, "target", format!("{wanted:?} for output {shape}"), target.shape()));
        }
        let (scores, labels) = (output.to_vec(), target.to_vec());
        let classes = columns.max(2);
        let bad = |&(_, &label): &(usize, &i64)| ignore != Some(label) && !(0..classes as i64).contains(&label);
        if let Some((i, label)) = labels.iter().enumerate().find(bad) {
            return Err(Error::value(op, format!("label {i}"), format!("a class from 0 to {}", classes - 1), label));
        }
        if let Some(i) = scores.iter().position(|s| s.to_f64().is_nan()) {
            return Err(Error::value(op, format!("output at flat index {i}"), "a number", "NaN"));
        }
        Ok(Self { scores, labels, columns, inner: wanted[1..].iter().product() })
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.columns.max(2)
    }

    /// Each label with its scores, one a class.
    pub fn samples(&self) -> impl Iterator<Item = (i64, Scores<'_, T>)> {
        self.labels.iter().enumerate().map(|(i, &label)| {
            let (outer, inner) = (i / self.inner, i % self.inner);
            let first = outer * self.columns * self.inner + inner;
            (label, Scores { values: &self.scores[first..], columns: self.columns, step: self.inner })
        })
    }
}

/// The scores of one sample.
#[derive(Clone, Copy)]
pub(super) struct Scores<'s, T> {
    values: &'s [T],
    columns: usize,
    step: usize,
}

impl<T: Scalar> Scores<'_, T> {
    /// The score of class `k`; a single logit is that of class 1, and 0 that of class 0.
    pub fn get(&self, k: usize) -> f64 {
        match (self.columns, k) {
            (1, 0) => 0.0,
            (1, _) => self.values[0].to_f64(),
            _ => self.values[k * self.step].to_f64(),
        }
    }

    /// The class with the highest score, the first of equals.
    pub fn predicted(&self) -> usize {
        let better = |best: usize, k: usize| if self.get(k) > self.get(best) { k } else { best };
        (1..self.columns.max(2)).fold(0, better)
    }

    /// The logarithm of the probability that softmax gives class `k`.
    pub fn log_softmax(&self, k: usize) -> f64 {
        let classes = 0..self.columns.max(2);
        let most = classes.clone().map(|j| self.get(j)).fold(f64::MIN, f64::max);
        let total: f64 = classes.map(|j| (self.get(j) - most).exp()).sum();
        self.get(k) - most - total.ln()
    }
}
