//! Rates that fall along half a wave of the cosine.

use std::f64::consts::PI;

use plywood_nn::Result;

use super::{Schedule, at_least_1, finite};

/// Falls along a half wave of the cosine to `eta_min` over `t_max` steps, then rises again, and so on.
///
/// Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", without the restarts.
#[derive(Clone, Copy, Debug)]
pub struct CosineAnnealingLR {
    t_max: usize,
    eta_min: f64,
}

impl CosineAnnealingLR {
    /// Falls to 0.
    ///
    /// # Errors
    /// If `t_max` is 0.
    pub fn new(t_max: usize) -> Result<Self> {
        Ok(Self { t_max: at_least_1("CosineAnnealingLR", "t_max", t_max)?, eta_min: 0.0 })
    }

    /// Falls to `eta_min`.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn eta_min(self, eta_min: f64) -> Result<Self> {
        Ok(Self { eta_min: finite("CosineAnnealingLR", "eta_min", eta_min)?, ..self })
    }
}

impl Schedule for CosineAnnealingLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        // The wave's period keeps the angle small, and so the cosine exact, however long the run.
        wave(base, self.eta_min, (step % (2 * self.t_max)) as f64 / self.t_max as f64)
    }
}

/// Falls along a half wave of the cosine to `eta_min` over `t_0` steps, jumps back, and falls again over `t_mult` times
/// as many steps, and so on.
///
/// Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts".
#[derive(Clone, Copy, Debug)]
pub struct CosineAnnealingWarmRestarts {
    t_0: usize,
    t_mult: usize,
    eta_min: f64,
}

impl CosineAnnealingWarmRestarts {
    /// Falls to 0.
    ///
    /// # Errors
    /// If `t_0` or `t_mult` is 0.
    pub fn new(t_0: usize, t_mult: usize) -> Result<Self> {
        const NAME: &str = "CosineAnnealingWarmRestarts";
        let (t_0, t_mult) = (at_least_1(NAME, "t_0", t_0)?, at_least_1(NAME, "t_mult", t_mult)?);
        Ok(Self { t_0, t_mult, eta_min: 0.0 })
    }

    /// Falls to `eta_min`.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn eta_min(self, eta_min: f64) -> Result<Self> {
        Ok(Self { eta_min: finite("CosineAnnealingWarmRestarts", "eta_min", eta_min)?, ..self })
    }
}

impl Schedule for CosineAnnealingWarmRestarts {
    fn lr(&self, base: f64, step: usize) -> f64 {
        let (mut at, mut length) = (step, self.t_0);
        if self.t_mult == 1 {
            at %= length;
        }
        while at >= length {
            at -= length;
            length = length.saturating_mul(self.t_mult);
        }
        wave(base, self.eta_min, at as f64 / length as f64)
    }
}

/// From `high` at 0 to `low` at 1.
pub(super) fn wave(high: f64, low: f64, at: f64) -> f64 {
    low + (high - low) * (1.0 + (PI * at).cos()) / 2.0
}
