//! Lowering the learning rate when a figure no longer gets better.

use plywood_nn::{Scalar, StateDict};
use plywood_optim::ReduceLROnPlateau;
use serde_json::{Value, json};

use super::{Callback, Flow, Run, column};
use crate::checkpoint::{float, parse_float};
use crate::{Error, Result};

/// Feeds a column of the history to [`ReduceLROnPlateau`] after each epoch.
///
/// Don't set a schedule of the [`Trainer`](crate::Trainer) beside it, since each would undo what the other sets.
#[derive(Clone, Debug)]
pub struct ReduceOnPlateau {
    column: String,
    scheduler: ReduceLROnPlateau,
}

impl ReduceOnPlateau {
    /// Watches a column, e.g. `val_loss`.
    pub fn new(column: impl Into<String>, scheduler: ReduceLROnPlateau) -> Self {
        Self { column: column.into(), scheduler }
    }
}
