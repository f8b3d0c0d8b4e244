//! Which differentiable operations there are, and whether each has a property test of its gradient and a conformance
//! case.
//!
//! Read from the sources themselves, so that an operation can't be forgotten: an operation is a public function of
//! `plywood-autograd/src/ops/` that has to do with `Var`s. What PyTorch can't be asked, or what has no gradient, stands
//! in [`EXCUSED`] with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{Result, workspace_root};

/// What an operation may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A property test of its gradient in `crates/plywood-autograd/tests/`.
    Property,
    /// A conformance case that runs it.
    Case,
}

/// Operations that lack a proof, and why.
pub const EXCUSED: &[(&str, Proof, &str)] = &[
    ("mul_scalar", Proof::Case, "half of an operator; `mul` has cases"),
    ("div_scalar", Proof::Case, "half of an operator; `div` has cases"),
    ("rdiv_scalar", Proof::Case, "half of an operator; `div` has cases"),
    ("unary", Proof::Case, "takes any row of the table, each of which has cases"),
    ("binary", Proof::Case, "takes any row of the table, each of which has cases"),
    ("binary", Proof::Property, "takes any row of the table, each of which has a property"),
    (
        "batch_norm_relu",
        Proof::Case,
        "`batch_norm`, which has cases, then `relu`, in one pass; a test holds them equal",
    ),
    ("batch_norm_relu_eval", Proof::Case, "as `batch_norm_relu`"),
    ("batch_norm_add_relu", Proof::Case, "as `batch_norm_relu`; residual networks' cases run it too"),
    ("batch_norm_add_relu_eval", Proof::Case, "as `batch_norm_relu`"),
    ("dropout", Proof::Case, "random: no two libraries drop the same values"),
    ("dropout2d", Proof::Case, "random: no two libraries drop the same values"),
    ("alpha_dropout", Proof::Case, "random: no two libraries drop the same values"),
    ("split", Proof::Case, "several narrow views, which have cases"),
    ("chunk", Proof::Case, "several narrow views, which have cases"),
    ("unbind", Proof::Case, "several selected views, which have cases"),
];

/// What PyTorch calls an operation, and so its cases, where that differs from the method's name.
const PYTORCH_NAMES: &[(&str, &str)] = &[
    ("amax", "max"),
    ("amin", "min"),
    ("batch_norm_eval", "batch_norm"),
    ("binary_cross_entropy_with_logits_weighted", "binary_cross_entropy_with_logits"),
    ("cross_entropy_with", "cross_entropy"),
    ("gelu_tanh", "gelu"),
    ("log_sigmoid", "logsigmoid"),
    ("mean_dim", "mean"),
    ("nll_loss_with", "nll_loss"),
    ("scaled_dot_product_attention_with_weights", "scaled_dot_product_attention"),
    ("sum_dim", "sum"),
    ("triplet_margin_loss_with", "triplet_margin_loss"),
    ("where_", "where"),
];

/// What each operation lacks and nothing excuses, a sentence each; and excuses that are no longer needed.
///
/// `recorded` names the operations that the conformance cases run.
pub fn gaps(recorded: &BTreeSet<String>) -> Result<Vec<String>> {
    let (ops, tests) = (sources("crates/plywood-autograd/src/ops")?, sources("crates/plywood-autograd/tests")?);
    let mut all = operations(&ops);
    all.extend(plywood_autograd::UNARY.iter().map(|name| name.to_string()));
    let mut gaps = vec![];
    for name in &all {
        let pytorch = PYTORCH_NAMES.iter().find(|(ours, _)| ours == name).map_or(name.as_str(), |(_, theirs)| theirs);
        let has_case = recorded.contains(name) || recorded.contains(pytorch);
        // The table's own test goes through all rows.
        let has_property = plywood_autograd::UNARY.contains(&name.as_str()) || calls(&tests, name);
        for (has, proof, what) in
            [(has_property, Proof::Property, "gradient property test"), (has_case, Proof::Case, "conformance case")]
        {
            let excused = EXCUSED.iter().any(|&(excused, lacks, _)| excused == name && lacks == proof);
            match (has, excused) {
                (false, false) => gaps.push(format!("{name} has no {what}")),
                (true, true) => gaps.push(format!("{name} has a {what} and needs no excuse")),
                _ => {}
            }
        }
    }
    let gone = EXCUSED.iter().filter(|(name, ..)| !all.contains(*name));
    gaps.extend(gone.map(|(name, ..)| format!("{name} is excused, but there is no such operation")));
    Ok(gaps)
}

/// The public operations in Rust source text: methods of `Var`, and functions that take or return one.
pub fn operations(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut of_var = false;
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    for (start, line) in lines(source) {
        if line.starts_with("impl") {
            of_var = line.contains("Var<T>");
        }
        let Some(rest) = line.trim_start().strip_prefix("pub fn ") else { continue };
        let name: String = rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect();
        if name.is_empty() {
            continue; // a macro's placeholder; the rows of the table have a list of their own
        }
        let signature = source[start..].split('{').next().unwrap_or_default();
        let method = line.starts_with(' ');
        if (method && of_var) || (!method && signature.contains("Var<T>")) {
            found.insert(name);
        }
    }
    found
}

fn lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// Whether source text calls `name`, or names it as a path (`Var::relu`).
pub fn calls(source: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    source.match_indices(name).any(|(at, _)| {
        let (before, after) = (&source[..at], &source[at + name.len()..]);
        let path = before.ends_with("::") && !after.starts_with(word);
        let call = !before.ends_with(word) && (after.starts_with('(') || after.starts_with("::<"));
        path || call
    })
}

/// The text of all Rust files in a folder of the workspace and below it.
pub fn sources(folder: &str) -> Result<String> {
    let mut text = String::new();
    read(&workspace_root().join(folder), &mut text)?;
    Ok(text)
}

fn read(folder: &Path, text: &mut String) -> Result {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, text)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path)?);
            text.push('\n');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
impl<T: Scalar> Var<T> {
    /// Documentation.
    pub fn relu(&self) -> Self {
        body()
    }
    fn helper(&self) {}
}
impl Options {
    pub fn wide(self) -> Self {}
}
pub fn cat<T: Scalar>(
    parts: &[Var<T>],
) -> Result<Var<T>> {
    relu_many(x).tanh(); Var::softmax
}
pub fn padding(n: usize) -> usize {}
#[cfg(test)]
mod tests {
    pub fn hidden(x: &Var<T>) {}
}
";

    #[test]
    fn operations_are_methods_of_var_and_functions_on_it() {
        assert_eq!(operations(SOURCE).into_iter().collect::<Vec<_>>(), ["cat", "relu"]);
    }

    #[test]
    fn a_call_is_a_whole_word() {
        assert!(calls(SOURCE, "tanh") && calls(SOURCE, "softmax") && calls(SOURCE, "relu_many"));
        assert!(!calls(SOURCE, "soft") && !calls(SOURCE, "many") && !calls(SOURCE, "max"));
    }
}
