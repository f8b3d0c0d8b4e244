//! What a run measured, epoch by epoch.

use std::fmt;

use serde_json::{Value, json};

use crate::checkpoint::{float, parse_float};
use crate::metrics::Better;
use crate::progress::{clock, figure};

/// The figures of one epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Optimizer steps since the beginning of the run.
    pub step: usize,
    /// Seconds since the beginning of the run, interruptions left out.
    pub seconds: f64,
    /// The learning rate at the epoch's end.
    pub lr: f64,
    /// One value for each of the history's columns.
    pub values: Vec<f64>,
}

/// All epochs of a run: `loss` and metrics on the training set, `val_loss` and so on where there is a validation set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    columns: Vec<(String, Better)>,
    epochs: Vec<EpochRecord>,
    stopped: Option<String>,
}

impl History {
    /// No epochs yet of these columns.
    pub fn new(columns: Vec<(String, Better)>) -> Self {
        Self { columns, epochs: Vec::new(), stopped: None }
    }

    /// Names of the columns and which end of each is good.
    pub fn columns(&self) -> &[(String, Better)] {
        &self.columns
    }

    /// The epochs.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.epochs
    }

    /// Why the run ended before its time, if it did.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Adds an epoch, with a value for each column.
    ///
    /// # Panics
    /// If their numbers differ.
    pub fn push(&mut self, record: EpochRecord) {
        assert_eq!(record.values.len(), self.columns.len(), "an epoch has a value for each column");
        self.epochs.push(record);
    }

    pub(crate) fn stop(&mut self, reason: Option<String>) {
        self.stopped = reason;
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| column == name)
    }

    /// A column's values, one an epoch; empty if there is no such column.
    pub fn get(&self, name: &str) -> Vec<f64> {
        self.column(name).map_or(Vec::new(), |i| self.epochs.iter().map(|epoch| epoch.values[i]).collect())
    }

    /// A column's value in the last epoch.
    pub fn last(&self, name: &str) -> Option<f64> {
        Some(self.epochs.last()?.values[self.column(name)?])
    }

    /// The epoch, counted from 1, with a column's best value, and the value: the first of equals.
    pub fn best(&self, name: &str) -> Option<(usize, f64)> {
        let i = self.column(name)?;
        let better = self.columns[i].1;
        let values = self.epochs.iter().map(|epoch| (epoch.epoch, epoch.values[i]));
        values.reduce(|best, new| if better.wins(new.1, best.1) { new } else { best })
    }

    /// All of it, exactly, for a checkpoint.
    pub(crate) fn to_json(&self) -> Value {
        let columns = self.columns.iter().map(|(name, better)| json!([name, better.describe()]));
        let epochs = self.epochs.iter().map(|e| {
            let numbers = [e.seconds, e.lr].into_iter().chain(e.values.iter().copied()).map(float);
            json!([e.epoch, e.step, numbers.collect::<Vec<_>>()])
        });
        json!({ "columns": columns.collect::<Vec<_>>(), "epochs": epochs.collect::<Vec<_>>() })
    }

    /// A history from [`to_json`](Self::to_json); `None` if it isn't one.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let column = |c: &Value| Some((c[0].as_str()?.to_owned(), Better::parse(c[1].as_str()?)?));
        let mut history = Self::new(value["columns"].as_array()?.iter().map(column).collect::<Option<_>>()?);
        for e in value["epochs"].as_array()? {
            let numbers: Vec<f64> = e[2].as_array()?.iter().map(parse_float).collect::<Option<_>>()?;
            let [seconds, lr, ref values @ ..] = numbers[..] else { return None };
            if values.len() != history.columns.len() {
                return None;
            }
            let (epoch, step) = (e[0].as_u64()? as usize, e[1].as_u64()? as usize);
            history.epochs.push(EpochRecord { epoch, step, seconds, lr, values: values.to_vec() });
        }
        Some(history)
    }

    /// The curves of all columns: a panel for the loss, one for each metric, training and validation together.
    #[cfg(feature = "plots")]
    pub fn learning_curves(&self, title: &str) -> crate::plots::LearningCurves {
        let mut curves = crate::plots::LearningCurves::new(title);
        for (name, better) in self.columns.iter().filter(|(name, _)| !name.starts_with("val_")) {
            let (train, validation) = (self.get(name), self.get(&format!("val_{name}")));
            let mut series: Vec<(&str, &[f64])> = vec![("training", &train)];
            if !validation.is_empty() {
                series.push(("validation", &validation));
            }
            let heading = name[..1].to_uppercase() + &name[1..];
            curves = curves.panel(&heading, name, *better, &series);
        }
        curves
    }
}

impl fmt::Display for History {
    /// A table of best and last values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.epochs.last() else { return write!(f, "no epochs") };
        let width = self.columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        writeln!(f, "{:width$}  {:>10}  {:>8}  {:>10}", "", "best", "in epoch", "last")?;
        for (name, _) in &self.columns {
            let (epoch, best) = self.best(name).unwrap_or((0, f64::NAN));
            let now = self.last(name).unwrap_or(f64::NAN);
            writeln!(f, "{name:width$}  {:>10}  {epoch:>8}  {:>10}", figure(best), figure(now))?;
        }
        write!(f, "{} epochs, {} steps in {}", self.epochs.len(), last.step, clock(last.seconds))?;
        match &self.stopped {
            Some(reason) => write!(f, "; stopped: {reason}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let columns = vec![("loss".to_owned(), Better::Lower), ("accuracy".to_owned(), Better::Higher)];
        let mut history = History::new(columns);
        for (i, values) in [[0.5, 0.8], [0.25, 0.9], [0.3, 0.9]].into_iter().enumerate() {
            let seconds = 1.5 * (i + 1) as f64;
            history.push(EpochRecord { epoch: i + 1, step: 10 * (i + 1), seconds, lr: 0.1, values: values.to_vec() });
        }
        history
    }

    #[test]
    fn best_is_the_first_of_equals() {
        let history = history();
        assert_eq!((history.best("loss"), history.best("accuracy")), (Some((2, 0.25)), Some((2, 0.9))));
        assert_eq!((history.last("loss"), history.best("f1")), (Some(0.3), None));
        assert_eq!(history.get("loss"), [0.5, 0.25, 0.3]);
    }

    #[test]
    fn json_brings_every_bit_back() {
        let mut history = history();
        history.push(EpochRecord {
            epoch: 4,
            step: 40,
            seconds: 0.1,
            lr: 1.0 / 3.0,
            values: vec![f64::INFINITY, -0.0],
        });
        assert_eq!(History::from_json(&history.to_json()), Some(history));
        assert_eq!(History::from_json(&json!({ "columns": [], "epochs": [[1, 1, ["0"]]] })), None);
    }

    #[test]
    fn the_table_names_best_and_last() {
        let table = history().to_string();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "loss          0.2500         2      0.3000");
        assert_eq!(lines[3], "3 epochs, 30 steps in 4.5 s");
        assert_eq!(History::default().to_string(), "no epochs");
    }
}
