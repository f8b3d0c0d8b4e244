//! Samples into batches.

use plywood_tensor::{Element, Tensor};

use crate::{Error, Result, Sample};

/// A type of which several values make up a batch.
///
/// Tensors of equal shape are stacked along a new first dimension; numbers become a vector; vectors of numbers are
/// padded to the longest ([`Padded`](crate::Padded)); pairs and [`Sample`]s are taken apart; strings stay a list.
pub trait Collate: Sized {
    /// What several values become.
    type Batch: Send;

    /// Puts `items` together.
    ///
    /// # Errors
    /// If they don't fit together.
    fn collate(items: Vec<Self>) -> Result<Self::Batch>;
}

/// Inputs and targets of several samples: what a [`DataLoader`](crate::DataLoader) yields.
#[derive(Clone, Debug)]
pub struct Batch<I = Tensor<f32>, Y = Tensor<i64>> {
    /// What goes into the model, the samples along dimension 0.
    pub input: I,
    /// What should come out, the samples along dimension 0.
    pub target: Y,
}

impl<T: Element, Y> Batch<Tensor<T>, Y> {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.input.shape().first().copied().unwrap_or(0)
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Element> Collate for Tensor<T> {
    type Batch = Tensor<T>;

    fn collate(items: Vec<Self>) -> Result<Tensor<T>> {
        let Some(first) = items.first() else { return Tensor::from_vec([0], vec![]) };
        let shape = *first.shape();
        if let Some((i, other)) = items.iter().enumerate().find(|(_, item)| *item.shape() != shape) {
            let what = format!("shape of sample {i} of the batch");
            return Err(Error::shape("collate", what, format!("{shape}, as sample 0"), other.shape()));
        }
        let shape = shape.insert(0, items.len())?;
        Ok(Tensor::build(shape, |out| {
            let mut rest = out;
            for item in &items {
                let (now, later) = rest.split_at_mut(item.elements());
                now.copy_from_slice(&item.values());
                rest = later;
            }
        }))
    }
}

macro_rules! numbers {
    ($($t:ty),*) => {$(
        impl Collate for $t {
            type Batch = Tensor<$t>;
            fn collate(items: Vec<Self>) -> Result<Tensor<$t>> {
                let n = items.len();
                Tensor::from_vec([n], items)
            }
        }
    )*};
}
numbers!(f32, f64, i64, u8, bool);

impl<I: Collate, Y: Collate> Collate for Sample<I, Y> {
    type Batch = Batch<I::Batch, Y::Batch>;

    fn collate(items: Vec<Self>) -> Result<Self::Batch> {
        let (inputs, targets) = items.into_iter().map(|sample| (sample.input, sample.target)).unzip();
        Ok(Batch { input: I::collate(inputs)?, target: Y::collate(targets)? })
    }
}

impl<A: Collate, B: Collate> Collate for (A, B) {
    type Batch = (A::Batch, B::Batch);

    fn collate(items: Vec<Self>) -> Result<Self::Batch> {
        let (a, b) = items.into_iter().unzip();
        Ok((A::collate(a)?, B::collate(b)?))
    }
}

impl Collate for String {
    type Batch = Vec<String>;

    fn collate(items: Vec<Self>) -> Result<Vec<String>> {
        Ok(items)
    }
}
