//! A weighted mean: the loss of an epoch.

/// The mean of values with weights, e.g. of batch losses by batch size.
///
/// ```
/// use plywood_train::metrics::Mean;
///
/// let mut loss = Mean::new();
/// loss.add(1.0, 3);
/// loss.add(2.0, 1);
/// assert_eq!(loss.value(), 1.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    total: f64,
    weight: f64,
}

impl Mean {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value that counts for `weight` samples.
    pub fn add(&mut self, value: f64, weight: usize) {
        self.total += value * weight as f64;
        self.weight += weight as f64;
    }

    /// The mean; NaN without values.
    pub fn value(&self) -> f64 {
        self.total / self.weight
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.weight as usize
    }

    /// Total and weight, to be kept in a checkpoint.
    pub fn state(&self) -> [f64; 2] {
        [self.total, self.weight]
    }

    /// A mean that goes on from a kept state.
    pub fn restored([total, weight]: [f64; 2]) -> Self {
        Self { total, weight }
    }
}
