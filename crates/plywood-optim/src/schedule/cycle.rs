//! Rates that rise and fall.

use plywood_nn::{Error, Result};

use super::cosine::wave;
use super::{Schedule, at_least_1, finite};

/// Rises to `max_lr` along a half wave of the cosine and falls far below the start along another: one cycle over the
/// whole run. The optimizer's own rate doesn't matter.
///
/// Source: Smith and Topin 2018, "Super-convergence: very fast training of neural networks using large learning rates".
#[derive(Clone, Copy, Debug)]
pub struct OneCycleLR {
    max_lr: f64,
    total_steps: usize,
    pct_start: f64,
    div_factor: f64,
    final_div_factor: f64,
    three_phase: bool,
    linear: bool,
}

impl OneCycleLR {
    /// PyTorch's defaults: rises over the first 30 % from `max_lr / 25`, falls to that divided by 10,000.
    ///
    /// # Errors
    /// If `max_lr` is not finite or `total_steps` is 0.
    pub fn new(max_lr: f64, total_steps: usize) -> Result<Self> {
        Ok(Self {
            max_lr: finite("OneCycleLR", "max_lr", max_lr)?,
            total_steps: at_least_1("OneCycleLR", "total_steps", total_steps)?,
            pct_start: 0.3,
            div_factor: 25.0,
            final_div_factor: 1e4,
            three_phase: false,
            linear: false,
        })
    }

    /// The share of the steps in which the rate rises.
    ///
    /// # Errors
    /// Unless it lies between 0 and 1.
    pub fn pct_start(self, pct_start: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&pct_start) {
            Ok(Self { pct_start, ..self })
        } else {
            Err(Error::value("OneCycleLR", "pct_start", "a number from 0 to 1", pct_start))
        }
    }

    /// The rate starts at `max_lr / div_factor` and ends at `max_lr / div_factor / final_div_factor`.
    ///
    /// # Errors
    /// Unless both are finite and above 0.
    pub fn factors(self, div_factor: f64, final_div_factor: f64) -> Result<Self> {
        for (what, factor) in [("div_factor", div_factor), ("final_div_factor", final_div_factor)] {
            if !(factor > 0.0 && factor.is_finite()) {
                return Err(Error::value("OneCycleLR", what, "a finite number above 0", factor));
            }
        }
        Ok(Self { div_factor, final_div_factor, ..self })
    }

    /// Falls back to the start as slowly as it rose, and only then further.
    pub fn three_phase(self) -> Self {
        Self { three_phase: true, ..self }
    }

    /// Straight lines instead of waves.
    pub fn linear(self) -> Self {
        Self { linear: true, ..self }
    }
}

impl Schedule for OneCycleLR {
    fn lr(&self, _: f64, step: usize) -> f64 {
        let (first, total) = (self.max_lr / self.div_factor, self.total_steps as f64);
        let (top, end) = (self.pct_start * total - 1.0, total - 1.0);
        let last = first / self.final_div_factor;
        let back = if self.three_phase { 2.0 * self.pct_start * total - 2.0 } else { end };
        // Each phase: the step at which it ends, and the rate there.
        let phases = [(top, self.max_lr), (back, if self.three_phase { first } else { last }), (end, last)];
        let (step, mut from) = (step as f64, (0.0, first));
        for to in phases {
            if step <= to.0 {
                let at = (step - from.0) / (to.0 - from.0);
                return if self.linear { from.1 + (to.1 - from.1) * at } else { wave(from.1, to.1, at) };
            }
            from = to;
        }
        last
    }
}

/// Goes up and down in straight lines between the optimizer's rate and `max_lr`.
///
/// Source: Smith 2017, "Cyclical learning rates for training neural networks".
#[derive(Clone, Copy, Debug)]
pub struct CyclicLR {
    max_lr: f64,
    up: usize,
    down: usize,
    mode: CyclicMode,
}

/// How the height of a [`CyclicLR`]'s cycles changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CyclicMode {
    /// All are alike.
    Triangular,
    /// Each is half as high as the one before.
    Triangular2,
    /// The height is multiplied by this every step.
    ExpRange(f64),
}

impl CyclicLR {
    /// As many steps down as up, all cycles alike.
    ///
    /// # Errors
    /// If `max_lr` is not finite or `step_size_up` is 0.
    pub fn new(max_lr: f64, step_size_up: usize) -> Result<Self> {
        let max_lr = finite("CyclicLR", "max_lr", max_lr)?;
        let up = at_least_1("CyclicLR", "step_size_up", step_size_up)?;
        Ok(Self { max_lr, up, down: up, mode: CyclicMode::Triangular })
    }

    /// The number of steps down.
    ///
    /// # Errors
    /// If it is 0.
    pub fn step_size_down(self, steps: usize) -> Result<Self> {
        Ok(Self { down: at_least_1("CyclicLR", "step_size_down", steps)?, ..self })
    }

    /// How the height changes.
    pub fn mode(self, mode: CyclicMode) -> Self {
        Self { mode, ..self }
    }
}

impl Schedule for CyclicLR {
    fn lr(&self, base: f64, step: usize) -> f64 {
        let (cycle, at) = (step / (self.up + self.down), step % (self.up + self.down));
        let height = if at <= self.up {
            at as f64 / self.up as f64
        } else {
            (self.up + self.down - at) as f64 / self.down as f64
        };
        let scale = match self.mode {
            CyclicMode::Triangular => 1.0,
            CyclicMode::Triangular2 => 0.5f64.powi(i32::try_from(cycle).unwrap_or(i32::MAX)),
            CyclicMode::ExpRange(gamma) => gamma.powi(i32::try_from(step).unwrap_or(i32::MAX)),
        };
        base + (self.max_lr - base) * height * scale
    }
}
