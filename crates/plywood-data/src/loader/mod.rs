//! From a data set to batches: order, batching, transforms, worker threads and resuming.

mod batches;
mod position;
mod prefetch;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use batches::Batches;
pub use position::Position;
use prefetch::Threads;

use crate::sampler::{Random, Sampler, Sequential};
use crate::{Collate, Dataset, Error, Result};

/// What a transform may know of the batch that it is given: all that its randomness should depend on.
#[derive(Clone, Copy, Debug)]
pub struct BatchInfo<'i> {
    /// The epoch, counted from 0.
    pub epoch: u64,
    /// The batch's number in the epoch, counted from 0.
    pub number: usize,
    /// The indices of the samples in the data set, in the order of the batch.
    pub indices: &'i [usize],
}

pub(crate) type Fetch<'a, B> = dyn Fn(&BatchInfo) -> Result<B> + Send + Sync + 'a;

/// Yields the batches of a data set, epoch by epoch.
///
/// Everything about an epoch is a function of the settings and its number: the order, the batches and what transforms
/// do to them are the same for any number of workers, and a run that stopped in mid-epoch goes on from a saved
/// [`Position`].
///
/// ```
/// use plywood_data::{DataLoader, Dataset, digits};
///
/// let train = digits();
/// let loader = DataLoader::new(&train).batch_size(64).shuffle(0);
/// for epoch in 0..2 {
///     for batch in loader.epoch(epoch) {
///         let batch = batch?;
///         assert_eq!(batch.input.shape()[1..], [1, 8, 8]);
///         assert_eq!(batch.target.shape()[0], batch.len());
///     }
/// }
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub struct DataLoader<'a, B> {
    fetch: Arc<Fetch<'a, B>>,
    samples: usize,
    sampler: Arc<dyn Sampler + 'a>,
    batch_size: usize,
    drop_last: bool,
    threads: Option<Threads<'a>>,
    started: AtomicU64,
}

