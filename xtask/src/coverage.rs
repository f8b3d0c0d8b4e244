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
    /// A conformance case whose graph holds the operation, or whose runner calls it.
    Case,
}

/// Operations that lack a proof, and why.
pub const EXCUSED: &[(&str, Proof, &str)] = &[];

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
