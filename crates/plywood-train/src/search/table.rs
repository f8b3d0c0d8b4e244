//! What a search found.

use std::fmt;

use super::Trial;
use crate::metrics::Better;
use crate::progress::figure;

/// A trial with its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The settings.
    pub trial: Trial,
    /// The score on each fold.
    pub scores: Vec<f64>,
}

impl Outcome {
    /// The mean score.
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

/// All trials, the best first; trials whose score is NaN come last.
#[derive(Clone, Debug, PartialEq)]
pub struct Table(Vec<Outcome>);

impl Table {
    pub(super) fn new(trials: &[Trial], scores: &[f64], folds: usize, better: Better) -> Self {
        let outcome = |(trial, scores): (&Trial, &[f64])| Outcome { trial: trial.clone(), scores: scores.to_vec() };
        let mut rows: Vec<Outcome> = trials.iter().zip(scores.chunks(folds)).map(outcome).collect();
        // Stable, so that of equal trials the one tried first stays first.
        rows.sort_by(|a, b| {
            let (a, b) = (a.mean(), b.mean());
            let order = if better == Better::Lower { a.total_cmp(&b) } else { b.total_cmp(&a) };
            a.is_nan().cmp(&b.is_nan()).then(order)
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
            row.extend([figure(outcome.mean()), figure(outcome.deviation())]);
            rows.push(row);
        }
        let width = |j: usize| rows.iter().map(|row| row[j].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for (i, row) in rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, w)| format!("{cell:>w$}")).collect();
            write!(f, "{}{}", if i > 0 { "\n" } else { "" }, cells.join("  "))?;
        }
        Ok(())
    }
}
