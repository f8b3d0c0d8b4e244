//! The loop: epochs, steps, and what happens between them.

use std::time::Instant;

use plywood_autograd::Gradients;
use plywood_autograd::anomaly::detect_anomaly;
use plywood_data::{Batches, DataLoader, Position};
use plywood_nn::{Context, Mode, Module, Scalar, Stream};
use plywood_optim::{Ema, GradientAccumulator, clip_grad_norm, clip_grad_value};

use super::measure::samples;
use super::{Pace, Pass, Trainer};
use crate::callbacks::{Flow, Run};
use crate::history::{EpochRecord, History};
use crate::metrics::{Better, Mean};
use crate::progress::Progress;
use crate::{Error, Result};

/// Where a run stands: with model, optimizer, averages, metrics and callbacks, all that a checkpoint holds.
pub(super) struct State {
    /// The present epoch, counted from 0.
    pub epoch: usize,
    /// Optimizer steps so far.
    pub step: usize,
    /// The loss over the present epoch so far.
    pub loss: Mean,
    /// The rate from which schedules start.
    pub base_lr: f64,
    pub history: History,
    pub cx: Context,
    /// The next batch, where the run was resumed within an epoch.
    pub position: Option<Position>,
    /// Seconds of earlier runs.
    pub before: f64,
    pub started: Instant,
}

impl State {
    pub fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }
}

impl<M: Module<T>, B: Send + 'static, T: Scalar> Trainer<'_, M, B, T> {
    /// Trains the model, from a checkpoint on if [`resume`](Self::resume) says so, and returns what was measured.
    ///
    /// # Errors
    /// Those of data, model, optimizer, metrics and callbacks, and a loss that is not finite: the message then names
    /// the parameter or the layer and operation where that began.
    pub fn fit(&mut self, model: &mut M, train: &DataLoader<'_, B>) -> Result<History> {
        let mut state = self.start(model)?;
        let mut stopped = None;
        for i in 0..self.callbacks.len() {
            self.call(i, model, &mut state, None, |callback, run| callback.on_start(run))?;
        }
        while stopped.is_none() && state.epoch < self.epochs && self.steps.is_none_or(|n| state.step < n) {
            stopped = self.epoch(model, train, &mut state)?;
        }
        self.swap_averages(model);
        for i in 0..self.callbacks.len() {
            self.call(i, model, &mut state, None, |callback, run| callback.on_end(run))?;
        }
        state.history.stop(stopped);
        if self.bar(String::new(), 0).is_visible() {
            eprintln!("{}", state.history);
        }
        Ok(state.history)
    }

    fn start(&mut self, model: &mut M) -> Result<State> {
        if let Some((decay, ema)) = &mut self.ema {
            *ema = Some(Ema::new(model, *decay)?);
        }
        self.metrics.iter_mut().for_each(|m| m.metric().reset());
        let mut state = State {
            epoch: 0,
            step: 0,
            loss: Mean::new(),
            base_lr: self.optimizer.lr(),
            history: History::new(self.columns()),
            cx: Context::new(Mode::Train, Stream::new(self.seed)),
            position: None,
            before: 0.0,
            started: Instant::now(),
        };
        if let Some(policy) = &self.checkpoints {
            policy.check(&state.history)?;
            policy.tidy()?;
        }
        self.restore(model, &mut state)?;
        Ok(state)
    }

    /// The history's columns: loss and metrics in training, then in validation.
    fn columns(&self) -> Vec<(String, Better)> {
        let metrics = self.metrics.iter().map(|m| (m.name(), m.better()));
        let mut columns: Vec<(String, Better)> =
            std::iter::once(("loss".to_owned(), Better::Lower)).chain(metrics).collect();
        if self.validation.is_some() {
            let validation: Vec<_> = columns.iter().map(|(name, better)| (format!("val_{name}"), *better)).collect();
            columns.extend(validation);
        }
        columns
    }

    /// One epoch, or what is left of it. Returns a reason if the run is to end.
    fn epoch(&mut self, model: &mut M, train: &DataLoader<'_, B>, state: &mut State) -> Result<Option<String>> {
        if let Some((Pace::Epoch, schedule)) = &self.schedule {
            self.optimizer.set_lr(schedule.lr(state.base_lr, state.epoch))?;
        }
        let mut batches = match state.position.take() {
            None => train.epoch(state.epoch as u64),
            Some(position) => train.resume(&position)?,
        };
        // A run that was cut between an epoch's last step and its end has that epoch's batches behind it.
        let over = batches.position().epoch != state.epoch as u64;
        let first = if over { batches.total() } else { batches.position().batch };
        let mut bar = self.bar(self.label(state), batches.total()).starting_at(first);
        while !over && let Some((taken, grads)) = self.step(model, &mut batches, state)? {
            let figures = if bar.is_due() { self.figures(state) } else { Vec::new() };
            bar.advance(taken, &figures.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>());
            let mut stop = None;
            for i in 0..self.callbacks.len() {
                let flow = self.call(i, model, state, Some(&grads), |callback, run| callback.on_step(run))?;
                stop = stop.or(flow.reason());
            }
            let end = self.steps.is_some_and(|n| state.step >= n);
            if stop.is_some() || (!end && self.checkpoints.as_ref().is_some_and(|policy| policy.due(state.step))) {
                self.save(model, state, &batches.position(), None)?;
            }
            if stop.is_some() {
                return Ok(stop);
            }
            if end {
                break;
            }
        }
        self.close(model, state, bar, batches.position())
    }

