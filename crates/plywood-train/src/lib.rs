//! Training loop, metrics, checkpoints and pictures.
//!
//! The [`Trainer`] is the loop that everyone writes, with validation, callbacks, exact resuming and a progress bar.
//! Each of its parts works without it: [`metrics`], [`Checkpoint`], [`Progress`], and with feature `plots` the pictures
//! of `plots`.

pub mod callbacks;
mod checkpoint;
mod finder;
mod history;
pub mod metrics;
#[cfg(feature = "plots")]
pub mod plots;
#[cfg(feature = "plots")]
mod png;
mod progress;
pub mod search;
mod setting;
#[cfg(feature = "tensorboard")]
pub mod tensorboard;
mod trainer;

pub use callbacks::{Callback, CsvLog, EarlyStopping, Flow, JsonLog, ReduceOnPlateau, Run, TimeBudget};
pub use checkpoint::{Checkpoint, Checkpoints};
pub use finder::{RateCurve, RateFinder};
pub use history::{EpochRecord, History};
pub use plywood_tensor::{Error, Result};
pub use progress::Progress;
pub use setting::Setting;
pub use trainer::{Pass, Scores, Trainer, predict};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
