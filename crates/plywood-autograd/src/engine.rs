//! The walk from a loss back to the leaves.
//!
//! Nodes wait in a heap, the one made last on top, so each is reached after everything that uses it. The walk is a
//! loop, not a recursion: a chain of 100,000 operations takes no more stack than one.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use plywood_kernels::accumulate;
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::anomaly;
use crate::gradients::Gradients;
use crate::node::{Edge, Input, Node, Work};

/// Carries `seed`, the gradient of `root`, back to the leaves.
pub(crate) fn backward<T: Scalar>(root: &Edge<T>, seed: Tensor<T>) -> Result<Gradients<T>> {
    let mut gradients = Gradients::new();
    let mut waiting = BinaryHeap::new();
    root.node.state().receive(root.output, |_| seed);
    waiting.push(Waiting(root.node.clone()));
    while let Some(Waiting(node)) = waiting.pop() {
        let (work, mut grads) = node.take();
        match work {
            Work::Leaf(key) => gradients.add(key, grads.take(0).expect("a node waits once a gradient has arrived")),
            Work::Op { rule, inputs, .. } => {
                let mut sink =
                    Sink { op: node.op, place: node.name.as_deref(), inputs: &inputs, waiting: &mut waiting };
                rule(&mut grads, &mut sink)?;
            }
            Work::Consumed => {
                let message = format!(
                    "the graph behind '{}' has been used by an earlier backward, which frees it as it goes; \
                     run the forward pass again",
                    node.op
                );
                return Err(Error::state("backward", message));
            }
        }
    }
    Ok(gradients)
}

/// A node to which gradients have come, ordered by when it was made.
struct Waiting<T: Scalar>(Arc<Node<T>>);

impl<T: Scalar> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.order.cmp(&other.0.order)
    }
}

impl<T: Scalar> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Scalar> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.order == other.0.order
    }
}

impl<T: Scalar> Eq for Waiting<T> {}

/// Where a rule puts the gradients of its operation's inputs, by their position.
///
/// A rule asks [`wants`](Sink::wants) before it computes something that only one input needs; [`add`](Sink::add) and
/// [`write`](Sink::write) ask by themselves.
pub struct Sink<'a, T: Scalar> {
    op: &'static str,
    place: Option<&'a str>,
    inputs: &'a [Input<T>],
    waiting: &'a mut BinaryHeap<Waiting<T>>,
}

impl<T: Scalar> Sink<'_, T> {
    /// Whether the gradient of input `i` is of use to anyone.
    pub fn wants(&self, i: usize) -> bool {
        self.inputs[i].edge.is_some()
    }

    /// The shape of input `i`, which its gradient has too.
    pub fn shape(&self, i: usize) -> &Shape {
        &self.inputs[i].shape
    }

    /// Adds a gradient of input `i`, computed only if it is wanted.
    ///
    /// # Errors
    /// If `gradient` fails, or has another shape than the input: a mistake in the rule.
    pub fn add(&mut self, i: usize, gradient: impl FnOnce() -> Result<Tensor<T>>) -> Result<()> {
        if !self.wants(i) {
            return Ok(());
        }
        let gradient = gradient()?;
        if gradient.shape() != self.shape(i) {
            let what = format!("gradient of input {i}");
            return Err(Error::shape(self.op, what, self.shape(i), gradient.shape()));
        }
        self.receive(i, |old| match old {
            None => gradient,
            Some(old) => sum(old, gradient),
        })
    }

    /// Lets a kernel write the gradient of input `i`, if it is wanted: into fresh memory with `false` (every value
    /// must be set), or on top of what has arrived already with `true` (values must be added).
    ///
    /// # Errors
    /// Only where anomalies are looked for and the gradient is one.
    pub fn write(&mut self, i: usize, kernel: impl FnOnce(&mut [T], bool)) -> Result<()> {
        if !self.wants(i) {
            return Ok(());
        }
        let shape = self.inputs[i].shape;
        self.receive(i, |old| match old {
            Some(mut old) if old.is_unique() => {
                kernel(old.make_mut(), true);
                old
            }
            Some(old) => sum(old, Tensor::build(shape, |out| kernel(out, false))),
            None => Tensor::build(shape, |out| kernel(out, false)),
        })
    }

    /// Lets a kernel that computes other gradients too write that of input `i` into fresh memory, or leave it out if it isn't
    /// wanted.
    pub(crate) fn write_fresh(&mut self, i: usize, kernel: impl FnOnce(Option<&mut [T]>)) -> Result<()> {
        if !self.wants(i) {
            kernel(None);
            return Ok(());
        }
        let gradient = Tensor::build(*self.shape(i), |out| kernel(Some(out)));
        self.add(i, || Ok(gradient))
    }

    fn receive(&mut self, i: usize, add: impl FnOnce(Option<Tensor<T>>) -> Tensor<T>) -> Result<()> {
        let edge = self.inputs[i].edge.as_ref().expect("asked whether it is wanted");
        let mut state = edge.node.state();
        let first = state.receive(edge.output, add);
        let gradient = state.grads.get(edge.output).expect("just received");
        anomaly::check_backward(self.op, self.place, i, gradient)?;
        drop(state);
        if first {
            self.waiting.push(Waiting(edge.node.clone()));
        }
        Ok(())
    }
}

/// The sum of two gradients of one shape, in the memory of one of them where nobody else needs it.
pub(crate) fn sum<T: Scalar>(a: Tensor<T>, b: Tensor<T>) -> Tensor<T> {
    let (mut into, from) = if a.is_unique() && a.is_contiguous() { (a, b) } else { (b, a) };
    accumulate::add(into.make_mut(), &from.contiguous());
    into
}

/// The gradients of an operation's outputs; those of outputs that the loss doesn't depend on are absent.
pub struct OutputGradients<T: Scalar>(Few<Option<Tensor<T>>>);

/// One of almost always, several for operations such as a recurrent layer.
enum Few<X> {
    One(X),
    Many(Vec<X>),
}

impl<T: Scalar> OutputGradients<T> {
    pub(crate) fn new(outputs: usize) -> Self {
        Self(if outputs == 1 { Few::One(None) } else { Few::Many(vec![None; outputs]) })
    }

    fn slots(&self) -> &[Option<Tensor<T>>] {
        match &self.0 {
            Few::One(x) => std::slice::from_ref(x),
            Few::Many(xs) => xs,
        }
    }

    fn slots_mut(&mut self) -> &mut [Option<Tensor<T>>] {
        match &mut self.0 {
            Few::One(x) => std::slice::from_mut(x),
            Few::Many(xs) => xs,
        }
    }

    /// The number of outputs.
    #[allow(clippy::len_without_is_empty, reason = "an operation has at least one output")]
    pub fn len(&self) -> usize {
        self.slots().len()
    }

    /// The gradient of an output, if the loss depends on it.
    pub fn get(&self, output: usize) -> Option<&Tensor<T>> {
        self.slots()[output].as_ref()
    }

    /// The gradient of an output, handed over: its memory can be used again.
    pub fn take(&mut self, output: usize) -> Option<Tensor<T>> {
        self.slots_mut()[output].take()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots().iter().all(Option::is_none)
    }

    pub(crate) fn update(&mut self, output: usize, add: impl FnOnce(Option<Tensor<T>>) -> Tensor<T>) {
        let slot = &mut self.slots_mut()[output];
        *slot = Some(add(slot.take()));
    }
}
