//! Stopping when a figure no longer gets better.

use plywood_nn::{Module, Scalar, StateDict};
use serde_json::{Value, json};

use super::{Callback, Flow, Run, column};
use crate::checkpoint::{float, parse_float};
use crate::{Error, Result};

/// Ends the run when a column of the history hasn't improved for some epochs, and gives the model back the parameters
/// and buffers of the best epoch.
#[derive(Clone, Debug)]
pub struct EarlyStopping<T: Scalar = f32> {
    column: String,
    patience: usize,
    min_delta: f64,
    best: f64,
    best_epoch: usize,
    waited: usize,
    weights: StateDict<T>,
}

impl<T: Scalar> EarlyStopping<T> {
    /// Watches a column, e.g. `val_loss`; ends after 5 epochs without improvement unless told otherwise.
    pub fn new(column: impl Into<String>) -> Self {
        Self {
            column: column.into(),
            patience: 5,
            min_delta: 0.0,
            best: f64::NAN,
            best_epoch: 0,
            waited: 0,
            weights: StateDict::new(),
        }
    }

    /// How many epochs without improvement to allow; the run ends with the next one.
    pub fn patience(self, epochs: usize) -> Self {
        Self { patience: epochs, ..self }
    }

    /// How much better a value must be to count as an improvement.
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// The best epoch, counted from 1, and its value; epoch 0 before the first.
    pub fn best(&self) -> (usize, f64) {
        (self.best_epoch, self.best)
    }
}

impl<M: Module<T>, T: Scalar> Callback<M, T> for EarlyStopping<T> {
    fn name(&self) -> String {
        format!("early stopping by {}", self.column)
    }

    fn on_start(&mut self, run: &mut Run<'_, M, T>) -> Result<()> {
        column(run.history, "early stopping", &self.column).map(|_| ())
    }

    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        let better = column(run.history, "early stopping", &self.column)?;
        let value = run.history.last(&self.column).unwrap_or(f64::NAN);
        let bar = match better {
            crate::metrics::Better::Lower => self.best - self.min_delta,
            crate::metrics::Better::Higher => self.best + self.min_delta,
        };
        if better.wins(value, bar) {
            (self.best, self.best_epoch, self.waited) = (value, run.epoch, 0);
            self.weights = run.model.state_dict();
            return Ok(Flow::Continue);
        }
        self.waited += 1;
        if self.waited <= self.patience {
            return Ok(Flow::Continue);
        }
        let Self { column, best, best_epoch, waited, .. } = self;
        Ok(Flow::Stop(format!("{column} has not improved on {best:.4} of epoch {best_epoch} for {waited} epochs")))
    }

    fn on_end(&mut self, run: &mut Run<'_, M, T>) -> Result<()> {
        if self.best_epoch > 0 { run.model.load_state_dict(&self.weights) } else { Ok(()) }
    }

    fn state(&self) -> (Value, StateDict<T>) {
        (json!([float(self.best), self.best_epoch, self.waited]), self.weights.clone())
    }

    fn restore(&mut self, value: &Value, tensors: StateDict<T>) -> Result<()> {
        let parse = || Some((parse_float(&value[0])?, value[1].as_u64()? as usize, value[2].as_u64()? as usize));
        let expected = "best value, its epoch and a count";
        let state = parse().ok_or_else(|| Error::value("early stopping", "kept state", expected, value))?;
        (self.best, self.best_epoch, self.waited) = state;
        self.weights = tensors;
        Ok(())
    }
}
