//! How a case can end.

/// Why a case didn't pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The operation, or an argument of it, isn't known here.
    Unsupported(String),
    /// It ran and is wrong, or refused to run: a sentence with expected, got and the error.
    Failed(String),
}

/// A case that can't be run, and what is missing.
pub fn unsupported(what: impl Into<String>) -> Stop {
    Stop::Unsupported(what.into())
}

/// A case that is wrong, and how.
pub fn failed(what: impl Into<String>) -> Stop {
    Stop::Failed(what.into())
}

/// The greatest error of what has been compared so far, and where it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worst {
    /// |got − expected| / max(1, |expected|): absolute near zero, relative elsewhere.
    pub error: f64,
    /// The error as a share of what the tolerance allows; over 1 fails.
    pub share: f64,
    /// The value with that error, e.g. `grad/input[1, 2]`.
    pub place: String,
}

impl Worst {
    /// Keeps the worse of two, by their share of the tolerance.
    pub fn worse(self, other: Self) -> Self {
        if other.share > self.share { other } else { self }
    }
}
