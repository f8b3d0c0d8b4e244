//! Stretches of a long sequence of tokens, for language models.

use std::sync::Arc;

use plywood_tensor::Tensor;

use crate::{Batch, Collate, Dataset, Error, Result, Sample};

/// Stretches of `length` tokens as input and the tokens that follow each as target, one place on.
///
/// ```
/// use plywood_data::{Dataset, text::TokenWindows};
/// let set = TokenWindows::new(vec![10, 11, 12, 13, 14, 15], 3, 2)?;
/// assert_eq!(set.len(), 2);
/// let second = set.get(1)?;
/// assert_eq!((second.input.to_vec(), second.target.to_vec()), (vec![12, 13, 14], vec![13, 14, 15]));
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenWindows {
    tokens: Arc<[i64]>,
    length: usize,
    step: usize,
}

impl TokenWindows {
    /// Stretches of `tokens`, each `step` after the one before; a `step` equal to `length` uses each token once.
    ///
    /// # Errors
    /// If `length` or `step` is 0, or there are not more than `length` tokens.
    pub fn new(tokens: impl Into<Arc<[i64]>>, length: usize, step: usize) -> Result<Self> {
        let tokens = tokens.into();
        if length == 0 || step == 0 {
            let got = format!("{length} and {step}");
            return Err(Error::value("token windows", "length and step", "at least 1", got));
        }
        if tokens.len() <= length {
            let expected = format!("more than the length of a window, {length}");
            return Err(Error::value("token windows", "number of tokens", expected, tokens.len()));
        }
        Ok(Self { tokens, length, step })
    }

    /// The windows at `indices`, moved on by `shift` places.
    fn gather(&self, indices: &[usize], shift: usize) -> Tensor<i64> {
        Tensor::build([indices.len(), self.length], |out| {
            for (out, &i) in out.chunks_exact_mut(self.length).zip(indices) {
                out.copy_from_slice(&self.tokens[i * self.step + shift..][..self.length]);
            }
        })
    }
}

impl Dataset for TokenWindows {
    type Item = Sample<Tensor<i64>, Tensor<i64>>;

    fn len(&self) -> usize {
        (self.tokens.len() - self.length - 1) / self.step + 1
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        self.check(index)?;
        let alone = |shift| self.gather(&[index], shift).squeeze(0);
        Ok(Sample { input: alone(0)?, target: alone(1)? })
    }

    fn batch(&self, indices: &[usize]) -> Result<<Self::Item as Collate>::Batch> {
        indices.iter().try_for_each(|&i| self.check(i))?;
        Ok(Batch { input: self.gather(indices, 0), target: self.gather(indices, 1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_has_its_next_token() {
        for (n, length, step) in [(2, 1, 1), (10, 3, 1), (10, 3, 3), (11, 4, 7), (100, 16, 5)] {
            let set = TokenWindows::new((0..n).collect::<Vec<i64>>(), length, step).unwrap();
            let all: Vec<usize> = (0..set.len()).collect();
            let batch = set.batch(&all).unwrap();
            assert_eq!(batch.input.shape(), &[set.len(), length]);
            assert!(batch.input.map(|x| x + 1).equals(&batch.target));
            assert!(*batch.target.to_vec().last().unwrap() < n);
            // Another window would not fit.
            assert!((set.len() * step + length) as i64 >= n);
            let last = set.get(set.len() - 1).unwrap();
            assert!(last.input.equals(&batch.input.select(0, set.len() - 1).unwrap()));
            assert!(set.get(set.len()).is_err());
        }
    }

    #[test]
    fn too_few_tokens_are_an_error() {
        assert!(TokenWindows::new(vec![1, 2, 3], 3, 1).unwrap_err().to_string().contains("more than the length"));
        assert!(TokenWindows::new(vec![1, 2], 0, 1).is_err() && TokenWindows::new(vec![1, 2], 1, 0).is_err());
    }
}
