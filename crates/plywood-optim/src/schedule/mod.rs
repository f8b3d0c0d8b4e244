//! Learning-rate schedules: the rate of a step as a function of its number, under PyTorch's names.

mod compose;
mod cosine;
mod cycle;
mod decay;
mod plateau;
mod scheduler;
mod warm;

pub use compose::{Chained, Sequence, WarmUp};
pub use cosine::{CosineAnnealingLR, CosineAnnealingWarmRestarts};
pub use cycle::{CyclicLR, CyclicMode, OneCycleLR};
pub use decay::{ExponentialLR, LambdaLR, MultiStepLR, PolynomialLR, StepLR};
pub use plateau::{Goal, PlateauState, ReduceLROnPlateau};
pub use scheduler::{Scheduler, SchedulerState};
pub use warm::{ConstantLR, LinearLR};

use plywood_nn::{Error, Result};

/// A learning rate that depends on nothing but the number of the step; what a step is, an epoch or a batch, is up to
/// the caller.
///
/// ```
/// use plywood_optim::{CosineAnnealingLR, Schedule};
///
/// let schedule = CosineAnnealingLR::new(100)?.warm_up(4);
/// assert_eq!(schedule.lr(0.1, 0), 0.02);
/// assert_eq!(schedule.lr(0.1, 4), 0.1);
/// assert!(schedule.lr(0.1, 104) < 1e-12);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
pub trait Schedule {
    /// The rate of step `step`, counted from 0, where the optimizer was given the rate `base`.
    fn lr(&self, base: f64, step: usize) -> f64;

    /// The same schedule after `steps` steps in which the rate rises in a straight line to where it starts.
    fn warm_up(self, steps: usize) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp::new(self, steps)
    }

    /// Both at once: `other` starts from the rate of this one at each step, so that factors multiply.
    fn chain<S: Schedule>(self, other: S) -> Chained<Self, S>
    where
        Self: Sized,
    {
        Chained(self, other)
    }

    /// This schedule for `steps` steps, then `next` from its beginning.
    fn then<S: Schedule>(self, steps: usize, next: S) -> Sequence<Self, S>
    where
        Self: Sized,
    {
        Sequence::new(self, steps, next)
    }
}

impl<S: Schedule + ?Sized> Schedule for Box<S> {
    fn lr(&self, base: f64, step: usize) -> f64 {
        (**self).lr(base, step)
    }
}

/// Checks that a number of steps is at least 1.
fn at_least_1(op: &'static str, what: &str, steps: usize) -> Result<usize> {
    if steps == 0 { Err(Error::value(op, what, "at least 1", steps)) } else { Ok(steps) }
}

/// Checks that a setting is a number.
fn finite(op: &'static str, what: &str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(Error::value(op, what, "a finite number", value)) }
}
