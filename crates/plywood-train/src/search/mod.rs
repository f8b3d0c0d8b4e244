//! Looking for good settings: grids and random draws over a space, scored by cross-validation.
//!
//! ```
//! use plywood_train::metrics::Better;
//! use plywood_train::search::{Search, Space};
//!
//! let space = Space::new().log_uniform("lr", 1e-4, 1.0)?.choice("optimizer", ["sgd", "adam"])?;
//! // In earnest: train on all folds but `fold`, return the score on that fold.
//! let table = Search::grid(&space, 5)?.folds(3).run(Better::Lower, |trial, fold| {
//!     let distance = (trial.number("lr")?.ln() - 0.01f64.ln()).abs();
//!     Ok(distance + if trial.text("optimizer")? == "adam" { 0.0 } else { 0.5 } + 0.01 * fold as f64)
//! })?;
//! let best = table.best().unwrap();
//! assert_eq!((best.trial.number("lr")?, best.trial.text("optimizer")?), (0.01, "adam"));
//! println!("{table}");
//! # Ok::<(), plywood_train::Error>(())
//! ```

mod space;
mod table;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood_tensor::Stream;
pub use space::{Space, Trial};
pub use table::{Outcome, Table};

use crate::metrics::Better;
use crate::{Error, Result};

/// The trials of a search and how they are run.
#[derive(Clone, Debug)]
pub struct Search {
    trials: Vec<Trial>,
    folds: usize,
    threads: usize,
}

impl Search {
    /// All combinations of the space's settings, with `levels` values of each range, evenly spaced.
    ///
    /// # Errors
    /// If the space is empty, `levels` is 0, or there are more than a million combinations.
    pub fn grid(space: &Space, levels: usize) -> Result<Self> {
        Self::of(space.grid(levels)?)
    }

    /// `count` random draws (Bergstra and Bengio 2012: better than a grid where few settings matter).
    ///
    /// # Errors
    /// If the space is empty or `count` is 0.
    pub fn random(space: &Space, count: usize, seed: u64) -> Result<Self> {
        let mut random = Stream::new(seed);
        Self::of((0..count).map(|_| space.draw(&mut random)).collect())
    }

    fn of(trials: Vec<Trial>) -> Result<Self> {
        if trials.first().is_none_or(Trial::is_empty) {
            return Err(Error::value("search", "trials", "at least one, of at least one setting", trials.len()));
        }
        Ok(Self { trials, folds: 1, threads: 1 })
    }

    /// Scores each trial on this many folds, at least one, and takes the mean.
    pub fn folds(self, folds: usize) -> Self {
        Self { folds: folds.max(1), ..self }
    }

    /// Runs this many trainings side by side, at least one: pays for models too small to keep all cores busy. The
    /// table is the same for any number.
    pub fn threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Scores every trial on every fold; the table has the best trial first.
    ///
    /// # Errors
    /// The first error of `score`, with its trial and fold; trainings that run side by side are finished first.
    pub fn run(&self, better: Better, score: impl Fn(&Trial, usize) -> Result<f64> + Sync) -> Result<Table> {
        let jobs = self.trials.len() * self.folds;
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        let results: Mutex<Vec<Option<Result<f64>>>> = Mutex::new((0..jobs).map(|_| None).collect());
        let work = || loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs || job > failed.load(Ordering::Relaxed) {
                return;
            }
            let (trial, fold) = (&self.trials[job / self.folds], job % self.folds);
            let result = score(trial, fold).map_err(|e| e.at(format!("trial {trial}, fold {fold}")));
            if result.is_err() {
                failed.fetch_min(job, Ordering::Relaxed);
            }
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[job] = Some(result);
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(jobs) {
                scope.spawn(work);
            }
            work();
        });
        let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let scores: Vec<f64> = results.into_iter().flatten().collect::<Result<_>>()?;
        Ok(Table::new(&self.trials, &scores, self.folds, better))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Space {
        Space::new().uniform("x", -1.0, 1.0).unwrap().integer("n", 1, 4).unwrap().flag("bias")
    }

    #[test]
    fn tables_do_not_depend_on_threads() {
        let run = |threads| {
            let search = Search::random(&space(), 30, 5).unwrap().folds(3).threads(threads);
            let score = |t: &Trial, fold| Ok(t.number("x")?.powi(2) + t.number("n")? * fold as f64);
            search.run(Better::Lower, score).unwrap().to_string()
        };
        assert_eq!(run(1), run(4));
    }

    #[test]
    fn errors_name_trial_and_fold() {
        let search = Search::grid(&Space::new().integer("n", 1, 3).unwrap(), 3).unwrap().folds(2).threads(2);
        let score = |trial: &Trial, fold| match (trial.number("n")?, fold) {
            (2.0, 1) => Err(Error::state("fit", "no memory")),
            _ => Ok(0.0),
        };
        let error = search.run(Better::Lower, score).unwrap_err().to_string();
        assert_eq!(error, "trial n = 2, fold 1: fit: no memory");
    }

    #[test]
    fn nothing_to_try_is_an_error() {
        assert!(Search::grid(&Space::new(), 3).is_err());
        assert!(Search::grid(&space(), 0).is_err());
        assert!(Search::random(&space(), 0, 1).is_err());
        assert!(Search::random(&Space::new(), 4, 1).is_err());
    }
}
