//! The iterator over one epoch's batches.

use std::sync::Arc;

use super::prefetch::{Prefetch, Threads};
use super::{BatchInfo, Fetch, Position};
use crate::{Error, Result};

/// The order of one epoch and how to make its batches.
pub(crate) struct Plan<'a, B> {
    fetch: Arc<Fetch<'a, B>>,
    order: Vec<usize>,
    epoch: u64,
    batch_size: usize,
}

impl<B> Plan<'_, B> {
    pub(crate) fn len(&self) -> usize {
        self.order.len().div_ceil(self.batch_size)
    }

    pub(crate) fn fetch(&self, number: usize) -> Result<B> {
        let first = number * self.batch_size;
        let indices = &self.order[first..(first + self.batch_size).min(self.order.len())];
        (self.fetch)(&BatchInfo { epoch: self.epoch, number, indices })
    }
}

enum Source<'a, B> {
    Here(Plan<'a, B>),
    Workers(Prefetch<B>),
    Failed(Option<Error>),
}

/// The batches of one epoch: what [`DataLoader::iter`](super::DataLoader::iter) and its kin return.
///
/// After an error there are no more batches.
pub struct Batches<'a, B> {
    source: Source<'a, B>,
    position: Position,
    len: usize,
}

impl<'a, B: Send + 'a> Batches<'a, B> {
    pub(crate) fn new(
        fetch: Arc<Fetch<'a, B>>,
        order: Vec<usize>,
        position: Position,
        threads: Option<Threads<'a>>,
    ) -> Self {
        let plan = Plan { fetch, order, epoch: position.epoch, batch_size: position.batch_size };
        let len = plan.len();
        let source = match threads {
            Some(threads) => Source::Workers(Prefetch::start(plan, position.batch, threads)),
            None => Source::Here(plan),
        };
        Self { source, position, len }
    }

    pub(crate) fn failed(error: Error, position: Position) -> Self {
        Self { source: Source::Failed(Some(error)), position, len: 0 }
    }

    /// Where the iteration stands: the place of the batch that comes next. At the end of an epoch, that is the start
    /// of the following one.
    pub fn position(&self) -> Position {
        let mut position = self.position.clone();
        if self.len > 0 && position.batch >= self.len {
            position.epoch += 1;
            position.batch = 0;
        }
        position
    }

    /// The number of batches in the whole epoch.
    pub fn total(&self) -> usize {
        self.len
    }
}

impl<B> Iterator for Batches<'_, B> {
    type Item = Result<B>;

    fn next(&mut self) -> Option<Result<B>> {
        let number = self.position.batch;
        let result = match &mut self.source {
            Source::Failed(error) => return error.take().map(Err),
            _ if number >= self.len => return None,
            Source::Here(plan) => plan.fetch(number),
            Source::Workers(workers) => workers.next(number),
        };
        match result {
            Ok(batch) => {
                self.position.batch += 1;
                Some(Ok(batch))
            }
            Err(error) => {
                self.source = Source::Failed(None);
                Some(Err(error.at(format!("epoch {}, batch {number}", self.position.epoch))))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.source {
            Source::Failed(ref error) => (error.iter().len(), Some(error.iter().len())),
            // An error ends the iteration early.
            _ => (0, Some(self.len.saturating_sub(self.position.batch))),
        }
    }
}
