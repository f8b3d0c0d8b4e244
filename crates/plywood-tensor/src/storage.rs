//! The memory behind a tensor: a block of the pool, or a vector that a user handed over.

use crate::Element;
use crate::pool::Block;

/// Owned values of which those from `start` on count; goes back to the pool when dropped.
pub(crate) struct Storage<T: Element> {
    values: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Element> Storage<T> {
    /// Room for `len` values with arbitrary contents.
    pub(crate) fn stale(len: usize) -> Self {
        let Block { values, start } = T::pool().take(len);
        Self { values, start, len }
    }

    pub(crate) fn from_vec(values: Vec<T>) -> Self {
        Self { start: 0, len: values.len(), values }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.values[self.start..self.start + self.len]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.values[self.start..self.start + self.len]
    }

    /// The vector itself and where the values begin in it.
    pub(crate) fn into_vec(mut self) -> (Vec<T>, usize) {
        (std::mem::take(&mut self.values), self.start)
    }
}

impl<T: Element> Drop for Storage<T> {
    fn drop(&mut self) {
        T::pool().put(std::mem::take(&mut self.values));
    }
}
