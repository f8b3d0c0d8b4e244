//! A run into a checkpoint and back, to the last bit.

use std::path::PathBuf;

use plywood_data::Position;
use plywood_nn::{Module, Scalar};
use serde_json::{Value, json};

use super::Trainer;
use super::fit::State;
use crate::checkpoint::{Checkpoint, Checkpoints, float, parse_float};
use crate::history::History;
use crate::metrics::Mean;
use crate::{Error, Result};

impl<M: Module<T>, B: Send + 'static, T: Scalar> Trainer<'_, M, B, T> {
    /// Writes a checkpoint; the batch at `next` is the first of the resumed run.
    pub(super) fn save(&mut self, model: &M, state: &mut State, next: &Position, best: Option<PathBuf>) -> Result<()> {
        let Some(mut policy) = self.checkpoints.take() else { return Ok(()) };
        let checkpoint = self.snapshot(model, state, next, &policy);
        let written = policy.write(&checkpoint, state.step, best);
        self.checkpoints = Some(policy);
        written
    }

    fn snapshot(&self, model: &M, state: &mut State, next: &Position, policy: &Checkpoints) -> Checkpoint<T> {
        let mut checkpoint = Checkpoint::new();
        checkpoint.put_model(model).put_optimizer(&*self.optimizer).put_position(next);
        checkpoint.put_stream("context", &state.cx.random().state());
        if let Some((_, Some(ema))) = &self.ema {
            checkpoint.put_group("ema", ema.state_dict(model));
        }
        if let Some(pipeline) = &self.pipeline {
            checkpoint.put_pipeline(pipeline);
        }
        checkpoint.put("epoch", json!(state.epoch)).put("step", json!(state.step));
        checkpoint.put_float("base_lr", state.base_lr).put_float("seconds", state.seconds());
        checkpoint.put("loss", floats(&state.loss.state())).put("history", state.history.to_json());
        checkpoint.put("metrics", self.metrics.iter().map(|m| json!([m.name(), floats(&m.state())])).collect());
        checkpoint.put("best", policy.state());
        for (i, callback) in self.callbacks.iter().enumerate() {
            let (value, tensors) = callback.state();
            checkpoint.put(&format!("callback {i}"), json!([callback.name(), value]));
            checkpoint.put_group(&format!("callback {i}"), tensors);
        }
        checkpoint
    }

    /// Restores the run from the checkpoint that was asked for, if there is one.
    pub(super) fn restore(&mut self, model: &mut M, state: &mut State) -> Result<()> {
        let path = match (&self.resume, &self.checkpoints) {
            (None, _) => return Ok(()),
            (Some(Some(path)), _) => path.clone(),
            (Some(None), None) => {
                let message = "there is no folder of checkpoints: set one with `checkpoints`, or use `resume_from`";
                return Err(Error::state("resume", message));
            }
            (Some(None), Some(policy)) => match Checkpoints::latest(policy.folder())? {
                Some(path) => path,
                None => return Ok(()),
            },
        };
        let checkpoint = Checkpoint::open(&path)?;
        let position = checkpoint.position()?;
        self.restore_parts(&checkpoint, state)?;
        checkpoint.load_model(model)?;
        checkpoint.load_optimizer(&mut *self.optimizer)?;
        if let Some((_, Some(ema))) = &mut self.ema {
            ema.load_state_dict(model, &checkpoint.group("ema")).map_err(|e| e.at(path.display().to_string()))?;
        }
        *state.cx.random() = checkpoint.stream("context")?;
        state.position = Some(position);
        Ok(())
    }

    /// Everything but model, optimizer and averages.
    fn restore_parts(&mut self, checkpoint: &Checkpoint<T>, state: &mut State) -> Result<()> {
        let number = |name: &str| -> Result<usize> {
            let value = checkpoint.value(name)?;
            value
                .as_u64()
                .map(|n| n as usize)
                .ok_or_else(|| checkpoint.wrong(name, "a whole number", &value.to_string()))
        };
        (state.epoch, state.step) = (number("epoch")?, number("step")?);
        (state.base_lr, state.before) = (checkpoint.float("base_lr")?, checkpoint.float("seconds")?);
        let loss = parse_floats(checkpoint.value("loss")?).and_then(|v| <[f64; 2]>::try_from(v).ok());
        state.loss = Mean::restored(loss.ok_or_else(|| checkpoint.wrong("loss", "two numbers", "something else"))?);
        let history = History::from_json(checkpoint.value("history")?)
            .ok_or_else(|| checkpoint.wrong("history", "columns and epochs", "something else"))?;
        if history.columns() != state.history.columns() {
            let names = |h: &History| h.columns().iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join(", ");
            return Err(checkpoint.wrong("history", &names(&state.history), &names(&history)));
        }
        state.history = history;
        let metrics = checkpoint.value("metrics")?;
        for (i, metric) in self.metrics.iter_mut().enumerate() {
            // The columns were equal, so the metrics are.
            let kept = parse_floats(&metrics[i][1]);
            metric.metric().restore(&kept.ok_or_else(|| checkpoint.wrong("metrics", "numbers", "something else"))?)?;
        }
        if let Some(policy) = &mut self.checkpoints {
            let best = policy.restore(checkpoint.value("best")?);
            best.ok_or_else(|| checkpoint.wrong("best", "values and files", "something else"))?;
        }
        for (i, callback) in self.callbacks.iter_mut().enumerate() {
            let key = format!("callback {i}");
            let kept = checkpoint.value(&key)?;
            if kept[0] != json!(callback.name()) {
                return Err(checkpoint.wrong(&key, &callback.name(), &kept[0].to_string()));
            }
            callback.restore(&kept[1], checkpoint.group(&key))?;
        }
        Ok(())
    }
}

fn floats(values: &[f64]) -> Value {
    values.iter().map(|&v| float(v)).collect()
}

fn parse_floats(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(parse_float).collect()
}
