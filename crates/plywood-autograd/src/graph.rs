//! The graph behind a value, as data for drawing it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use plywood_tensor::{Scalar, Shape};

use crate::node::{Edge, Key, Node, Work};

/// The operations and leaves behind a value, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The nodes; an operation comes after its inputs.
    pub nodes: Vec<GraphNode>,
}

/// An operation or a leaf.
#[derive(Clone, Debug)]
pub struct GraphNode {
    /// The operation's name, or `leaf`.
    pub op: &'static str,
    /// The name of a leaf that has one; of an operation its place in the model, where anomalies were looked for.
    pub name: Option<String>,
    /// The shape of its (first) output.
    pub shape: Shape,
    /// The positions of its inputs among the nodes. Constants have none.
    pub inputs: Vec<usize>,
}

pub(crate) fn collect<T: Scalar>(root: Option<&Edge<T>>) -> Graph {
    let mut found: BTreeMap<Key, Arc<Node<T>>> = BTreeMap::new();
    let mut stack: Vec<_> = root.into_iter().map(|edge| edge.node.clone()).collect();
    while let Some(node) = stack.pop() {
        if found.insert(node.order, node.clone()).is_none() {
            stack.extend(inputs(&node));
        }
    }
    let place: BTreeMap<Key, usize> = found.keys().enumerate().map(|(i, &key)| (key, i)).collect();
    let nodes = found.values().map(|node| GraphNode {
        op: node.op,
        name: node.name.as_deref().map(str::to_owned),
        shape: node.shape,
        inputs: inputs(node).iter().map(|input| place[&input.order]).collect(),
    });
    Graph { nodes: nodes.collect() }
}

fn inputs<T: Scalar>(node: &Node<T>) -> Vec<Arc<Node<T>>> {
    match &node.state().work {
        Work::Op { inputs, .. } => inputs.iter().filter_map(|i| Some(i.edge.as_ref()?.node.clone())).collect(),
        _ => Vec::new(),
    }
}

impl Graph {
    /// The graph in Graphviz' language: leaves as boxes, operations as ellipses, each with its shape.
    ///
    /// ```
    /// use plywood_autograd::Var;
    /// use plywood_tensor::Tensor;
    /// let x = Var::named_leaf("x", Tensor::<f32>::zeros([2, 3]));
    /// let dot = x.flatten(0)?.graph().to_dot();
    /// assert!(dot.contains("x\\n[2, 3]") && dot.contains("n0 -> n1"));
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
        for (i, node) in self.nodes.iter().enumerate() {
            let shape = if node.op == "leaf" { "box" } else { "ellipse" };
            let label = match &node.name {
                Some(name) if node.op == "leaf" => name.clone(),
                Some(place) => format!("{place}: {}", node.op),
                None => node.op.to_owned(),
            };
            let label = label.replace('\\', "\\\\").replace('"', "\\\"");
            // Writing to a String can't fail.
            let _ = writeln!(dot, "  n{i} [shape={shape}, label=\"{label}\\n{}\"];", node.shape);
            for input in &node.inputs {
                let _ = writeln!(dot, "  n{input} -> n{i};");
            }
        }
        dot.push_str("}\n");
        dot
    }
}

impl fmt::Display for Graph {
    /// In Graphviz' language, as [`to_dot`](Graph::to_dot).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_dot())
    }
}
