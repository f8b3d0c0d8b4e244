//! Two sets side by side.

use crate::{Dataset, Error, Result};

/// Pairs of the samples of two sets: made by [`Dataset::zip`].
#[derive(Clone, Debug)]
pub struct Zip<A, B> {
    a: A,
    b: B,
}

impl<A: Dataset, B: Dataset> Zip<A, B> {
    pub(crate) fn new(a: A, b: B) -> Result<Self> {
        if a.len() != b.len() {
            let expected = format!("{}, as the first", a.len());
            return Err(Error::value("zip", "length of the second set", expected, b.len()));
        }
        Ok(Self { a, b })
    }
}

impl<A: Dataset, B: Dataset> Dataset for Zip<A, B> {
    type Item = (A::Item, B::Item);

    fn len(&self) -> usize {
        self.a.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        Ok((self.a.get(index)?, self.b.get(index)?))
    }
}
