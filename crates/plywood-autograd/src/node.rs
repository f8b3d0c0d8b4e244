//! What the graph is made of: nodes that hang off the values, linked towards the leaves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plywood_tensor::{Result, Scalar, Shape, Tensor};

use crate::engine::{OutputGradients, Sink};

/// The identity of a leaf: gradients are found by it. Unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// A key that nobody else has. Keys grow: a node made later has a greater one.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

/// How an operation's output gradients become its inputs' gradients; holds what the forward pass saved.
pub(crate) type Rule<T> = Box<dyn FnOnce(&mut OutputGradients<T>, &mut Sink<'_, T>) -> Result<()> + Send>;

/// An operation that was carried out, or a leaf.
pub(crate) struct Node<T: Scalar> {
    /// Greater than those of all nodes that this one depends on: the backward walk goes in descending order.
    pub(crate) order: Key,
    pub(crate) op: &'static str,
    /// The name of a leaf, or the place of an operation where anomalies are being looked for.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) shape: Shape,
    state: Mutex<State<T>>,
}

/// The part of a node that a backward pass uses up.
pub(crate) struct State<T: Scalar> {
    pub(crate) work: Work<T>,
    /// The gradients that have arrived so far, one place an output.
    pub(crate) grads: OutputGradients<T>,
}

pub(crate) enum Work<T: Scalar> {
    /// The gradient itself is wanted.
    Leaf(Key),
    /// An operation, whose inputs get gradients by its rule.
    Op { rule: Rule<T>, inputs: Vec<Input<T>>, rows: Option<Box<Rows<T>>> },
    /// An operation that a backward pass has gone through.
    Consumed,
}

/// What an embedding's output consists of: rows of a table, the operation's first input. Who multiplies them may multiply
/// the table instead.
#[derive(Clone)]
pub(crate) struct Rows<T: Scalar> {
    pub(crate) table: Tensor<T>,
    pub(crate) index: Tensor<i64>,
    /// The row that gets no gradient.
    pub(crate) padding: Option<usize>,
}

/// An input of an operation: where its gradient goes, if anywhere, and what shape it must have.
pub(crate) struct Input<T: Scalar> {
    pub(crate) edge: Option<Edge<T>>,
    pub(crate) shape: Shape,
}

/// A link to one output of a node.
pub(crate) struct Edge<T: Scalar> {
    pub(crate) node: Arc<Node<T>>,
    pub(crate) output: usize,
}

impl<T: Scalar> Clone for Edge<T> {
    fn clone(&self) -> Self {
        Self { node: self.node.clone(), output: self.output }
    }
}

impl<T: Scalar> Node<T> {
    pub(crate) fn leaf(key: Key, name: Option<Arc<str>>, shape: Shape) -> Self {
        let state = State { work: Work::Leaf(key), grads: OutputGradients::new(1) };
        Self { order: Key::new(), op: "leaf", name, shape, state: Mutex::new(state) }
    }

    pub(crate) fn op(op: &'static str, outputs: usize, shape: Shape, inputs: Vec<Input<T>>, rule: Rule<T>) -> Self {
        let state = State { work: Work::Op { rule, inputs, rows: None }, grads: OutputGradients::new(outputs) };
        Self { order: Key::new(), op, name: crate::anomaly::place(), shape, state: Mutex::new(state) }
    }

    /// Says what the operation's output consists of.
    pub(crate) fn tell_rows(&self, of: Rows<T>) {
        if let Work::Op { rows, .. } = &mut self.state().work {
            *rows = Some(Box::new(of));
        }
    }

    /// The rows that the output consists of, and the link to their table, as long as they are known.
    pub(crate) fn rows(&self) -> Option<(Rows<T>, Option<Edge<T>>)> {
        match &self.state().work {
            Work::Op { rows: Some(rows), inputs, .. } => Some(((**rows).clone(), inputs.first()?.edge.clone())),
            _ => None,
        }
    }

    /// The state for this walk. Nothing else holds the lock except another walk through the same graph.
    pub(crate) fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a walk needs: the work, which is consumed unless this is a leaf, and the gradients that arrived.
    pub(crate) fn take(&self) -> (Work<T>, OutputGradients<T>) {
        let mut state = self.state();
        let outputs = state.grads.len();
        let grads = std::mem::replace(&mut state.grads, OutputGradients::new(outputs));
        let work = match state.work {
            Work::Leaf(key) => Work::Leaf(key),
            _ => std::mem::replace(&mut state.work, Work::Consumed),
        };
        (work, grads)
    }

    /// The key, if this is a leaf.
    pub(crate) fn key(&self) -> Option<Key> {
        match self.state().work {
            Work::Leaf(key) => Some(key),
            _ => None,
        }
    }
}

impl<T: Scalar> State<T> {
    /// Adds a gradient to what has arrived for an output; says whether it is the node's first.
    pub(crate) fn receive(&mut self, output: usize, add: impl FnOnce(Option<Tensor<T>>) -> Tensor<T>) -> bool {
        let first = self.grads.is_empty();
        self.grads.update(output, add);
        first
    }
}

impl<T: Scalar> Drop for Node<T> {
    /// Frees a chain of nodes one after the other: dropping them one inside the other would overflow the stack.
    fn drop(&mut self) {
        let mut orphans = Vec::new();
        take_inputs(self.state.get_mut().unwrap_or_else(PoisonError::into_inner), &mut orphans);
        while let Some(node) = orphans.pop() {
            if let Some(mut node) = Arc::into_inner(node) {
                take_inputs(node.state.get_mut().unwrap_or_else(PoisonError::into_inner), &mut orphans);
            }
        }
    }
}

fn take_inputs<T: Scalar>(state: &mut State<T>, into: &mut Vec<Arc<Node<T>>>) {
    if let Work::Op { inputs, .. } = &mut state.work {
        into.extend(inputs.drain(..).filter_map(|input| Some(input.edge?.node)));
    }
}
