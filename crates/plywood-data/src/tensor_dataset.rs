//! Tensors in memory as a data set.

use plywood_tensor::{Element, Tensor};

use crate::gather::rows;
use crate::{Batch, Collate, Dataset, Error, Labelled, Result, Sample};

/// A data set of two tensors whose rows (dimension 0) belong together: inputs and targets, of any element type and
/// any further dimensions.
///
/// ```
/// use plywood_data::{Dataset, TensorDataset};
/// use plywood_tensor::Tensor;
///
/// let x = Tensor::from([[0.0f32, 1.0], [2.0, 3.0], [4.0, 5.0]]);
/// let y = Tensor::from([1i64, 0, 1]);
/// let set = TensorDataset::new(x, y)?;
/// let batch = set.batch(&[2, 0])?;
/// assert_eq!(batch.input.to_vec(), [4.0, 5.0, 0.0, 1.0]);
/// assert_eq!(batch.target.to_vec(), [1, 1]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TensorDataset<T: Element = f32, Y: Element = i64> {
    input: Tensor<T>,
    target: Tensor<Y>,
}

impl<T: Element, Y: Element> TensorDataset<T, Y> {
    /// Pairs the rows of `input`, `[n, …]`, with those of `target`, `[n, …]`.
    ///
    /// # Errors
    /// If either has no dimensions, or their numbers of rows differ.
    pub fn new(input: Tensor<T>, target: Tensor<Y>) -> Result<Self> {
        let count = |name: &str, shape: &[usize]| {
            let expected = "at least 1, the first being the samples";
            shape
                .first()
                .copied()
                .ok_or_else(|| Error::shape("TensorDataset", format!("dimensions of {name}"), expected, 0))
        };
        let (n, m) = (count("input", input.shape())?, count("target", target.shape())?);
        if n != m {
            let shapes = format!("input {}, target {}", input.shape(), target.shape());
            let expected = format!("{n}, as input has");
            return Err(Error::shape("TensorDataset", "samples in target", expected, m).with_shapes(shapes));
        }
        // Rows are gathered from memory as it lies, so views are laid out once, here.
        Ok(Self { input: input.contiguous().into_tensor(), target: target.contiguous().into_tensor() })
    }

    /// All inputs, `[n, …]`.
    pub fn input(&self) -> &Tensor<T> {
        &self.input
    }

    /// All targets, `[n, …]`.
    pub fn target(&self) -> &Tensor<Y> {
        &self.target
    }
}

impl<T: Element, Y: Element> Dataset for TensorDataset<T, Y> {
    type Item = Sample<Tensor<T>, Tensor<Y>>;

    fn len(&self) -> usize {
        self.input.shape()[0]
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        Ok(Sample { input: self.input.select(0, index)?, target: self.target.select(0, index)? })
    }

    fn batch(&self, indices: &[usize]) -> Result<<Self::Item as Collate>::Batch> {
        indices.iter().try_for_each(|&i| self.check(i))?;
        Ok(Batch { input: rows(&self.input, indices)?, target: rows(&self.target, indices)? })
    }
}

impl<T: Element> Labelled for TensorDataset<T, i64> {
    /// The first value of each row of the target.
    fn labels(&self) -> Vec<i64> {
        let row = self.target.elements() / self.len().max(1);
        self.target.values().chunks(row.max(1)).map(|row| row[0]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_equal_collated_samples() {
        let x = Tensor::<f32>::from_fn([5, 2, 3], |i| i as f32).permute(&[0, 2, 1]).unwrap();
        let y = Tensor::<f64>::from_fn([5, 1], |i| -(i as f64));
        let set = TensorDataset::new(x, y).unwrap();
        for indices in [vec![], vec![3], vec![4, 0, 4, 2]] {
            let fast = set.batch(&indices).unwrap();
            assert_eq!(fast.input.shape(), &[indices.len(), 3, 2]);
            assert_eq!(fast.target.shape(), &[indices.len(), 1]);
            if !indices.is_empty() {
                let items = indices.iter().map(|&i| set.get(i).unwrap()).collect();
                let slow: Batch<Tensor<f32>, Tensor<f64>> = Collate::collate(items).unwrap();
                assert!(fast.input.equals(&slow.input) && fast.target.equals(&slow.target));
            }
        }
        assert!(set.batch(&[5]).is_err() && set.get(5).is_err());
    }

    #[test]
    fn mismatched_rows_are_an_error() {
        let error = TensorDataset::new(Tensor::<f32>::zeros([3, 2]), Tensor::from([1i64])).unwrap_err().to_string();
        assert!(error.contains("samples in target: expected 3, as input has, got 1"), "{error}");
        assert!(TensorDataset::new(Tensor::scalar(1.0f32), Tensor::from([1i64])).is_err());
    }
}
