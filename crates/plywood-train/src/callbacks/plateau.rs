//! Lowering the learning rate when a figure no longer gets better.

use plywood_nn::{Scalar, StateDict};
use plywood_optim::{PlateauState, ReduceLROnPlateau};
use serde_json::{Value, json};

use super::{Callback, Flow, Run, column};
use crate::checkpoint::{float, parse_float};
use crate::{Error, Result};

/// Feeds a column of the history to [`ReduceLROnPlateau`] after each epoch.
///
/// Don't set a schedule of the [`Trainer`](crate::Trainer) beside it, since each would undo what the other sets.
#[derive(Clone, Debug)]
pub struct ReduceOnPlateau {
    column: String,
    scheduler: ReduceLROnPlateau,
}

impl ReduceOnPlateau {
    /// Watches a column, e.g. `val_loss`.
    pub fn new(column: impl Into<String>, scheduler: ReduceLROnPlateau) -> Self {
        Self { column: column.into(), scheduler }
    }
}

impl<M, T: Scalar> Callback<M, T> for ReduceOnPlateau {
    fn name(&self) -> String {
        format!("plateau of {}", self.column)
    }

    fn on_start(&mut self, run: &mut Run<'_, M, T>) -> Result<()> {
        column(run.history, "plateau", &self.column).map(|_| ())
    }

    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        let value = run.history.last(&self.column).unwrap_or(f64::NAN);
        self.scheduler.step(value, run.optimizer)?;
        Ok(Flow::Continue)
    }

    fn state(&self) -> (Value, StateDict<T>) {
        let state = self.scheduler.state();
        (json!([float(state.best), state.bad, state.cooling]), StateDict::new())
    }

    fn restore(&mut self, value: &Value, _tensors: StateDict<T>) -> Result<()> {
        let parse = || {
            let (bad, cooling) = (value[1].as_u64()? as usize, value[2].as_u64()? as usize);
            Some(PlateauState { best: parse_float(&value[0])?, bad, cooling })
        };
        let expected = "best value and two counts";
        self.scheduler.restore(parse().ok_or_else(|| Error::value("plateau", "kept state", expected, value))?);
        Ok(())
    }
}
