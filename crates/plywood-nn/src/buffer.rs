//! What a model remembers but an optimizer doesn't change: running statistics, counts.

use std::sync::{Mutex, PoisonError};

use plywood_autograd::{Scalar, Tensor};

use crate::{Module, Visitor, VisitorMut};

/// A tensor of the state dict that a layer itself updates, also while it is only borrowed: running statistics.
#[derive(Debug)]
pub struct Buffer<T: Scalar = f32>(Mutex<Tensor<T>>);

impl<T: Scalar> Buffer<T> {
    /// A buffer with this value.
    pub fn new(value: Tensor<T>) -> Self {
        Self(Mutex::new(value))
    }

    /// The value.
    pub fn value(&self) -> Tensor<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the buffer another value.
    pub fn set(&self, value: Tensor<T>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// Changes the value in place.
    pub fn update(&self, change: impl FnOnce(&mut Tensor<T>)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl<T: Scalar> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self::new(self.value())
    }
}

impl<T: Scalar> Module<T> for Buffer<T> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        visitor.buffer(self);
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        visitor.buffer(self);
    }
}

/// A whole number of the state dict, such as batch normalisation's `num_batches_tracked`.
#[derive(Debug, Default)]
pub struct Counter(Mutex<i64>);

impl Counter {
    /// A counter that stands at `value`.
    pub fn new(value: i64) -> Self {
        Self(Mutex::new(value))
    }

    /// Where it stands.
    pub fn value(&self) -> i64 {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets it.
    pub fn set(&self, value: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// Counts one more and returns the new number.
    pub fn increment(&self) -> i64 {
        let mut value = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *value += 1;
        *value
    }
}

impl Clone for Counter {
    fn clone(&self) -> Self {
        Self::new(self.value())
    }
}

impl<T: Scalar> Module<T> for Counter {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        visitor.counter(self);
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        visitor.counter(self);
    }
}
