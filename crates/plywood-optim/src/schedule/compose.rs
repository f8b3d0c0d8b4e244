//! Schedules made of schedules.

use super::Schedule;

/// A schedule after a warm-up; made by [`Schedule::warm_up`].
#[derive(Clone, Copy, Debug)]
pub struct WarmUp<S> {
    schedule: S,
    steps: usize,
}

impl<S> WarmUp<S> {
    pub(super) fn new(schedule: S, steps: usize) -> Self {
        Self { schedule, steps }
    }
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn lr(&self, base: f64, step: usize) -> f64 {
        match step.checked_sub(self.steps) {
            Some(step) => self.schedule.lr(base, step),
            None => self.schedule.lr(base, 0) * (step + 1) as f64 / (self.steps + 1) as f64,
        }
    }
}

/// Two schedules at once; made by [`Schedule::chain`].
#[derive(Clone, Copy, Debug)]
pub struct Chained<A, B>(pub(super) A, pub(super) B);

impl<A: Schedule, B: Schedule> Schedule for Chained<A, B> {
    fn lr(&self, base: f64, step: usize) -> f64 {
        self.1.lr(self.0.lr(base, step), step)
    }
}

/// Two schedules one after the other; made by [`Schedule::then`].
#[derive(Clone, Copy, Debug)]
pub struct Sequence<A, B> {
    first: A,
    steps: usize,
    second: B,
}

impl<A, B> Sequence<A, B> {
    pub(super) fn new(first: A, steps: usize, second: B) -> Self {
        Self { first, steps, second }
    }
}

impl<A: Schedule, B: Schedule> Schedule for Sequence<A, B> {
    fn lr(&self, base: f64, step: usize) -> f64 {
        match step.checked_sub(self.steps) {
            None => self.first.lr(base, step),
            Some(step) => self.second.lr(base, step),
        }
    }
}
