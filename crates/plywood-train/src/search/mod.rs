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

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use plywood_tensor::Stream;
pub use space::{Space, Trial};
pub use table::{Outcome, Table};

use crate::metrics::Better;
use crate::{Error, Result};

/// A trial's score on each fold, or the fold that failed and why.
type Scores = Result<Vec<f64>, (usize, Error)>;

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
    /// A trial that fails, for example because its learning rate is so high that predictions become NaN, isn't the end
    /// of the search: its further folds are left out, and it goes to the end of the table with its reason.
    ///
    /// ```
    /// use plywood_train::Error;
    /// use plywood_train::metrics::Better;
    /// use plywood_train::search::{Search, Space};
    ///
    /// let space = Space::new().choice("lr", [0.1, 1.0, 10.0])?;
    /// let table = Search::grid(&space, 1)?.run(Better::Lower, |trial, _| match trial.number("lr")? {
    ///     lr if lr > 5.0 => Err(Error::state("fit", "the loss is NaN")),
    ///     lr => Ok(lr),
    /// })?;
    /// assert_eq!(table.best().unwrap().trial.number("lr")?, 0.1);
    /// assert_eq!(table.iter().last().unwrap().failure.as_deref(), Some("fold 0: fit: the loss is NaN"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If every trial fails: the first one's error, with its trial and fold.
    pub fn run(&self, better: Better, score: impl Fn(&Trial, usize) -> Result<f64> + Sync) -> Result<Table> {
        let (jobs, folds) = (self.trials.len() * self.folds, self.folds);
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<Option<Result<f64>>>> = Mutex::new((0..jobs).map(|_| None).collect());
        let lock = || results.lock().unwrap_or_else(PoisonError::into_inner);
        let work = || loop {
            let job = next.fetch_add(1, Ordering::Relaxed);
            if job >= jobs {
                return;
            }
            // Only an earlier fold's failure ends a trial, so that its reason is the same for any number of threads.
            let fold = job % folds;
            if lock()[job - fold..job].iter().flatten().any(Result::is_err) {
                continue;
            }
            let result = score(&self.trials[job / folds], fold);
            lock()[job] = Some(result);
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(jobs) {
                scope.spawn(work);
            }
            work();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter();
        let of_trial = |_: &Trial| {
            let of_folds: Vec<Option<Result<f64>>> = results.by_ref().take(folds).collect();
            let scores = of_folds.into_iter().enumerate();
            scores.filter_map(|(fold, score)| Some(score?.map_err(|error| (fold, error)))).collect()
        };
        let scores: Vec<Scores> = self.trials.iter().map(of_trial).collect();
        if scores.iter().any(Result::is_ok) {
            return Ok(Table::new(self.trials.iter().cloned().zip(scores), better));
        }
        let (n, trial) = (self.trials.len(), &self.trials[0]);
        let first = scores.into_iter().find_map(Result::err);
        let (fold, error) = first.expect("a search has trials, and all have failed");
        Err(error.at(format!("all {n} trials failed; trial {trial}, fold {fold}")))
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
    fn a_trial_that_fails_is_recorded_and_the_search_goes_on() {
        let space = Space::new().integer("n", 1, 4).unwrap();
        let run = |threads| {
            let search = Search::grid(&space, 4).unwrap().folds(3).threads(threads);
            let score = |trial: &Trial, fold| match (trial.number("n")?, fold) {
                (2.0, 1..) => Err(Error::state("fit", format!("no memory in fold {fold}"))),
                (3.0, _) => Ok(f64::NAN),
                (n, fold) => Ok(n + fold as f64),
            };
            search.run(Better::Higher, score).unwrap()
        };
        let table = run(1);
        let order: Vec<f64> = table.iter().map(|outcome| outcome.trial.number("n").unwrap()).collect();
        assert_eq!(order, [4.0, 1.0, 3.0, 2.0]);
        let failed = table.iter().last().unwrap();
        assert_eq!(failed.failure.as_deref(), Some("fold 1: fit: no memory in fold 1"));
        assert!(failed.scores.is_empty() && failed.mean().is_nan());
        assert_eq!(table.to_string().lines().last(), Some("2  failed          fold 1: fit: no memory in fold 1"));
        assert_eq!(run(3).to_string(), table.to_string());
    }

    #[test]
    fn if_all_trials_fail_the_search_does() {
        let search = Search::grid(&Space::new().integer("n", 1, 2).unwrap(), 2).unwrap().folds(2).threads(2);
        let error = search.run(Better::Lower, |_, _| Err(Error::state("fit", "no memory"))).unwrap_err().to_string();
        assert_eq!(error, "all 2 trials failed; trial n = 1, fold 0: fit: no memory");
    }

    #[test]
    fn nothing_to_try_is_an_error() {
        assert!(Search::grid(&Space::new(), 3).is_err());
        assert!(Search::grid(&space(), 0).is_err());
        assert!(Search::random(&space(), 0, 1).is_err());
        assert!(Search::random(&Space::new(), 4, 1).is_err());
    }
}
