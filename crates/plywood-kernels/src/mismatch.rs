//! What is wrong with an operation's shapes or settings.

use std::fmt;

/// A shape or a setting that an operation can't work with: returned by the `Dims` constructors of this crate, which
/// check everything once, so that the kernels themselves only assert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which part of the input is wrong, e.g. `input channels (dimension 1)`.
    pub what: String,
    /// What would have been right, e.g. `3, since weight is [8, 3, 5, 5]`.
    pub expected: String,
    /// What came instead.
    pub got: String,
}

impl Mismatch {
    /// A mismatch of `what`.
    pub fn new(what: impl Into<String>, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.what, self.expected, self.got)
    }
}

impl std::error::Error for Mismatch {}
