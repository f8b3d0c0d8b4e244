//! A tensor that remembers how it was made.

use std::fmt;
use std::sync::Arc;

use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::engine::{self, OutputGradients, Sink};
use crate::gradients::Gradients;
use crate::node::{Edge, Input, Key, Node, Rows};
use crate::{anomaly, graph};

/// A tensor and, where gradients are wanted, a link to the operation that made it. Cheap to clone.
///
/// A constant (`Var::from(tensor)`) has no link, and neither has what is computed from constants alone: such a
/// computation records nothing.
#[derive(Clone)]
pub struct Var<T: Scalar = f32> {
    value: Tensor<T>,
    edge: Option<Edge<T>>,
}

impl<T: Scalar> Var<T> {
    /// A leaf: a value whose gradient is wanted.
    pub fn leaf(value: Tensor<T>) -> Self {
        Self::leaf_of(Key::new(), None, value)
    }

    /// A leaf with a name, which a drawing of the graph shows.
    pub fn named_leaf(name: &str, value: Tensor<T>) -> Self {
        Self::leaf_of(Key::new(), Some(name.into()), value)
    }

    /// A leaf with a given identity: gradients of all leaves with one key are added up. For parameters, which are used
    /// in many graphs.
    pub fn leaf_of(key: Key, name: Option<Arc<str>>, value: Tensor<T>) -> Self {
        let node = Arc::new(Node::leaf(key, name, *value.shape()));
        Self { value, edge: Some(Edge { node, output: 0 }) }
    }

