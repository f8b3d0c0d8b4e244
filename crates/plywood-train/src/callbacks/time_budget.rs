//! Stopping when the time is up.

use std::time::Duration;

use plywood_nn::Scalar;

use super::{Callback, Flow, Run};
use crate::Result;

/// Ends the run with the first step after this much time of training, resumed parts added up.
#[derive(Clone, Copy, Debug)]
pub struct TimeBudget(Duration);

impl TimeBudget {
    /// Allows this much time.
    pub fn new(time: Duration) -> Self {
        Self(time)
    }
}

impl<M, T: Scalar> Callback<M, T> for TimeBudget {
    fn name(&self) -> String {
        "time budget".into()
    }

    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        if run.seconds < self.0.as_secs_f64() {
            return Ok(Flow::Continue);
        }
        Ok(Flow::Stop(format!("the budget of {} s is used up", self.0.as_secs_f64())))
    }
}