impl<'a, B: Send + 'a> DataLoader<'a, B> {
    /// A loader of `dataset`, given by value, by reference or in an `Arc`: in order, one sample a batch, no workers.
    pub fn new<D>(dataset: D) -> Self
    where
        D: Dataset + 'a,
        D::Item: Collate<Batch = B>,
    {
        let samples = dataset.len();
        Self {
            fetch: Arc::new(move |info| dataset.batch(info.indices)),
            samples,
            sampler: Arc::new(Sequential),
            batch_size: 1,
            drop_last: false,
            threads: None,
            started: AtomicU64::new(0),
        }
    }

    /// Samples a batch; 0 is an error when iteration begins.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// Draws a new random order for each epoch, which depends on `seed` and the epoch's number.
    pub fn shuffle(self, seed: u64) -> Self {
        self.sampler(Random::new(seed))
    }

    /// Takes the order from `sampler`.
    pub fn sampler(self, sampler: impl Sampler + 'a) -> Self {
        Self { sampler: Arc::new(sampler), ..self }
    }

    /// Whether to leave out a last batch that is smaller than the others.
    pub fn drop_last(self, drop_last: bool) -> Self {
        Self { drop_last, ..self }
    }

    /// Applies `f` to every batch, on the worker that made it.
    ///
    /// Randomness in `f` should come from [`random::sample_stream`](crate::random::sample_stream) or another function
    /// of the seed and the [`BatchInfo`], so that a run can be repeated and resumed.
    pub fn map<C: Send + 'a>(self, f: impl Fn(B, &BatchInfo) -> Result<C> + Send + Sync + 'a) -> DataLoader<'a, C> {
        let fetch = self.fetch;
        DataLoader {
            fetch: Arc::new(move |info| f(fetch(info)?, info)),
            samples: self.samples,
            sampler: self.sampler,
            batch_size: self.batch_size,
            drop_last: self.drop_last,
            threads: self.threads,
            started: self.started,
        }
    }

    /// The number of samples in the data set.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The number of batches an epoch; 0 where iteration would be an error.
    pub fn len(&self) -> usize {
        let drawn = self.sampler.drawn(self.samples);
        match self.batch_size {
            0 => 0,
            size if self.drop_last => drawn / size,
            size => drawn.div_ceil(size),
        }
    }

    /// Whether there are no batches.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batches of epoch number `epoch`.
    ///
    /// An empty data set, a batch size of 0, or no full batch with [`drop_last`](Self::drop_last) come as the first
    /// item, an error.
    pub fn epoch(&self, epoch: u64) -> Batches<'a, B> {
        self.begin(epoch, 0)
    }

    /// The batches of the next epoch: the first call gives epoch 0, the second epoch 1, and so on, so that each
    /// `for` loop over the same loader sees a new order.
    pub fn iter(&self) -> Batches<'a, B> {
        self.epoch(self.started.fetch_add(1, Ordering::Relaxed))
    }

    /// The rest of the epoch that was interrupted at `position`; calls of [`iter`](Self::iter) after it go on with the
    /// epoch that follows.
    ///
    /// # Errors
    /// If the position was saved by a loader with other settings or another number of samples.
    pub fn resume(&self, position: &Position) -> Result<Batches<'a, B>> {
        position.check(&self.position(position.epoch, 0))?;
        self.started.store(position.epoch + 1, Ordering::Relaxed);
        Ok(self.begin(position.epoch, position.batch))
    }

    fn position(&self, epoch: u64, batch: usize) -> Position {
        Position {
            epoch,
            batch,
            samples: self.samples,
            batch_size: self.batch_size,
            drop_last: self.drop_last,
            order: self.sampler.describe(),
        }
    }

    fn begin(&self, epoch: u64, batch: usize) -> Batches<'a, B> {
        let position = self.position(epoch, batch);
        match self.order(epoch) {
            Ok(order) => Batches::new(self.fetch.clone(), order, position, self.threads),
            Err(error) => Batches::failed(error, position),
        }
    }

    /// The indices of an epoch, in order and cut to full batches where asked for.
    fn order(&self, epoch: u64) -> Result<Vec<usize>> {
        if self.batch_size == 0 {
            return Err(Error::value("data loader", "batch size", "at least 1", 0));
        }
        if self.samples == 0 {
            return Err(Error::value("data loader", "data set", "at least one sample", "an empty set"));
        }
        let mut order = self.sampler.order(self.samples, self.batch_size, epoch)?;
        if let Some(index) = order.iter().find(|&&i| i >= self.samples) {
            let expected = format!("an index less than the {} samples", self.samples);
            return Err(Error::value("data loader", "sampler", expected, index));
        }
        if self.drop_last {
            order.truncate(order.len() / self.batch_size * self.batch_size);
            if order.is_empty() {
                let expected = format!("at least one batch of {} samples, as the last is dropped", self.batch_size);
                return Err(Error::value("data loader", "data set", expected, format!("{} samples", self.samples)));
            }
        }
        Ok(order)
    }
}

impl<B: Send> DataLoader<'static, B> {
    /// Makes batches on `workers` threads, ahead of their use; 0 makes them when asked for, on the caller's thread.
    ///
    /// At most two batches a worker wait, unless [`prefetch`](Self::prefetch) says otherwise. The threads outlive any
    /// borrow, so hand the data set over by value (a clone of a set in memory is cheap) or in an `Arc`. The order of
    /// batches doesn't depend on the number of workers; a worker's error or panic comes in its batch's place and ends
    /// the iteration.
    pub fn workers(self, workers: usize) -> Self {
        let threads = (workers > 0).then_some(Threads { workers, window: 2 * workers, spawn: prefetch::spawn });
        Self { threads, ..self }
    }

    /// How many batches may be in the making or wait at most (at least 1); set it after [`workers`](Self::workers).
    pub fn prefetch(self, batches: usize) -> Self {
        Self { threads: self.threads.map(|threads| Threads { window: batches.max(1), ..threads }), ..self }
    }
}

impl<'a, B: Send + 'a> IntoIterator for &DataLoader<'a, B> {
    type Item = Result<B>;
    type IntoIter = Batches<'a, B>;

    fn into_iter(self) -> Batches<'a, B> {
        self.iter()
    }
}
