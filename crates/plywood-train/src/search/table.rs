//! What a search found.

use std::fmt;

use super::{Scores, Trial};
use crate::metrics::Better;
use crate::progress::figure;

/// A trial with its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The settings.
    pub trial: Trial,
    /// The score on each fold; none if the trial failed.
    pub scores: Vec<f64>,
    /// Why the trial failed, if it did.
    pub failure: Option<String>,
}

impl Outcome {
    /// The mean score; NaN if the trial failed.
    pub fn mean(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len() as f64
    }

    /// The standard deviation of the scores (n - 1); 0 for a single fold.
    pub fn deviation(&self) -> f64 {
        let (mean, n) = (self.mean(), self.scores.len() as f64);
        if self.scores.len() < 2 {
            return 0.0;
        }
        (self.scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    }
}

/// All trials, the best first; trials whose score is NaN come last, and after them those that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Table(Vec<Outcome>);

impl Table {
    pub(super) fn new(trials: impl Iterator<Item = (Trial, Scores)>, better: Better) -> Self {
        let outcome = |(trial, scores): (Trial, Scores)| match scores {
            Ok(scores) => Outcome { trial, scores, failure: None },
            Err((fold, error)) => Outcome { trial, scores: Vec::new(), failure: Some(format!("fold {fold}: {error}")) },
        };
        let mut rows: Vec<Outcome> = trials.map(outcome).collect();
        // Stable, so that of equal trials the one tried first stays first.
        rows.sort_by(|a, b| {
            let failed = a.failure.is_some().cmp(&b.failure.is_some());
            let (a, b) = (a.mean(), b.mean());
            let order = if better == Better::Lower { a.total_cmp(&b) } else { b.total_cmp(&a) };
            failed.then(a.is_nan().cmp(&b.is_nan())).then(order)
        });
        Self(rows)
    }

    /// The best trial.
    pub fn best(&self) -> Option<&Outcome> {
        self.0.first()
    }

    /// All trials, the best first.
    pub fn iter(&self) -> impl Iterator<Item = &Outcome> {
        self.0.iter()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.0.first() else { return write!(f, "no trials") };
        let mut rows = vec![first.trial.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()];
        rows[0].extend(["score".to_owned(), "± fold".to_owned()]);
        for outcome in &self.0 {
            let mut row: Vec<String> = outcome.trial.iter().map(|(_, value)| value.to_string()).collect();
            row.extend(match outcome.failure {
                None => [figure(outcome.mean()), figure(outcome.deviation())],
                Some(_) => ["failed".to_owned(), String::new()],
            });
            rows.push(row);
        }
        let width = |j: usize| rows.iter().map(|row| row[j].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for (i, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:>w$}")).collect();
            write!(f, "{}{}", if i > 0 { "\n" } else { "" }, cells.join("  "))?;
            let failure = i.checked_sub(1).and_then(|i| self.0[i].failure.as_ref());
            failure.map_or(Ok(()), |reason| write!(f, "  {reason}"))?;
        }
        Ok(())
    }
}
