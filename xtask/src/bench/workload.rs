//! What is measured: a named call, prepared once and repeated.

use plywood_tensor::Result;

/// The repeated call: one product, one training step.
pub type Call = Box<dyn FnMut() -> Result<()>>;

/// What one call can't do without, to set against what the machine can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Floating-point operations of its products and convolutions, a multiply-add counting as two.
    Flops(f64),
    /// Bytes that must move: every operand read once, every result written once.
    Bytes(f64),
    /// Too little of both to matter: what is measured is overhead.
    Overhead,
}

/// A workload, by the name that it has on all sides of a comparison.
pub struct Workload {
    /// The name, e.g. `conv2d/res64/forward`.
    pub name: String,
    /// Calls that are timed together, because one is too short for the clock.
    pub inner: usize,
    /// What one call can't do without.
    pub work: Work,
    prepare: Box<dyn Fn() -> Result<Call>>,
}

impl Workload {
    /// A workload whose data `prepare` makes before it returns the call.
    pub fn new<C>(name: impl Into<String>, work: Work, prepare: impl Fn() -> Result<C> + 'static) -> Self
    where
        C: FnMut() -> Result<()> + 'static,
    {
        Self { name: name.into(), inner: 1, work, prepare: Box::new(move || Ok(Box::new(prepare()?))) }
    }

    /// The same workload with `inner` calls timed together.
    pub fn repeated(self, inner: usize) -> Self {
        Self { inner: inner.max(1), ..self }
    }

    /// Makes the data and the call.
    pub fn prepare(&self) -> Result<Call> {
        (self.prepare)()
    }
}
