//! Gradients of a large batch from several small ones.

use plywood_autograd::{Error, Gradients, Result, Scalar};

use crate::clip::scale;

/// Collects the gradients of `steps` small batches and gives their mean: the gradient of the large batch that they
/// make up, where each loss is a mean over equally many samples.
///
/// ```
/// use plywood_autograd::{Tensor, Var};
/// use plywood_optim::GradientAccumulator;
///
/// let w = Var::leaf(Tensor::from([0.0f64]));
/// let mut accumulator = GradientAccumulator::new(2)?;
/// assert!(accumulator.add(w.backward_with(Tensor::from([1.0]))?).is_none());
/// let mean = accumulator.add(w.backward_with(Tensor::from([4.0]))?).unwrap();
/// assert_eq!(mean.get(&w).unwrap().to_vec(), [2.5]);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GradientAccumulator<T: Scalar = f32> {
    steps: usize,
    taken: usize,
    sum: Gradients<T>,
}

impl<T: Scalar> GradientAccumulator<T> {
    /// # Errors
    /// If `steps` is 0.
    pub fn new(steps: usize) -> Result<Self> {
        if steps == 0 {
            return Err(Error::value("GradientAccumulator", "steps", "at least 1", steps));
        }
        Ok(Self { steps, taken: 0, sum: Gradients::new() })
    }

    /// Takes the gradients of a small batch; returns the mean once there are enough.
    pub fn add(&mut self, grads: Gradients<T>) -> Option<Gradients<T>> {
        self.sum.accumulate(grads);
        self.taken += 1;
        if self.taken == self.steps { self.finish() } else { None }
    }

    /// The mean of what has been taken since the last one; `None` if that is nothing. For the end of an epoch.
    pub fn finish(&mut self) -> Option<Gradients<T>> {
        let taken = std::mem::take(&mut self.taken);
        let mut mean = std::mem::take(&mut self.sum);
        scale(&mut mean, 1.0 / taken.max(1) as f64);
        (taken > 0).then_some(mean)
    }
}
