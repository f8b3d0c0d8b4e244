//! Counts of true against predicted classes.

use plywood_tensor::{Scalar, Tensor};

use super::classes::Classified;
use crate::{Error, Result};

/// How often each true class (row) was taken for each class (column).
///
/// ```
/// use plywood_tensor::Tensor;
/// use plywood_train::metrics::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::new(2);
/// matrix.update(&Tensor::from([[0.9f32, 0.1], [0.7, 0.3], [0.2, 0.8]]), &Tensor::from([0i64, 1, 1]))?;
/// assert_eq!(matrix.counts(), [[1, 0], [1, 1]]);
/// assert_eq!(matrix.accuracy(), 2.0 / 3.0);
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// No samples yet of `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![vec![0; classes]; classes] }
    }

    /// Takes in a batch of scores `[n, c, …]` and labels `[n, …]`.
    ///
    /// # Errors
    /// If they don't fit together or have more classes than the matrix.
    pub fn update<T: Scalar>(&mut self, output: &Tensor<T>, target: &Tensor<i64>) -> Result<()> {
        let batch = Classified::new("confusion matrix", output, target, None)?;
        if batch.classes() > self.counts.len() {
            let expected = format!("at most {}", self.counts.len());
            return Err(Error::shape("confusion matrix", "classes", expected, batch.classes()));
        }
        for (label, scores) in batch.samples() {
            self.counts[label as usize][scores.predicted()] += 1;
        }
        Ok(())
    }

    /// The counts, `[true][predicted]`.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// The share of samples on the diagonal; NaN without samples.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.classes()).map(|k| self.counts[k][k]).sum();
        right as f64 / self.total() as f64
    }

    /// The number of samples.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Samples of class `k` that were found, that are of this class, and that were taken for it.
    pub(super) fn class(&self, k: usize) -> [u64; 3] {
        let taken = self.counts.iter().map(|row| row[k]).sum();
        [self.counts[k][k], self.counts[k].iter().sum(), taken]
    }

    pub(super) fn reset(&mut self) {
        self.counts.iter_mut().flatten().for_each(|count| *count = 0);
    }

    pub(super) fn state(&self) -> Vec<f64> {
        self.counts.iter().flatten().map(|&count| count as f64).collect()
    }

    pub(super) fn restore(&mut self, state: &[f64]) -> Result<()> {
        let n = self.classes();
        if state.len() != n * n {
            return Err(Error::value("restore a metric", "numbers kept for a confusion matrix", n * n, state.len()));
        }
        self.counts.iter_mut().flatten().zip(state).for_each(|(count, &kept)| *count = kept as u64);
        Ok(())
    }
}

impl std::fmt::Display for ConfusionMatrix {
    /// A table: rows are true classes, columns predicted ones; a dot stands for 0.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let most = self.counts.iter().flatten().max().copied().unwrap_or(0);
        let width = most.to_string().len().max(self.classes().to_string().len()) + 1;
        write!(f, "{:>6} ", "true\\p")?;
        for k in 0..self.classes() {
            write!(f, "{k:>width$}")?;
        }
        for (k, row) in self.counts.iter().enumerate() {
            write!(f, "\n{k:>6} ")?;
            for &count in row {
                let text = if count == 0 { "·".to_owned() } else { count.to_string() };
                write!(f, "{text:>width$}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_table() {
        let mut matrix = ConfusionMatrix::new(2);
        matrix.update(&Tensor::from([[0.0f32, 1.0], [1.0, 0.0]]), &Tensor::from([1i64, 0])).unwrap();
        assert_eq!(matrix.to_string(), "true\\p  0 1\n     0  1 ·\n     1  · 1");
    }

    #[test]
    fn more_classes_than_the_matrix_has_are_refused() {
        let error = ConfusionMatrix::new(2).update(&Tensor::from([[0.0f32, 1.0, 2.0]]), &Tensor::from([1i64]));
        assert!(error.unwrap_err().to_string().contains("expected at most 2, got 3"));
    }
}
