//! A run as TensorBoard shows it.

use std::path::PathBuf;

use plywood_nn::{Module, Scalar};

use super::{Callback, Flow, Run};
use crate::Result;
use crate::tensorboard::EventWriter;

/// Writes event files as the run goes: the loss by step; figures, learning rate and histograms of parameters by epoch.
///
/// Training and validation are two runs, `train` and `validation`, so that the page draws each figure's two curves in
/// one chart.
pub struct TensorBoard {
    folder: PathBuf,
    every: usize,
    histograms: bool,
    train: Option<EventWriter>,
    validation: Option<EventWriter>,
}

impl TensorBoard {
    /// Into this folder; start the page with `tensorboard --logdir FOLDER`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), every: 10, histograms: true, train: None, validation: None }
    }

    /// How many steps lie between two points of the loss; 10 unless told otherwise, at least 1.
    pub fn every_steps(self, steps: usize) -> Self {
        Self { every: steps.max(1), ..self }
    }

    /// Whether to write histograms of parameters.
    pub fn histograms(self, histograms: bool) -> Self {
        Self { histograms, ..self }
    }
}

impl<M: Module<T>, T: Scalar> Callback<M, T> for TensorBoard {
    fn name(&self) -> String {
        "TensorBoard".into()
    }

    fn on_start(&mut self, run: &mut Run<'_, M, T>) -> Result<()> {
        self.train = Some(EventWriter::create(self.folder.join("train"))?);
        if run.history.columns().iter().any(|(name, _)| name.starts_with("val_")) {
            self.validation = Some(EventWriter::create(self.folder.join("validation"))?);
        }
        Ok(())
    }

    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        if let Some(train) = self.train.as_mut().filter(|_| run.step.is_multiple_of(self.every)) {
            train.scalar("by step/mean loss of the epoch so far", run.step, run.loss)?;
        }
        Ok(Flow::Continue)
    }

    fn on_epoch(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        for (name, _) in run.history.columns() {
            let value = run.history.last(name).unwrap_or(f64::NAN);
            let (writer, tag) = match name.strip_prefix("val_") {
                Some(tag) => (&mut self.validation, tag),
                None => (&mut self.train, name.as_str()),
            };
            if let Some(writer) = writer {
                writer.scalar(&format!("by epoch/{tag}"), run.epoch, value)?;
            }
        }
        let Some(train) = &mut self.train else { return Ok(Flow::Continue) };
        train.scalar("by epoch/learning rate", run.epoch, run.optimizer.lr())?;
        if self.histograms {
            for (name, param) in run.model.named_parameters() {
                train.histogram(&name.replace('.', "/"), run.epoch, param.value())?;
            }
        }
        train.flush()?;
        self.validation.as_mut().map_or(Ok(()), EventWriter::flush)?;
        Ok(Flow::Continue)
    }
}
