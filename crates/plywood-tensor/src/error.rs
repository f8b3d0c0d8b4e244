//! The one error type of the workspace: what was expected, what came, and where.

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

use plywood_kernels::Mismatch;

use crate::Shape;

/// A `Result` with Plywood's [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done, as a sentence for a person and as data for a program.
///
/// All crates of the workspace return this type, so that `?` works from a data file to an optimizer step. `{:?}` is the
/// sentence too, for that is what a `main` that returns an error prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Shapes that don't fit an operation or each other.
    #[error("{op}: {what}: expected {expected}, got {got}{shapes}")]
    Shape {
        /// The operation, by its PyTorch name.
        op: &'static str,
        /// The dimension or extent that is wrong.
        what: String,
        /// What would have been right.
        expected: String,
        /// What came instead.
        got: String,
        /// The shapes of the operands, in parentheses; empty where `got` says it all.
        shapes: String,
    },
    /// A number, option or label outside what is allowed.
    #[error("{op}: {what}: expected {expected}, got {got}")]
    Value {
        /// Who was given the value.
        op: &'static str,
        /// Which value is wrong.
        what: String,
        /// What would have been right.
        expected: String,
        /// What came instead.
        got: String,
    },
    /// The system refused to read or write a file.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// What was being done, e.g. `open`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file whose contents aren't what its format demands.
    #[error("{}: {what}: expected {expected}, got {got}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Which part of it is wrong, with a row, key or offset where there is one.
        what: String,
        /// What would have been right.
        expected: String,
        /// What came instead.
        got: String,
    },
    /// Something that can't be done in the present state, e.g. a second backward through one graph.
    #[error("{op}: {message}")]
    State {
        /// What was asked for.
        op: &'static str,
        /// Why it can't be done, and what to do instead.
        message: String,
    },
    /// Another error, with the place where it happened: a layer's path, a data set's index.
    #[error("{place}: {source}")]
    At {
        /// Where it happened.
        place: String,
        /// What happened.
        source: Box<Error>,
    },
    /// An error of code outside Plywood: a user's data set, a decoder.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A shape error of `op`.
    pub fn shape(op: &'static str, what: impl Into<String>, expected: impl Display, got: impl Display) -> Self {
        let (expected, got) = (expected.to_string(), got.to_string());
        Self::Shape { op, what: what.into(), expected, got, shapes: String::new() }
    }

    /// A shape error from a check of the kernels, with the operands' names and shapes.
    pub fn mismatch(op: &'static str, mismatch: Mismatch, operands: &[(&str, &Shape)]) -> Self {
        let shapes: Vec<_> = operands.iter().map(|(name, shape)| format!("{name} {shape}")).collect();
        Self::shape(op, mismatch.what, mismatch.expected, mismatch.got).with_shapes(shapes.join(", "))
    }

    /// The same error with the operands' shapes; an error of another kind stays as it is.
    pub fn with_shapes(mut self, operands: impl Display) -> Self {
        if let Self::Shape { shapes, .. } = &mut self {
            *shapes = format!(" ({operands})");
        }
        self
    }

    /// A value outside what `op` allows.
    pub fn value(op: &'static str, what: impl Into<String>, expected: impl Display, got: impl Display) -> Self {
        Self::Value { op, what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }

    /// The system's refusal to do something with a file.
    pub fn io(doing: &'static str, path: impl AsRef<Path>, source: io::Error) -> Self {
        Self::Io { doing, path: path.as_ref().into(), source }
    }

    /// Contents of a file that aren't what they should be.
    pub fn format(path: impl AsRef<Path>, what: impl Into<String>, expected: impl Display, got: impl Display) -> Self {
        let path = path.as_ref().into();
        Self::Format { path, what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }

    /// Something that can't be done now.
    pub fn state(op: &'static str, message: impl Into<String>) -> Self {
        Self::State { op, message: message.into() }
    }

    /// An error of code outside Plywood.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The same error with the place where it happened; places nest outermost first, joined by dots.
    pub fn at(self, place: impl Into<String>) -> Self {
        let outer = place.into();
        match self {
            Self::At { place, source } => Self::At { place: format!("{outer}.{place}"), source },
            error => Self::At { place: outer, source: Box::new(error) },
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_fails_prints_a_sentence() {
        let error = Error::value("Adam", "lr", "a number above 0", f64::NAN).at("trainer");
        assert_eq!(format!("{error:?}"), "trainer: Adam: lr: expected a number above 0, got NaN");
    }

    #[test]
    fn places_nest_outermost_first() {
        let error = Error::value("sgd", "learning rate", "a number of at least 0", f64::NAN).at("conv1").at("features");
        assert_eq!(error.to_string(), "features.conv1: sgd: learning rate: expected a number of at least 0, got NaN");
    }
}
