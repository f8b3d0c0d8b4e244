//! The computation graph behind a value, beside the [`summary`](crate::summary()) of the model that computed it.

use plywood_autograd::{Graph, Scalar, Var};

/// The operations and leaves behind a value with their shapes, as [`Var::graph`] gives them. Its text is in Graphviz'
/// language (`dot -Tsvg`), leaves as boxes and operations as ellipses.
///
/// Only what gradients flow through is there: a constant input isn't drawn, nor is anything in evaluation mode, and a
/// backward pass uses the graph up. Parameters show their names once something has looked through the model, such as an
/// optimizer.
///
/// ```
/// use plywood_nn::{Tensor, Var, graph};
///
/// let leaf = |name: &str, value: f32| Var::named_leaf(name, Tensor::scalar(value));
/// let (w, x, b) = (leaf("w", -2.0), leaf("x", 5.0), leaf("b", 3.0));
/// let f = &(&w * &x) + &b;
/// let dot = graph(&f).to_string();
/// for line in ["n0 [shape=box, label=\"w\\n[]\"];", "n3 [shape=ellipse, label=\"mul\\n[]\"];", "n3 -> n4;"] {
///     assert!(dot.contains(line), "{line} in {dot}");
/// }
/// ```
pub fn graph<T: Scalar>(output: &Var<T>) -> Graph {
    output.graph()
}
