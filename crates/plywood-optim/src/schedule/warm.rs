//! Rates that start lower.

use plywood_nn::Result;

use super::{Schedule, at_least_1, finite};

/// Multiplies the rate by a factor that goes in a straight line from `start_factor` to `end_factor` over `total_iters`
/// steps and stays there.
#[derive(Clone, Copy, Debug)]
pub struct LinearLR {
    start_factor: f64,
    end_factor: f64,
    total_iters: usize,
}

impl LinearLR {
    /// # Errors
    /// If `total_iters` is 0 or a factor not finite.
    pub fn new(start_factor: f64, end_factor: f64, total_iters: usize) -> Result<Self> {
        Ok(Self {
            start_factor: finite("LinearLR", "start_factor", start_factor)?,
            end_factor: finite("LinearLR", "end_factor", end_factor)?,
            total_iters: at_least_1("LinearLR", "total_iters", total_iters)?,
        })
    }
}

impl Schedule for LinearLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        let at = step.min(self.total_iters) as f64 / self.total_iters as f64;
        base * (self.start_factor + (self.end_factor - self.start_factor) * at)
    }
}

/// Multiplies the rate of the first `total_iters` steps by `factor`.
#[derive(Clone, Copy, Debug)]
pub struct ConstantLR {
    factor: f64,
    total_iters: usize,
}

impl ConstantLR {
    /// # Errors
    /// If `factor` is not finite.
    pub fn new(factor: f64, total_iters: usize) -> Result<Self> {
        Ok(Self { factor: finite("ConstantLR", "factor", factor)?, total_iters })
    }
}

impl Schedule for ConstantLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        if step < self.total_iters { base * self.factor } else { base }
    }
}
