//! What a data set is: a pure function from an index to a sample.

use std::sync::Arc;

use crate::collate::Collate;
use crate::combinators::{Batched, Cache, Concat, Filter, Map, Shuffle, Subset, Window, Zip};
use crate::{Error, Result};

/// A finite set of samples, each a pure function of its index.
///
/// That `get` is pure, the same sample for the same index however often and from whichever thread it is asked, is what
/// makes everything else exact: shuffling permutes indices, several workers give the order of one, and an interrupted
/// run resumes at a number. Randomness that changes from epoch to epoch (augmentation) belongs to the
/// [`DataLoader`](crate::DataLoader), which knows the epoch.
///
/// ```
/// use plywood_data::{Dataset, Result, Sample};
///
/// /// The squares of the numbers below `0`.
/// struct Squares(usize);
///
/// impl Dataset for Squares {
///     type Item = Sample<f32, f32>;
///     fn len(&self) -> usize {
///         self.0
///     }
///     fn get(&self, index: usize) -> Result<Self::Item> {
///         self.check(index)?;
///         Ok(Sample { input: index as f32, target: (index * index) as f32 })
///     }
/// }
///
/// let odd = Squares(10).filter(|sample| sample.input % 2.0 == 1.0)?;
/// assert_eq!(odd.len(), 5);
/// assert_eq!(odd.get(2)?.target, 25.0);
/// assert_eq!(odd.batch(&[0, 4])?.target.to_vec(), [1.0, 81.0]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
pub trait Dataset: Send + Sync {
    /// A sample: usually a [`Sample`] of an input and a target.
    type Item;

    /// The number of samples.
    fn len(&self) -> usize;

    /// The sample at `index`, counted from 0.
    ///
    /// # Errors
    /// If there is no such index, or the sample can't be read or made.
    fn get(&self, index: usize) -> Result<Self::Item>;

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples at `indices` as one batch. Sets in memory gather it directly.
    ///
    /// # Errors
    /// As [`get`](Self::get), or if the samples don't fit together.
    fn batch(&self, indices: &[usize]) -> Result<<Self::Item as Collate>::Batch>
    where
        Self::Item: Collate,
    {
        Collate::collate(indices.iter().map(|&i| self.get(i)).collect::<Result<_>>()?)
    }

    /// All samples as one batch, in order: for sets small enough to be learned from, or measured on, at once.
    ///
    /// ```
    /// use plywood_data::{Dataset, iris, split};
    /// let (train, _) = split::stratified(iris::<f32>(), 0.2, 0)?;
    /// assert_eq!(train.full_batch()?.input.shape(), &[120, 4]);
    /// # Ok::<(), plywood_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`batch`](Self::batch).
    fn full_batch(&self) -> Result<<Self::Item as Collate>::Batch>
    where
        Self::Item: Collate,
    {
        self.batch(&(0..self.len()).collect::<Vec<_>>())
    }

    /// An error if `index` is not below [`len`](Self::len).
    fn check(&self, index: usize) -> Result<()> {
        if index < self.len() {
            return Ok(());
        }
        Err(Error::value("data set", "index", format!("less than the {} samples", self.len()), index))
    }

    /// Applies `f` to every sample when it is asked for.
    fn map<B, F: Fn(Self::Item) -> Result<B> + Send + Sync>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
    {
        Map::new(self, f)
    }

    /// Keeps the samples that `keep` wants; reads each one once, now.
    ///
    /// # Errors
    /// If a sample can't be read.
    fn filter(self, keep: impl Fn(&Self::Item) -> bool) -> Result<Filter<Self>>
    where
        Self: Sized,
    {
        let mut kept = Vec::new();
        for index in 0..self.len() {
            if keep(&self.get(index)?) {
                kept.push(index);
            }
        }
        self.subset(kept)
    }

    /// Pairs each sample with that of `other` at the same index.
    ///
    /// # Errors
    /// If the lengths differ.
    fn zip<B: Dataset>(self, other: B) -> Result<Zip<Self, B>>
    where
        Self: Sized,
    {
        Zip::new(self, other)
    }

    /// The samples of this set followed by those of `other`.
    fn concat<B: Dataset<Item = Self::Item>>(self, other: B) -> Concat<Self, B>
    where
        Self: Sized,
    {
        Concat::new(self, other)
    }

    /// The samples at `indices`, in that order; an index may come more than once.
    ///
    /// # Errors
    /// If an index is out of range.
    fn subset(self, indices: impl Into<Arc<[usize]>>) -> Result<Subset<Self>>
    where
        Self: Sized,
    {
        Subset::new(self, indices.into())
    }

