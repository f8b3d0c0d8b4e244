//! What a backward pass returns: the gradients of the leaves.

use std::collections::BTreeMap;

use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::engine::sum;
use crate::{Key, Var};

/// The gradients of a loss with respect to the leaves that it depends on.
#[derive(Clone, Debug, Default)]
pub struct Gradients<T: Scalar = f32>(BTreeMap<Key, Tensor<T>>);

impl<T: Scalar> Gradients<T> {
    /// None yet.
    pub fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The gradient of a leaf; `None` if the loss doesn't depend on it, or it isn't a leaf. [`of`](Self::of) says which.
    pub fn get(&self, leaf: &Var<T>) -> Option<&Tensor<T>> {
        self.by_key(leaf.key()?)
    }

    /// The gradient of a leaf that must have one.
    ///
    /// ```
    /// use plywood_autograd::Var;
    /// let [w, b] = ["w", "b"].map(|name| Var::<f32>::named_leaf(name, 3.0.into()));
    /// let gradients = w.square().backward()?;
    /// assert_eq!(gradients.of(&w)?.item()?, 6.0);
    /// let error = gradients.of(&b).unwrap_err().to_string();
    /// assert_eq!(error, "gradients: no gradient came for `b` []: what backward started from doesn't depend on it");
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If backward didn't come to it, or it isn't a leaf; the message names it.
    pub fn of(&self, leaf: &Var<T>) -> Result<&Tensor<T>> {
        self.get(leaf).ok_or_else(|| {
            let shape = leaf.shape();
            let message = match leaf.origin() {
                None => format!("a constant {shape} has no gradient: make it with Var::leaf"),
                Some((op, _)) if leaf.key().is_none() => {
                    format!("only leaves keep gradients, and this value {shape} came out of {op}")
                }
                Some((_, name)) => {
                    let name = name.map_or("a leaf without a name".into(), |name| format!("`{name}`"));
                    format!("no gradient came for {name} {shape}: what backward started from doesn't depend on it")
                }
            };
            Error::state("gradients", message)
        })
    }

    /// The gradient of the leaf with this key.
    pub fn by_key(&self, key: Key) -> Option<&Tensor<T>> {
        self.0.get(&key)
    }

    /// Adds to the gradient of the leaf with this key.
    pub fn add(&mut self, key: Key, gradient: Tensor<T>) {
        let total = match self.0.remove(&key) {
            None => gradient,
            Some(old) => sum(old, gradient),
        };
        self.0.insert(key, total);
    }

    /// Adds other gradients to these: accumulation over several small batches.
    pub fn accumulate(&mut self, other: Self) {
        for (key, gradient) in other.0 {
            self.add(key, gradient);
        }
    }

    /// All gradients, in the order in which their leaves were first made.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Tensor<T>)> {
        self.0.iter().map(|(&key, gradient)| (key, gradient))
    }

    /// All gradients, to be changed, e.g. clipped.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut Tensor<T>)> {
        self.0.iter_mut().map(|(&key, gradient)| (key, gradient))
    }

    /// The number of leaves that got a gradient.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no leaf got a gradient.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
