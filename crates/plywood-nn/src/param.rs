//! What training changes: a tensor with an identity.

use std::sync::Arc;

use plywood_autograd::{Key, Scalar, Shape, Tensor, Var};
use plywood_tensor::{Error, Result};

use crate::name::Name;
use crate::{Context, Module, Visitor, VisitorMut};

/// A parameter: a tensor that an optimizer changes.
///
/// It is known by a key that is its own, so a clone is another parameter; [`tie`](Param::tie) makes one that is the
/// same. Its name comes from the model that holds it and shows up in messages.
#[derive(Debug)]
pub struct Param<T: Scalar = f32> {
    value: Tensor<T>,
    key: Key,
    trainable: bool,
    tied: bool,
    name: Name,
}

impl<T: Scalar> Param<T> {
    /// A parameter with this value, to be trained.
    pub fn new(value: Tensor<T>) -> Self {
        Self { value, key: Key::new(), trainable: true, tied: false, name: Name::default() }
    }

    /// The value.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// The extents of the value.
    pub fn shape(&self) -> &Shape {
        self.value.shape()
    }

    /// The value as an input of operations: a leaf if this parameter is trained and the context records a graph, a
    /// constant otherwise.
    pub fn var(&self, cx: &Context) -> Var<T> {
        if self.trainable && cx.is_recording() {
            Var::leaf_of(self.key, self.name.get(), self.value.clone())
        } else {
            Var::from(&self.value)
        }
    }

    /// Gives the parameter another value of the same shape.
    ///
    /// # Errors
    /// If the shape differs.
    pub fn set(&mut self, value: Tensor<T>) -> Result<()> {
        if value.shape() != self.shape() {
            let name = self.name.get();
            let what = format!("shape of {}", name.as_deref().unwrap_or("the parameter"));
            return Err(Error::shape("set a parameter", what, self.shape(), value.shape()));
        }
        self.value = value;
        Ok(())
    }

    /// The values for writing, in row-major order: in place where nobody else shares them.
    pub fn make_mut(&mut self) -> &mut [T] {
        self.value.make_mut()
    }

    /// The identity by which gradients are found.
    pub fn key(&self) -> Key {
        self.key
    }

    /// Whether an optimizer changes it.
    pub fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// Lets optimizers change it (`true`) or not (`false`: frozen, and no gradient is computed for it).
    pub fn set_trainable(&mut self, trainable: bool) {
        self.trainable = trainable;
    }

    /// The path in the model that was last looked through, e.g. `conv1.weight`.
    pub fn name(&self) -> Option<Arc<str>> {
        self.name.get()
    }

    /// The same parameter for another place in the model: counted once, trained once, always equal.
    pub fn tie(&mut self) -> Self {
        self.tied = true;
        Self { value: self.value.clone(), name: Name::default(), ..*self }
    }

    /// Whether the parameter stands in more than one place.
    pub(crate) fn is_tied(&self) -> bool {
        self.tied
    }

    pub(crate) fn rename(&self, path: &str) {
        self.name.set(path);
    }
}

impl<T: Scalar> Clone for Param<T> {
    /// Another parameter with the same value, which trains on its own.
    fn clone(&self) -> Self {
        Self { trainable: self.trainable, ..Self::new(self.value.clone()) }
    }
}

impl<T: Scalar> Module<T> for Param<T> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        visitor.param(self);
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        visitor.param(self);
    }
}