    /// The first `n` samples, or all if there are fewer.
    fn take(self, n: usize) -> Subset<Self>
    where
        Self: Sized,
    {
        let n = n.min(self.len());
        Subset::range(self, 0..n)
    }

    /// All but the first `n` samples; none if there are fewer.
    fn skip(self, n: usize) -> Subset<Self>
    where
        Self: Sized,
    {
        let range = n.min(self.len())..self.len();
        Subset::range(self, range)
    }

    /// The samples in one random order that depends on `seed` alone.
    fn shuffle(self, seed: u64) -> Shuffle<Self>
    where
        Self: Sized,
    {
        let order = crate::random::permutation(self.len(), &[seed]);
        Subset::unchecked(self, order.into())
    }

    /// Batches of `size` samples as the samples of a new set; the last one may be smaller.
    ///
    /// # Errors
    /// If `size` is 0.
    fn batched(self, size: usize) -> Result<Batched<Self>>
    where
        Self: Sized,
        Self::Item: Collate,
    {
        Batched::new(self, size)
    }

    /// Windows of `size` successive samples, each `step` after the one before, as the samples of a new set.
    ///
    /// # Errors
    /// If `size` or `step` is 0, or there are fewer than `size` samples.
    fn window(self, size: usize, step: usize) -> Result<Window<Self>>
    where
        Self: Sized,
    {
        Window::new(self, size, step)
    }

    /// Keeps each sample in memory once it has been asked for.
    fn cache(self) -> Cache<Self>
    where
        Self: Sized,
        Self::Item: Clone,
    {
        Cache::new(self)
    }
}

/// One sample: what goes into a model and what should come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<I, Y> {
    /// What goes into the model, without the dimension of the batch.
    pub input: I,
    /// What should come out.
    pub target: Y,
}

/// A data set whose targets are classes, known without reading the inputs.
pub trait Labelled: Dataset {
    /// The class of every sample, in order.
    fn labels(&self) -> Vec<i64>;
}

macro_rules! through_pointer {
    ($($pointer:ty),*) => {$(
        impl<D: Dataset + ?Sized> Dataset for $pointer {
            type Item = D::Item;
            fn len(&self) -> usize {
                (**self).len()
            }
            fn get(&self, index: usize) -> Result<D::Item> {
                (**self).get(index)
            }
            fn batch(&self, indices: &[usize]) -> Result<<D::Item as Collate>::Batch>
            where
                D::Item: Collate,
            {
                (**self).batch(indices)
            }
        }

        impl<D: Labelled + ?Sized> Labelled for $pointer {
            fn labels(&self) -> Vec<i64> {
                (**self).labels()
            }
        }
    )*};
}
through_pointer!(&D, Arc<D>, Box<D>);

/// Samples in memory, of any type, as a data set.
///
/// A vector isn't one itself: with [`Dataset`] imported, its own `get` and `concat` would be out of reach.
///
/// ```
/// use plywood_data::{Dataset, Samples};
///
/// let words = Samples::from(["one", "two"]).concat(Samples::from(["three"]));
/// assert_eq!((words.len(), words.get(2)?), (3, "three"));
///
/// let (numbers, rows) = (vec![3, 4], vec![vec![1], vec![2, 3]]);
/// assert_eq!((numbers.get(0), numbers.get(2)), (Some(&3), None));
/// assert_eq!(rows.concat(), [1, 2, 3]);
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples<S>(Vec<S>);

impl<S> Default for Samples<S> {
    /// None.
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S> Samples<S> {
    /// The samples, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, S> {
        self.0.iter()
    }
}

impl<'s, S> IntoIterator for &'s Samples<S> {
    type Item = &'s S;
    type IntoIter = std::slice::Iter<'s, S>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<S> From<Vec<S>> for Samples<S> {
    fn from(samples: Vec<S>) -> Self {
        Self(samples)
    }
}

impl<S, const N: usize> From<[S; N]> for Samples<S> {
    fn from(samples: [S; N]) -> Self {
        Self(samples.into())
    }
}

impl<S> FromIterator<S> for Samples<S> {
    fn from_iter<I: IntoIterator<Item = S>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

impl<S: Clone + Send + Sync> Dataset for Samples<S> {
    type Item = S;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn get(&self, index: usize) -> Result<S> {
        self.check(index)?;
        Ok(self.0[index].clone())
    }
}
