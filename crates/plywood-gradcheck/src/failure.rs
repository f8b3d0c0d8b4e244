//! What a failed check says.

use std::fmt;

use plywood_autograd::Tensor;

/// Which check failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The function, or the backward pass through it, returned an error.
    Function,
    /// A value or a gradient is NaN or infinite.
    NotFinite,
    /// A second run with the same inputs gave something else.
    Nondeterministic,
    /// The values differ between a run that records the graph and one that doesn't.
    Recording,
    /// The gradient isn't proportional to the gradient that comes in: the rule ignores or misuses it.
    IncomingIgnored,
    /// The analytical gradient isn't the derivative.
    Wrong,
    /// The gradient replaces, or is not added to, one that an input has from elsewhere.
    NotAdded,
    /// The result is wrong for an input that is a view with its values scattered in memory.
    View,
    /// The gradient is wrong when the incoming gradient is a view.
    IncomingView,
}

/// A failed check: which one, where, and the numbers.
///
/// In a `proptest!` block `?` turns it into a failed case, which is then shrunk.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    inputs: Vec<String>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), inputs: Vec::new() }
    }

    /// Which check failed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// With the inputs' shapes and values, under these names.
    pub(crate) fn with_inputs(mut self, names: &[String], inputs: &[Tensor<f64>]) -> Self {
        let describe = |(name, x): (&String, &Tensor<f64>)| format!("{name} {}: {}", x.shape(), Numbers(&x.values()));
        self.inputs = names.iter().zip(inputs).map(describe).collect();
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.inputs.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl std::error::Error for Failure {}

/// Numbers in brackets, the first of them if there are many.
struct Numbers<'a>(&'a [f64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(f64::to_string).collect();
        let rest = if self.0.len() > SHOWN { format!(", … {} more", self.0.len() - SHOWN) } else { String::new() };
        write!(f, "[{}{rest}]", shown.join(", "))
    }
}

/// The index of the value at position `flat`, in row-major order, as text: `[1, 0, 2]`.
pub(crate) fn index(x: &Tensor<f64>, flat: usize) -> String {
    let mut rest = flat;
    let mut index = vec![0; x.rank()];
    for (i, &extent) in index.iter_mut().zip(&**x.shape()).rev() {
        *i = rest % extent;
        rest /= extent;
    }
    format!("{index:?}")
}