    /// The result of an operation with one output: how every operation of this crate, and any of a user's, is made.
    ///
    /// `rule` is called only if some input is linked to a leaf. From the output it makes the closure that turns the
    /// output's gradient into the inputs' gradients; what that closure owns is what the operation saves. It should
    /// own tensors, not `Var`s, which would keep the graph behind them alive.
    ///
    /// ```
    /// use plywood_autograd::{Result, Var};
    ///
    /// /// x³, elementwise.
    /// fn cube(x: &Var) -> Var {
    ///     let value = x.value().map(|x| x * x * x);
    ///     Var::op("cube", &[x], value, |_| {
    ///         let x = x.value().clone();
    ///         move |dy, sink| sink.add(0, || x.zip_map(dy, |x, dy| 3.0 * x * x * dy))
    ///     })
    /// }
    ///
    /// let x = Var::leaf(2.0.into());
    /// let grads = cube(&x).backward()?;
    /// assert_eq!(grads.of(&x)?.item()?, 12.0);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    #[inline]
    pub fn op<R>(op: &'static str, inputs: &[&Self], value: Tensor<T>, rule: impl FnOnce(&Tensor<T>) -> R) -> Self
    where
        R: FnOnce(&Tensor<T>, &mut Sink<'_, T>) -> Result<()> + Send + 'static,
    {
        anomaly::check_forward(op, &value);
        if inputs.iter().all(|x| x.edge.is_none()) {
            return Self { value, edge: None };
        }
        let rule = rule(&value);
        let rule = Box::new(move |grads: &mut OutputGradients<T>, sink: &mut Sink<'_, T>| {
            let gradient = grads.take(0).expect("a node is reached once a gradient has arrived");
            rule(&gradient, sink)
        });
        let node = Arc::new(Node::op(op, 1, *value.shape(), linked(inputs), rule));
        Self { value, edge: Some(Edge { node, output: 0 }) }
    }

    /// The results of an operation with several outputs. The gradients of those that the loss doesn't depend on are
    /// absent when the rule is called.
    pub fn op_many<R, const N: usize>(
        op: &'static str,
        inputs: &[&Self],
        values: [Tensor<T>; N],
        rule: impl FnOnce(&[Tensor<T>; N]) -> R,
    ) -> [Self; N]
    where
        R: FnOnce(&mut OutputGradients<T>, &mut Sink<'_, T>) -> Result<()> + Send + 'static,
    {
        values.iter().for_each(|value| anomaly::check_forward(op, value));
        if inputs.iter().all(|x| x.edge.is_none()) {
            return values.map(|value| Self { value, edge: None });
        }
        let rule = Box::new(rule(&values));
        let node = Arc::new(Node::op(op, N, *values[0].shape(), linked(inputs), rule));
        let mut output = 0..;
        values.map(|value| {
            let output = output.next().expect("endless");
            Self { value, edge: Some(Edge { node: node.clone(), output }) }
        })
    }

    /// This value, said to consist of rows of a table that was its operation's input.
    pub(crate) fn of_rows(self, rows: impl FnOnce() -> Rows<T>) -> Self {
        if let Some(edge) = &self.edge {
            edge.node.tell_rows(rows());
        }
        self
    }

    /// The table and the rows that this value consists of, if a gradient flows to the table.
    pub(crate) fn rows(&self) -> Option<(Self, Rows<T>)> {
        let (rows, edge) = self.edge.as_ref()?.node.rows()?;
        Some((Self { value: rows.table.clone(), edge }, rows))
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// The value, handed over.
    pub fn into_value(self) -> Tensor<T> {
        self.value
    }

    /// The extents of the value.
    #[inline]
    pub fn shape(&self) -> &Shape {
        self.value.shape()
    }

    /// The only number of a value that has one.
    ///
    /// # Errors
    /// If it has another number of them.
    pub fn item(&self) -> Result<T> {
        self.value.item()
    }

    /// Whether a gradient flows through this value.
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.edge.is_some()
    }

    /// The same value, cut off from the graph: no gradient flows back through it.
    pub fn detach(&self) -> Self {
        Self { value: self.value.clone(), edge: None }
    }

    /// The key by which [`Gradients`] know this leaf; `None` for anything else.
    pub fn key(&self) -> Option<Key> {
        self.edge.as_ref()?.node.key()
    }

    /// The operation that made this value (`leaf` if none did) and the name of a leaf; `None` for a constant.
    pub(crate) fn origin(&self) -> Option<(&'static str, Option<&str>)> {
        self.edge.as_ref().map(|edge| (edge.node.op, edge.node.name.as_deref()))
    }

    /// The gradients of this value, a single number, with respect to all leaves behind it.
    ///
    /// The graph is used up, and what its operations saved is freed as the walk goes.
    ///
    /// # Errors
    /// If this has more than one number (use [`backward_with`](Self::backward_with)), if no leaf stands behind it, or
    /// if part of the graph has been used up by an earlier backward pass.
    pub fn backward(&self) -> Result<Gradients<T>> {
        if self.value.elements() != 1 {
            return Err(Error::shape(
                "backward",
                "number of values",
                "1, or a seed gradient (backward_with)",
                self.shape(),
            ));
        }
        self.backward_with(Tensor::ones(self.shape()))
    }

    /// The gradients of the sum of `self · seed` with respect to all leaves behind this value.
    ///
    /// # Errors
    /// As [`backward`](Self::backward), or if the seed's shape differs from the value's.
    pub fn backward_with(&self, seed: Tensor<T>) -> Result<Gradients<T>> {
        if seed.shape() != self.shape() {
            return Err(Error::shape("backward_with", "shape of the seed", self.shape(), seed.shape()));
        }
        let edge = self.edge.as_ref().ok_or_else(|| {
            let message = "no leaf stands behind this value: it was computed in evaluation mode, \
                           from constants alone, or cut off by detach";
            Error::state("backward", message)
        })?;
        engine::backward(edge, seed)
    }

    /// The operations and leaves behind this value, for drawing.
    pub fn graph(&self) -> graph::Graph {
        graph::collect(self.edge.as_ref())
    }
}

fn linked<T: Scalar>(inputs: &[&Var<T>]) -> Vec<Input<T>> {
    inputs.iter().map(|x| Input { edge: x.edge.clone(), shape: *x.shape() }).collect()
}

impl<T: Scalar> From<Tensor<T>> for Var<T> {
    /// A constant.
    fn from(value: Tensor<T>) -> Self {
        Self { value, edge: None }
    }
}

impl<T: Scalar> From<&Tensor<T>> for Var<T> {
    /// A constant.
    fn from(value: &Tensor<T>) -> Self {
        value.clone().into()
    }
}

impl<T: Scalar> fmt::Debug for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made_by = self.edge.as_ref().map_or("constant", |edge| edge.node.op);
        write!(f, "{:?} from {made_by}", self.value)
    }
}
