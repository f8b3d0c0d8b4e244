//! Sequences of different lengths as one tensor.

use plywood_tensor::{Element, Tensor};

use crate::{Collate, Result};

/// Sequences padded at the end to the longest one.
#[derive(Clone, Debug)]
pub struct Padded<T: Element> {
    /// The values, `[n, longest]`, 0 (false) after the end of a sequence.
    pub values: Tensor<T>,
    /// The length of each sequence before padding, `[n]`.
    pub lengths: Tensor<i64>,
}

impl<T: Element> Padded<T> {
    /// Pads `sequences` with `padding`.
    ///
    /// ```
    /// use plywood_data::Padded;
    /// let padded = Padded::new(&[vec![5i64, 6, 7], vec![8]], -1)?;
    /// assert_eq!(padded.values.to_vec(), [5, 6, 7, 8, -1, -1]);
    /// assert_eq!(padded.lengths.to_vec(), [3, 1]);
    /// # Ok::<(), plywood_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// None for sequences that fit memory.
    pub fn new(sequences: &[Vec<T>], padding: T) -> Result<Self> {
        let longest = sequences.iter().map(Vec::len).max().unwrap_or(0);
        let mut values = Vec::with_capacity(sequences.len() * longest);
        for sequence in sequences {
            values.extend_from_slice(sequence);
            values.resize(values.len() + longest - sequence.len(), padding);
        }
        let lengths = sequences.iter().map(|s| s.len() as i64).collect();
        let n = sequences.len();
        Ok(Self { values: Tensor::from_vec([n, longest], values)?, lengths: Tensor::from_vec([n], lengths)? })
    }
}

impl<T: Element> Collate for Vec<T> {
    type Batch = Padded<T>;

    fn collate(items: Vec<Self>) -> Result<Padded<T>> {
        Padded::new(&items, T::default())
    }
}