    /// One optimizer step on the next batches: how many those were, and the gradients; nothing at the epoch's end.
    fn step(
        &mut self,
        model: &mut M,
        batches: &mut Batches<'_, B>,
        state: &mut State,
    ) -> Result<Option<(usize, Gradients<T>)>> {
        let mut sum = GradientAccumulator::new(self.accumulate)?;
        let (mut taken, mut mean) = (0, None);
        while mean.is_none()
            && let Some(batch) = batches.next()
        {
            let batch = batch?;
            let before = state.cx.clone();
            let Pass { loss, output } = (self.forward)(model, &batch, &mut state.cx)?;
            let value = loss.item()?.to_f64();
            if !value.is_finite() {
                return Err(self.explain(model, &batch, before, value, state));
            }
            let grads = loss.backward()?;
            state.loss.add(value, samples(&output));
            self.metrics.iter_mut().try_for_each(|m| m.update(&output, &batch))?;
            taken += 1;
            mean = if self.accumulate == 1 { Some(grads) } else { sum.add(grads) };
        }
        let Some(mut grads) = mean.or_else(|| sum.finish()) else { return Ok(None) };
        if let Some(norm) = self.clip_norm {
            clip_grad_norm(&mut grads, norm)?;
        }
        if let Some(limit) = self.clip_value {
            clip_grad_value(&mut grads, limit)?;
        }
        if let Some((Pace::Step, schedule)) = &self.schedule {
            self.optimizer.set_lr(schedule.lr(state.base_lr, state.step))?;
        }
        self.optimizer.step(model, &grads)?;
        if let Some((_, Some(ema))) = &mut self.ema {
            ema.update(model)?;
        }
        state.step += 1;
        Ok(Some((taken, grads)))
    }

    /// Ends an epoch: validation, record, callbacks, checkpoint. Returns a reason if the run is to end.
    fn close(&mut self, model: &mut M, state: &mut State, bar: Progress, next: Position) -> Result<Option<String>> {
        let mut figures = self.figures(state);
        self.swap_averages(model);
        if let Some(batches) = self.validation.as_ref().map(|start| start()) {
            let scores = self.measure(model, batches)?;
            figures.extend(scores.iter().map(|(name, value)| (format!("val_{name}"), value)));
        }
        bar.finish(&figures.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>());
        state.history.push(EpochRecord {
            epoch: state.epoch + 1,
            step: state.step,
            seconds: state.seconds(),
            lr: self.optimizer.lr(),
            values: figures.into_iter().map(|(_, value)| value).collect(),
        });
        let mut stop = None;
        for i in 0..self.callbacks.len() {
            let flow = self.call(i, model, state, None, |callback, run| callback.on_epoch(run))?;
            stop = stop.or(flow.reason());
        }
        self.swap_averages(model);
        state.epoch += 1;
        state.loss = Mean::new();
        self.metrics.iter_mut().for_each(|m| m.metric().reset());
        if self.checkpoints.is_some() {
            let best = self.checkpoints.as_mut().and_then(|policy| policy.rank(&state.history, state.step));
            let next = Position { epoch: state.epoch as u64, batch: 0, ..next };
            self.save(model, state, &next, best)?;
        }
        Ok(stop)
    }

    /// Exchanges the model's parameters and their averages, where there are any: what is validated is what the model
    /// gets at the end.
    fn swap_averages(&mut self, model: &mut M) {
        if let Some((_, Some(ema))) = &mut self.ema {
            ema.swap(model);
        }
    }

    /// Loss and metrics over the present epoch so far.
    fn figures(&self, state: &State) -> Vec<(String, f64)> {
        let metrics = self.metrics.iter().map(|m| (m.name(), m.value()));
        std::iter::once(("loss".to_owned(), state.loss.value())).chain(metrics).collect()
    }

    /// Calls callback number `i` with the run's state.
    fn call<R>(
        &mut self,
        i: usize,
        model: &mut M,
        state: &mut State,
        gradients: Option<&Gradients<T>>,
        f: impl FnOnce(&mut dyn crate::callbacks::Callback<M, T>, &mut Run<'_, M, T>) -> Result<R>,
    ) -> Result<R> {
        let seconds = state.seconds();
        let mut run = Run {
            model,
            optimizer: &mut *self.optimizer,
            gradients,
            history: &state.history,
            epoch: state.epoch + 1,
            step: state.step,
            loss: state.loss.value(),
            seconds,
        };
        f(&mut *self.callbacks[i], &mut run)
    }

    fn bar(&self, label: String, total: usize) -> Progress {
        if self.quiet { Progress::hidden() } else { Progress::new(label, total) }
    }

    fn label(&self, state: &State) -> String {
        match self.epochs {
            usize::MAX => format!("epoch {}", state.epoch + 1),
            n => format!("epoch {:>width$}/{n}", state.epoch + 1, width = n.to_string().len()),
        }
    }

    /// Why the loss isn't finite: looks for the first such parameter, or else the first such result or gradient.
    fn explain(&self, model: &M, batch: &B, mut cx: Context, loss: f64, state: &State) -> Error {
        let broken = |values: &[T]| values.iter().any(|v| !v.is_finite());
        let parameters = model.named_parameters();
        let cause = match parameters.iter().find(|(_, param)| broken(&param.value().values())) {
            Some((name, _)) => format!("{name} holds values that aren't finite since an earlier step"),
            None => {
                let again = detect_anomaly(|| (self.forward)(model, batch, &mut cx)?.loss.backward());
                again.err().map_or("it came from the batch's loss alone".to_owned(), |e| e.to_string())
            }
        };
        let (epoch, step, lr) = (state.epoch + 1, state.step + 1, self.optimizer.lr());
        let what = format!("the loss of step {step} in epoch {epoch} is {loss}, with a learning rate of {lr}");
        Error::state("fit", format!("{what}: {cause}"))
    }
}

impl Flow {
    fn reason(self) -> Option<String> {
        match self {
            Self::Continue => None,
            Self::Stop(reason) => Some(reason),
        }
    }
}
