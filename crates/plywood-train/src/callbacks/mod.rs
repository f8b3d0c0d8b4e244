//! What a trainer calls between steps and epochs.
//!
//! A callback sees the whole [`Run`] and may change model and optimizer; it ends the run with [`Flow::Stop`]. Its state
//! goes into checkpoints, so that a resumed run decides as the uninterrupted one would.

mod early_stopping;
#[cfg(feature = "interrupt")]
mod interrupt;
mod logs;
mod plateau;
#[cfg(feature = "tensorboard")]
mod tensorboard;
mod time_budget;

pub use early_stopping::EarlyStopping;
#[cfg(feature = "interrupt")]
pub use interrupt::Interrupt;
pub use logs::{CsvLog, JsonLog};
pub use plateau::ReduceOnPlateau;
use plywood_autograd::Gradients;
use plywood_nn::{Scalar, StateDict};
use plywood_optim::Optimizer;
use serde_json::Value;
#[cfg(feature = "tensorboard")]
pub use tensorboard::TensorBoard;
pub use time_budget::TimeBudget;

use crate::history::History;
use crate::metrics::Better;
use crate::{Error, Result};

/// What a callback sees of a run.
pub struct Run<'r, M, T: Scalar = f32> {
    /// The model.
    pub model: &'r mut M,
    /// The optimizer.
    pub optimizer: &'r mut dyn Optimizer<T>,
    /// The gradients of the step that was just made; none at the end of an epoch.
    pub gradients: Option<&'r Gradients<T>>,
    /// The finished epochs.
    pub history: &'r History,
    /// The present epoch, counted from 1.
    pub epoch: usize,
    /// Optimizer steps so far.
    pub step: usize,
    /// The mean training loss of the present epoch so far.
    pub loss: f64,
    /// Seconds since the beginning, interruptions left out.
    pub seconds: f64,
}

/// Whether a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// It does.
    Continue,
    /// It ends, for this reason.
    Stop(String),
}

/// Something that a trainer calls. Every method but the name does nothing unless it is written.
pub trait Callback<M, T: Scalar = f32> {
    /// What it is called in messages and checkpoints.
    fn name(&self) -> String;

    /// Before the first step, also of a resumed run.
    ///
    /// # Errors
    /// Whatever makes the run impossible.
    fn on_start(&mut self, _run: &mut Run<'_, M, T>) -> Result<()> {
        Ok(())
    }

    /// After each optimizer step.
    ///
    /// # Errors
    /// Whatever makes the run impossible.
    fn on_step(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        Ok(Flow::Continue)
    }

    /// After each epoch, its figures being the last of the history.
    ///
    /// # Errors
    /// Whatever makes the run impossible.
    fn on_epoch(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        Ok(Flow::Continue)
    }

    /// After the last step.
    ///
    /// # Errors
    /// Whatever keeps the run from ending well.
    fn on_end(&mut self, _run: &mut Run<'_, M, T>) -> Result<()> {
        Ok(())
    }

    /// What it remembers, to be kept in a checkpoint.
    fn state(&self) -> (Value, StateDict<T>) {
        (Value::Null, StateDict::new())
    }

    /// Goes on from a kept state.
    ///
    /// # Errors
    /// If it isn't a state of this callback.
    fn restore(&mut self, _value: &Value, _tensors: StateDict<T>) -> Result<()> {
        Ok(())
    }
}

/// Which end of a column is good; an error that lists the columns if there is none of this name.
pub(crate) fn column(history: &History, op: &'static str, name: &str) -> Result<Better> {
    match history.columns().iter().find(|(known, _)| known == name) {
        Some((_, better)) => Ok(*better),
        None => {
            let known: Vec<&str> = history.columns().iter().map(|(known, _)| known.as_str()).collect();
            Err(Error::value(op, "column", format!("one of {}", known.join(", ")), format!("`{name}`")))
        }
    }
}
