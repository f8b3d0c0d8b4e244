//! Negative log-likelihood: minus the log-probability of the right class.

use plywood_kernels::loss::Reduction;
use plywood_tensor::{Result, Scalar, Tensor};

use super::{Rows, check_weight, reduce};
use crate::Var;

/// How [`nll_loss_with`] counts.
#[derive(Clone, Debug)]
pub struct NllLoss<T: Scalar = f32> {
    /// The weight of each class, `[classes]`; a mean divides by the weights of the targets.
    pub weight: Option<Tensor<T>>,
    /// Targets of this class count for nothing.
    pub ignore_index: i64,
    /// How the losses become one number.
    pub reduction: Reduction,
}

impl<T: Scalar> Default for NllLoss<T> {
    /// No weights, `ignore_index` −100, the mean: PyTorch's.
    fn default() -> Self {
        Self { weight: None, ignore_index: -100, reduction: Reduction::Mean }
    }
}

/// The mean of minus the log-probability `[n, classes, …]` of the right class `[n, …]`.
///
/// # Errors
/// If the shapes don't fit, or a class is out of range.
pub fn nll_loss<T: Scalar>(log_probs: &Var<T>, target: &Tensor<i64>) -> Result<Var<T>> {
    nll_loss_with(log_probs, target, &NllLoss::default())
}

/// [`nll_loss`] with class weights, a class left out or another reduction.
///
/// # Errors
/// As [`nll_loss`], and if the weights' shape is wrong.
pub fn nll_loss_with<T: Scalar>(log_probs: &Var<T>, target: &Tensor<i64>, options: &NllLoss<T>) -> Result<Var<T>> {
    const OP: &str = "nll_loss";
    let rows = Rows::of(OP, log_probs.value())?;
    rows.check(OP, target, options.ignore_index)?;
    check_weight(OP, options.weight.as_ref(), rows.classes)?;
    // Of each place: where in the rows its target stands, and how much it counts.
    let weight = options.weight.as_ref().map(Tensor::contiguous);
    let chosen: Vec<Option<(usize, T)>> = target
        .values()
        .iter()
        .enumerate()
        .map(|(r, &c)| {
            let counts = c != options.ignore_index;
            counts.then(|| (r * rows.classes + c as usize, weight.as_ref().map_or(T::ONE, |w| w[c as usize])))
        })
        .collect();
    let losses = Tensor::build(rows.places, |out| {
        let loss = |&(i, w): &(usize, T)| -w * rows.values[i];
        out.iter_mut().zip(&chosen).for_each(|(y, chosen)| *y = chosen.as_ref().map_or(T::ZERO, loss));
    });
    let count = chosen.iter().flatten().map(|&(_, w)| w).sum();
    Ok(reduce(OP, &[log_probs], losses, options.reduction, count, || {
        move |g, sink| {
            sink.add(0, || {
                rows.restore(Tensor::build(rows.values.len(), |dx| {
                    dx.fill(T::ZERO);
                    for (r, chosen) in chosen.iter().enumerate() {
                        if let Some((i, w)) = *chosen {
                            dx[i] = -w * g.at(r);
                        }
                    }
                }))
            })
        }
    }))
}
