//! Rates that fall: in steps, by a factor, along a power.

use plywood_nn::Result;

use super::{Schedule, at_least_1, finite};

/// Multiplies the rate by `gamma` every `step_size` steps.
#[derive(Clone, Copy, Debug)]
pub struct StepLR {
    step_size: usize,
    gamma: f64,
}

impl StepLR {
    /// # Errors
    /// If `step_size` is 0 or `gamma` not finite.
    pub fn new(step_size: usize, gamma: f64) -> Result<Self> {
        Ok(Self { step_size: at_least_1("StepLR", "step_size", step_size)?, gamma: finite("StepLR", "gamma", gamma)? })
    }
}

impl Schedule for StepLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        base * power(self.gamma, step / self.step_size)
    }
}

/// Multiplies the rate by `gamma` at each of some steps.
#[derive(Clone, Debug)]
pub struct MultiStepLR {
    milestones: Vec<usize>,
    gamma: f64,
}

impl MultiStepLR {
    /// # Errors
    /// If `gamma` is not finite.
    pub fn new(milestones: impl Into<Vec<usize>>, gamma: f64) -> Result<Self> {
        Ok(Self { milestones: milestones.into(), gamma: finite("MultiStepLR", "gamma", gamma)? })
    }
}

impl Schedule for MultiStepLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        base * power(self.gamma, self.milestones.iter().filter(|&&at| at <= step).count())
    }
}

/// Multiplies the rate by `gamma` every step.
#[derive(Clone, Copy, Debug)]
pub struct ExponentialLR {
    gamma: f64,
}

impl ExponentialLR {
    /// # Errors
    /// If `gamma` is not finite.
    pub fn new(gamma: f64) -> Result<Self> {
        Ok(Self { gamma: finite("ExponentialLR", "gamma", gamma)? })
    }
}

impl Schedule for ExponentialLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        base * power(self.gamma, step)
    }
}

/// Falls to 0 over `total_iters` steps, as `(1 - step / total_iters)^power`.
#[derive(Clone, Copy, Debug)]
pub struct PolynomialLR {
    total_iters: usize,
    power: f64,
}

impl PolynomialLR {
    /// # Errors
    /// If `total_iters` is 0 or `power` not finite.
    pub fn new(total_iters: usize, power: f64) -> Result<Self> {
        let total_iters = at_least_1("PolynomialLR", "total_iters", total_iters)?;
        Ok(Self { total_iters, power: finite("PolynomialLR", "power", power)? })
    }
}

impl Schedule for PolynomialLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        let left = self.total_iters.saturating_sub(step) as f64 / self.total_iters as f64;
        base * left.powf(self.power)
    }
}

/// Multiplies the rate by any function of the step.
#[derive(Clone, Copy, Debug)]
pub struct LambdaLR<F>(
    /// The factor of a step.
    pub F,
);

impl<F: Fn(usize) -> f64> Schedule for LambdaLR<F> {
    fn lr(&self, base: f64, step: usize) -> f64 {
        base * (self.0)(step)
    }
}

fn power(gamma: f64, n: usize) -> f64 {
    gamma.powi(i32::try_from(n).unwrap_or(i32::MAX))
}
