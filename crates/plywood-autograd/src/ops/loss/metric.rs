//! Losses of embeddings, by how near pairs of them are: compositions of other operations.

use plywood_kernels::loss::Reduction;
use plywood_tensor::{Error, Result, Scalar, Tensor};

use crate::{Var, where_};

/// The loss of pairs of embeddings `[n, d]` (or one pair, `[d]`): 1 - cos for targets 1, which should be alike, and
/// `max(0, cos - margin)` for targets -1. Targets are `[n]`.
///
/// # Errors
/// If the shapes don't fit, or a target is neither 1 nor -1.
pub fn cosine_embedding_loss<T: Scalar>(
    input1: &Var<T>,
    input2: &Var<T>,
    target: &Tensor<T>,
    margin: f64,
    reduction: Reduction,
) -> Result<Var<T>> {
    const OP: &str = "cosine_embedding_loss";
    same_shape(OP, "input2", input1, input2)?;
    if let Some(t) = target.values().iter().find(|t| t.abs() != T::ONE) {
        return Err(Error::value(OP, "target", "1 or -1", t));
    }
    // What keeps a zero from being divided by, as in PyTorch.
    let length = |x: &Var<T>| Ok::<_, Error>(x.square().sum_dim(-1, false)?.add_scalar(1e-12));
    let dot = input1.mul(input2)?.sum_dim(-1, false)?;
    let cosine = dot.div(&length(input1)?.mul(&length(input2)?)?.sqrt())?;
    if target.shape() != cosine.shape() {
        return Err(Error::shape(OP, "shape of the target", cosine.shape(), target.shape()));
    }
    let apart = cosine.sub_scalar(margin).clamp(0.0, f64::INFINITY);
    let losses = where_(&target.map(|t| t > T::ZERO), &cosine.rsub_scalar(1.0), &apart)?;
    Ok(reduced(losses, reduction))
}

/// How [`triplet_margin_loss_with`] measures.
#[derive(Clone, Copy, Debug)]
pub struct TripletMargin {
    /// How much further away the negative should be.
    pub margin: f64,
    /// Distances are `p`-norms.
    pub p: f64,
    /// Added to each difference, so that equal points have a gradient.
    pub eps: f64,
    /// Whether the negative's distance from the positive counts, where it is less (Balntas et al. 2016).
    pub swap: bool,
    /// How the losses become one number.
    pub reduction: Reduction,
}

impl Default for TripletMargin {
    /// Margin 1, Euclidean distances, the mean: PyTorch's.
    fn default() -> Self {
        Self { margin: 1.0, p: 2.0, eps: 1e-6, swap: false, reduction: Reduction::Mean }
    }
}

/// The mean of `max(0, margin + |anchor - positive| - |anchor - negative|)` over embeddings `[n, d]`, with margin 1
/// (Schroff et al., FaceNet, 2015).
///
/// # Errors
/// If the shapes differ.
pub fn triplet_margin_loss<T: Scalar>(anchor: &Var<T>, positive: &Var<T>, negative: &Var<T>) -> Result<Var<T>> {
    triplet_margin_loss_with(anchor, positive, negative, TripletMargin::default())
}

/// [`triplet_margin_loss`] with another margin, distance or reduction.
///
/// # Errors
/// If the shapes differ, or `p` is NaN.
pub fn triplet_margin_loss_with<T: Scalar>(
    anchor: &Var<T>,
    positive: &Var<T>,
    negative: &Var<T>,
    options: TripletMargin,
) -> Result<Var<T>> {
    const OP: &str = "triplet_margin_loss";
    same_shape(OP, "positive", anchor, positive)?;
    same_shape(OP, "negative", anchor, negative)?;
    let distance = |a: &Var<T>, b: &Var<T>| a.sub(b)?.add_scalar(options.eps).norm(options.p, -1, false);
    let near = distance(anchor, positive)?;
    let mut far = distance(anchor, negative)?;
    if options.swap {
        far = far.minimum(&distance(positive, negative)?)?;
    }
    let losses = near.sub(&far)?.add_scalar(options.margin).clamp(0.0, f64::INFINITY);
    Ok(reduced(losses, options.reduction))
}

fn same_shape<T: Scalar>(op: &'static str, name: &str, first: &Var<T>, x: &Var<T>) -> Result<()> {
    if x.shape() == first.shape() && !x.shape().is_empty() {
        return Ok(());
    }
    let expected = format!("that of the first input, {}, with at least one dimension", first.shape());
    Err(Error::shape(op, format!("shape of {name}"), expected, x.shape()))
}

fn reduced<T: Scalar>(losses: Var<T>, reduction: Reduction) -> Var<T> {
    match reduction {
        Reduction::None => losses,
        Reduction::Mean => losses.mean(),
        Reduction::Sum => losses.sum(),
    }
}
