//! Losses that compare input and target value by value; the formulas are in `plywood_kernels::loss::pair`.

use plywood_kernels::loss::Reduction;
use plywood_kernels::loss::pair::{self, By, Pair};
use plywood_tensor::{Error, Result, Scalar, Tensor};

use super::reduce;
use crate::Var;

/// `(x − t)²`, one a value, their mean or their sum.
///
/// ```
/// use plywood_autograd::{Reduction, Tensor, Var, mse_loss};
/// let (x, t) = (Var::leaf(Tensor::from([1.0, 4.0])), Var::from(Tensor::from([1.0, 2.0])));
/// assert_eq!(mse_loss(&x, &t, Reduction::Mean)?.item()?, 2.0);
/// # Ok::<(), plywood_autograd::Error>(())
/// ```
///
/// # Errors
/// If the shapes differ.
pub fn mse_loss<T: Scalar>(input: &Var<T>, target: &Var<T>, reduction: Reduction) -> Result<Var<T>> {
    pairwise("mse_loss", pair::Mse, input, target, None, reduction)
}

/// `|x − t|`.
///
/// # Errors
/// If the shapes differ.
pub fn l1_loss<T: Scalar>(input: &Var<T>, target: &Var<T>, reduction: Reduction) -> Result<Var<T>> {
    pairwise("l1_loss", pair::L1, input, target, None, reduction)
}

/// Half the square up to a distance of `delta`, a line beyond (Huber 1964).
///
/// # Errors
/// If the shapes differ, or `delta` isn't positive.
pub fn huber_loss<T: Scalar>(input: &Var<T>, target: &Var<T>, delta: f64, reduction: Reduction) -> Result<Var<T>> {
    if delta.is_nan() || delta <= 0.0 {
        return Err(Error::value("huber_loss", "delta", "a positive number", delta));
    }
    let op = pair::Huber { delta: T::from_f64(delta), scale: T::ONE };
    pairwise("huber_loss", op, input, target, None, reduction)
}

/// The Huber loss divided by `beta`, where its parabola ends; with `beta` 0 the L1 loss (Girshick 2015).
///
/// # Errors
/// If the shapes differ, or `beta` is negative.
pub fn smooth_l1_loss<T: Scalar>(input: &Var<T>, target: &Var<T>, beta: f64, reduction: Reduction) -> Result<Var<T>> {
    if beta.is_nan() || beta < 0.0 {
        return Err(Error::value("smooth_l1_loss", "beta", "a number of at least 0", beta));
    }
    if beta == 0.0 {
        return pairwise("smooth_l1_loss", pair::L1, input, target, None, reduction);
    }
    let op = pair::Huber { delta: T::from_f64(beta), scale: T::from_f64(1.0 / beta) };
    pairwise("smooth_l1_loss", op, input, target, None, reduction)
}

/// `−(t ln x + (1 − t) ln(1 − x))` of probabilities; prefer [`binary_cross_entropy_with_logits`].
///
/// # Errors
/// If the shapes differ, or an input isn't a probability.
pub fn binary_cross_entropy<T: Scalar>(input: &Var<T>, target: &Var<T>, reduction: Reduction) -> Result<Var<T>> {
    let op = "binary_cross_entropy";
    if let Some(x) = input.value().values().iter().find(|&&x| !(x >= T::ZERO && x <= T::ONE)) {
        return Err(Error::value(op, "input", "probabilities, 0 to 1", x));
    }
    pairwise(op, pair::Bce, input, target, None, reduction)
}

/// [`binary_cross_entropy`] of `sigmoid(x)`, without the loss of accuracy.
///
/// # Errors
/// If the shapes differ.
pub fn binary_cross_entropy_with_logits<T: Scalar>(
    input: &Var<T>,
    target: &Var<T>,
    reduction: Reduction,
) -> Result<Var<T>> {
    pairwise("binary_cross_entropy_with_logits", pair::BceWithLogits, input, target, None, reduction)
}

/// [`binary_cross_entropy_with_logits`] where positive targets count `pos_weight` times, a tensor that broadcasts to
/// the input: for classes that are rarely positive.
///
/// # Errors
/// If the shapes don't fit.
pub fn binary_cross_entropy_with_logits_weighted<T: Scalar>(
    input: &Var<T>,
    target: &Var<T>,
    pos_weight: &Tensor<T>,
    reduction: Reduction,
) -> Result<Var<T>> {
    let weight = pos_weight.expand(input.shape())?;
    pairwise("binary_cross_entropy_with_logits", pair::BceWithLogits, input, target, Some(weight), reduction)
}

/// Kullback and Leibler's divergence `t (ln t − x)` of log-probabilities `x` from probabilities `t`, or from
/// log-probabilities if `log_target`. The mean is over all values, as PyTorch's `mean`; divide a sum by the batch size
/// for the divergence itself (PyTorch's `batchmean`).
///
/// # Errors
/// If the shapes differ.
pub fn kl_div<T: Scalar>(input: &Var<T>, target: &Var<T>, log_target: bool, reduction: Reduction) -> Result<Var<T>> {
    if log_target {
        pairwise("kl_div", pair::KlDivLogTarget, input, target, None, reduction)
    } else {
        pairwise("kl_div", pair::KlDiv, input, target, None, reduction)
    }
}

/// `x` for targets 1 and `max(0, margin − x)` for targets −1, where `x` is a distance.
///
/// # Errors
/// If the shapes differ, or a target is neither 1 nor −1.
pub fn hinge_embedding_loss<T: Scalar>(
    input: &Var<T>,
    target: &Var<T>,
    margin: f64,
    reduction: Reduction,
) -> Result<Var<T>> {
    let op = "hinge_embedding_loss";
    if let Some(t) = target.value().values().iter().find(|t| t.abs() != T::ONE) {
        return Err(Error::value(op, "target", "1 or -1", t));
    }
    pairwise(op, pair::HingeEmbedding { margin: T::from_f64(margin) }, input, target, None, reduction)
}

fn pairwise<T: Scalar>(
    op: &'static str,
    loss: impl Pair<T> + 'static,
    input: &Var<T>,
    target: &Var<T>,
    parameter: Option<Tensor<T>>,
    reduction: Reduction,
) -> Result<Var<T>> {
    if input.shape() != target.shape() {
        return Err(Error::shape(op, "shape of the target", format!("{}, the input's", input.shape()), target.shape()));
    }
    let (x, t) = (input.value().contiguous(), target.value().contiguous());
    let p = parameter.map(|p| p.contiguous());
    let losses = Tensor::build(input.shape(), |y| pair::forward(loss, &x, &t, p.as_deref(), y));
    let count = T::from_usize(x.len());
    Ok(reduce(op, &[input, target], losses, reduction, count, || {
        move |g, sink| {
            for (i, by) in [By::Input, By::Target].into_iter().enumerate() {
                sink.write(i, |d, add| pair::adjoint(loss, by, &x, &t, p.as_deref(), g, d, add))?;
            }
            Ok(())
        }
    }))
}
