//! A rate that falls when a measure stops getting better.

use plywood_autograd::Scalar;
use plywood_nn::{Error, Result};

use super::finite;
use crate::Optimizer;

/// What is good about a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Being small, as a loss.
    Min,
    /// Being great, as an accuracy.
    Max,
}

/// Multiplies the rate by a factor once a measure hasn't become better for more than `patience` steps.
///
/// ```
/// # use plywood_nn::{Linear, Stream};
/// use plywood_optim::{Goal, Optimizer, ReduceLROnPlateau, SGD};
///
/// # let model = Linear::<f32>::new(3, 1, &mut Stream::new(0));
/// let mut optimizer = SGD::new(&model, 0.1)?;
/// let mut scheduler = ReduceLROnPlateau::new(Goal::Min).factor(0.5)?.patience(1);
/// for loss in [1.0, 0.5, 0.6, 0.7] {
///     scheduler.step(loss, &mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.05);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReduceLROnPlateau {
    goal: Goal,
    factor: f64,
    patience: usize,
    threshold: f64,
    absolute: bool,
    cooldown: usize,
    min_lr: f64,
    best: f64,
    bad: usize,
    cooling: usize,
}

/// Where a [`ReduceLROnPlateau`] stands: three numbers to save and restore.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateauState {
    /// The best measure so far.
    pub best: f64,
    /// Steps since without a gain.
    pub bad: usize,
    /// Steps for which nothing is counted yet.
    pub cooling: usize,
}

impl ReduceLROnPlateau {
    /// PyTorch's defaults: a tenth of the rate after more than 10 steps without a gain of a ten-thousandth.
    pub fn new(goal: Goal) -> Self {
        let best = if goal == Goal::Min { f64::INFINITY } else { f64::NEG_INFINITY };
        Self {
            goal,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            absolute: false,
            cooldown: 0,
            min_lr: 0.0,
            best,
            bad: 0,
            cooling: 0,
        }
    }

    /// What the rate is multiplied by.
    ///
    /// # Errors
    /// Unless it is at least 0 and less than 1.
    pub fn factor(self, factor: f64) -> Result<Self> {
        if (0.0..1.0).contains(&factor) {
            Ok(Self { factor, ..self })
        } else {
            Err(Error::value("ReduceLROnPlateau", "factor", "a number of at least 0 and less than 1", factor))
        }
    }

    /// How many steps without a gain are borne.
    pub fn patience(self, patience: usize) -> Self {
        Self { patience, ..self }
    }

    /// By how much a measure has to be better than the best so far, in proportion to it.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn threshold(self, threshold: f64) -> Result<Self> {
        Ok(Self { threshold: finite("ReduceLROnPlateau", "threshold", threshold)?, absolute: false, ..self })
    }

    /// By how much a measure has to be better than the best so far, in its own unit.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn absolute_threshold(self, threshold: f64) -> Result<Self> {
        Ok(Self { threshold: finite("ReduceLROnPlateau", "threshold", threshold)?, absolute: true, ..self })
    }

    /// For how many steps after a reduction nothing is counted.
    pub fn cooldown(self, cooldown: usize) -> Self {
        Self { cooldown, ..self }
    }

    /// The rate never falls below this.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn min_lr(self, min_lr: f64) -> Result<Self> {
        Ok(Self { min_lr: finite("ReduceLROnPlateau", "min_lr", min_lr)?, ..self })
    }

    /// Takes the measure of a step, and reduces the rate if it is time. A measure that is NaN is no gain.
    ///
    /// # Errors
    /// If the optimizer refuses the rate.
    pub fn step<T: Scalar>(&mut self, measure: f64, optimizer: &mut (impl Optimizer<T> + ?Sized)) -> Result<()> {
        if self.is_better(measure) {
            (self.best, self.bad) = (measure, 0);
        } else {
            self.bad += 1;
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad <= self.patience {
            return Ok(());
        }
        (self.cooling, self.bad) = (self.cooldown, 0);
        let lr = (optimizer.lr() * self.factor).max(self.min_lr);
        // A change of less than this isn't worth making, as in PyTorch.
        if optimizer.lr() - lr > 1e-8 { optimizer.set_lr(lr) } else { Ok(()) }
    }

    /// Where it stands, to be saved.
    pub fn state(&self) -> PlateauState {
        PlateauState { best: self.best, bad: self.bad, cooling: self.cooling }
    }

    /// Goes on where another one of the same settings stood.
    pub fn restore(&mut self, state: PlateauState) {
        (self.best, self.bad, self.cooling) = (state.best, state.bad, state.cooling);
    }

    fn is_better(&self, measure: f64) -> bool {
        match (self.goal, self.absolute) {
            (Goal::Min, false) => measure < self.best * (1.0 - self.threshold),
            (Goal::Min, true) => measure < self.best - self.threshold,
            (Goal::Max, false) => measure > self.best * (1.0 + self.threshold),
            (Goal::Max, true) => measure > self.best + self.threshold,
        }
    }
}
