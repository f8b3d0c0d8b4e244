//! The value of a hyper-parameter.

use std::fmt;

/// A number, a name or a switch.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A number.
    Number(f64),
    /// A choice by name.
    Text(String),
    /// A switch.
    Flag(bool),
}

impl From<f64> for Setting {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Setting {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<bool> for Setting {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) if x.fract() == 0.0 && x.abs() < 1e9 => write!(f, "{x}"),
            Self::Number(x) => f.write_str(&crate::progress::figure(*x)),
            Self::Text(x) => f.write_str(x),
            Self::Flag(x) => write!(f, "{x}"),
        }
    }
}
