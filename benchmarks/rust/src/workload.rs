//! A workload: a name, and what prepares the call that is repeated.

/// What stops a workload: a sentence for the terminal.
pub type Error = Box<dyn std::error::Error>;

/// What a workload returns.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// The repeated call.
pub type Call = Box<dyn FnMut() -> Result>;

/// A workload under the name that it has on all sides of a comparison.
pub struct Workload {
    /// The name, e.g. `conv2d/res64/forward`.
    pub name: String,
    /// Calls that are timed together, because one is too short for the clock.
    pub inner: usize,
    /// Makes the data and the call.
    pub prepare: Box<dyn Fn() -> Result<Call>>,
}

impl Workload {
    /// A workload whose data `prepare` makes before it returns the call.
    pub fn new<C>(name: impl Into<String>, prepare: impl Fn() -> Result<C> + 'static) -> Self
    where
        C: FnMut() -> Result + 'static,
    {
        Self { name: name.into(), inner: 1, prepare: Box::new(move || Ok(Box::new(prepare()?))) }
    }

    /// The same workload with `inner` calls timed together.
    pub fn repeated(self, inner: usize) -> Self {
        Self { inner: inner.max(1), ..self }
    }
}
