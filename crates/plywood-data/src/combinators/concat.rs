//! One set after another.

use crate::{Dataset, Labelled, Result};

/// The samples of two sets, one after the other: made by [`Dataset::concat`].
#[derive(Clone, Debug)]
pub struct Concat<A, B> {
    a: A,
    b: B,
}

impl<A, B> Concat<A, B> {
    pub(crate) fn new(a: A, b: B) -> Self {
        Self { a, b }
    }
}

impl<A: Dataset, B: Dataset<Item = A::Item>> Dataset for Concat<A, B> {
    type Item = A::Item;

    fn len(&self) -> usize {
        self.a.len() + self.b.len()
    }

    fn get(&self, index: usize) -> Result<A::Item> {
        self.check(index)?;
        let n = self.a.len();
        if index < n { self.a.get(index) } else { self.b.get(index - n) }
    }
}

impl<A: Labelled, B: Labelled<Item = A::Item>> Labelled for Concat<A, B> {
    fn labels(&self) -> Vec<i64> {
        [self.a.labels(), self.b.labels()].concat()
    }
}
