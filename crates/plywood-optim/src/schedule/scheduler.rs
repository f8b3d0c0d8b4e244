//! What carries a schedule through a run.

use plywood_autograd::Scalar;
use plywood_nn::Result;

use super::Schedule;
use crate::Optimizer;

/// A schedule and where it stands; sets the rate of an optimizer.
///
/// ```
/// # use plywood_nn::{Linear, Stream};
/// use plywood_optim::{Optimizer, SGD, Scheduler, StepLR};
///
/// # let model = Linear::<f32>::new(3, 1, &mut Stream::new(0));
/// let mut optimizer = SGD::new(&model, 0.1)?;
/// let mut scheduler = Scheduler::new(StepLR::new(2, 0.5)?, &mut optimizer)?;
/// for epoch in 0..4 {
///     // … train an epoch …
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.025);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scheduler<S> {
    schedule: S,
    state: SchedulerState,
}

/// Where a [`Scheduler`] stands: two numbers to save and restore.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SchedulerState {
    /// The rate that the optimizer was given.
    pub base: f64,
    /// The number of steps that were made.
    pub steps: usize,
}

impl<S: Schedule> Scheduler<S> {
    /// Starts a schedule from the optimizer's rate, and sets that of step 0.
    ///
    /// # Errors
    /// If the schedule gives something that is no learning rate.
    pub fn new<T: Scalar>(schedule: S, optimizer: &mut impl Optimizer<T>) -> Result<Self> {
        let state = SchedulerState { base: optimizer.lr(), steps: 0 };
        Self::resume(schedule, state, optimizer)
    }

    /// Goes on where another scheduler of the same schedule stood.
    ///
    /// # Errors
    /// If the schedule gives something that is no learning rate.
    pub fn resume<T: Scalar>(schedule: S, state: SchedulerState, optimizer: &mut impl Optimizer<T>) -> Result<Self> {
        optimizer.set_lr(schedule.lr(state.base, state.steps))?;
        Ok(Self { schedule, state })
    }

    /// Goes to the next step.
    ///
    /// # Errors
    /// If the schedule gives something that is no learning rate.
    pub fn step<T: Scalar>(&mut self, optimizer: &mut impl Optimizer<T>) -> Result<()> {
        self.state.steps += 1;
        optimizer.set_lr(self.schedule.lr(self.state.base, self.state.steps))
    }

    /// Where the scheduler stands.
    pub fn state(&self) -> SchedulerState {
        self.state
    }
}
