//! Losses.

use plywood_autograd::{
    ClassTarget, CrossEntropy, CtcLoss, NllLoss, Reduction, TripletMargin, Var, binary_cross_entropy,
    binary_cross_entropy_with_logits, binary_cross_entropy_with_logits_weighted, cosine_embedding_loss,
    cross_entropy_with, ctc_loss, hinge_embedding_loss, huber_loss, kl_div, l1_loss, mse_loss, nll_loss_with,
    smooth_l1_loss, triplet_margin_loss_with,
};
use plywood_tensor::{Scalar, Tensor};

use super::Runner;
use crate::conformance::case::{Inputs, Outputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "mse_loss" => |x| pair(x, mse_loss),
        "l1_loss" => |x| pair(x, l1_loss),
        "smooth_l1_loss" => |x| {
            let beta = x.attrs.float_or("beta", 1.0)?;
            pair(x, |input, target, reduction| smooth_l1_loss(input, target, beta, reduction))
        },
        "huber_loss" => |x| {
            let delta = x.attrs.float_or("delta", 1.0)?;
            pair(x, |input, target, reduction| huber_loss(input, target, delta, reduction))
        },
        "binary_cross_entropy" => |x| pair(x, binary_cross_entropy),
        "binary_cross_entropy_with_logits" => |x| match weights(x, "pos_weight")? {
            None => pair(x, binary_cross_entropy_with_logits),
            Some(weight) => pair(x, |input, target, reduction| {
                binary_cross_entropy_with_logits_weighted(input, target, &weight, reduction)
            }),
        },
        "kl_div" => |x| {
            let log_target = x.attrs.flag_or("log_target", false)?;
            pair(x, |input, target, reduction| kl_div(input, target, log_target, reduction))
        },
        "hinge_embedding_loss" => |x| {
            let margin = x.attrs.float_or("margin", 1.0)?;
            pair(x, |input, target, reduction| hinge_embedding_loss(input, target, margin, reduction))
        },
        "cosine_embedding_loss" => |x| {
            let (margin, target) = (x.attrs.float_or("margin", 0.0)?, x.var("target")?.into_value());
            Ok(output(cosine_embedding_loss(&x.var("input1")?, &x.var("input2")?, &target, margin, reduction(x)?)?))
        },
        "triplet_margin_loss" => |x| {
            let options = TripletMargin {
                margin: x.attrs.float_or("margin", 1.0)?,
                p: x.attrs.float_or("p", 2.0)?,
                eps: x.attrs.float_or("eps", 1e-6)?,
                swap: x.attrs.flag_or("swap", false)?,
                reduction: reduction(x)?,
            };
            let [anchor, positive, negative] = [x.var("anchor")?, x.var("positive")?, x.var("negative")?];
            Ok(output(triplet_margin_loss_with(&anchor, &positive, &negative, options)?))
        },
        "cross_entropy" => |x| {
            let options = CrossEntropy {
                weight: weights(x, "weight")?,
                ignore_index: x.attrs.int("ignore_index")?.unwrap_or(-100),
                label_smoothing: x.attrs.float_or("label_smoothing", 0.0)?,
                reduction: reduction(x)?,
            };
            x.attrs.only("layout", "class dimension is 1")?;
            x.attrs.only("target", "probabilities")?;
            let input = x.var("input")?;
            Ok(output(if x.is_float("target") {
                cross_entropy_with(&input, ClassTarget::Probabilities(&x.var("target")?), &options)?
            } else {
                cross_entropy_with(&input, &x.ints("target")?, &options)?
            }))
        },
        "nll_loss" => |x| {
            let options = NllLoss {
                weight: weights(x, "weight")?,
                ignore_index: x.attrs.int("ignore_index")?.unwrap_or(-100),
                reduction: reduction(x)?,
            };
            Ok(output(nll_loss_with(&x.var("input")?, &x.ints("target")?, &options)?))
        },
        "ctc_loss" => |x| {
            x.attrs.only("layout", "log_probs (time, batch, class)")?;
            let lengths = |name| x.attrs.sizes(name)?.ok_or_else(|| unsupported(format!("no attribute {name}")));
            let options = CtcLoss {
                blank: x.attrs.size_or("blank", 0)?,
                reduction: reduction(x)?,
                zero_infinity: x.attrs.flag_or("zero_infinity", false)?,
            };
            let (log_probs, targets) = (x.var("log_probs")?, x.ints("targets")?);
            Ok(output(ctc_loss(
                &log_probs,
                &targets,
                &lengths("input_lengths")?,
                &lengths("target_lengths")?,
                options,
            )?))
        },
        _ => return None,
    })
}

/// A loss of `input` and `target` of one shape.
fn pair<T: Scalar>(
    x: &Inputs<T>,
    loss: impl Fn(&Var<T>, &Var<T>, Reduction) -> plywood_tensor::Result<Var<T>>,
) -> Result<Outputs<T>, Stop> {
    Ok(output(loss(&x.var("input")?, &x.var("target")?, reduction(x)?)?))
}

fn reduction<T: Scalar>(x: &Inputs<T>) -> Result<Reduction, Stop> {
    match x.attrs.word_or("reduction", "mean")? {
        "none" => Ok(Reduction::None),
        "mean" => Ok(Reduction::Mean),
        "sum" => Ok(Reduction::Sum),
        other => Err(unsupported(format!("reduction {other:?}"))),
    }
}

/// Weights that may be left out; no gradient flows to them.
fn weights<T: Scalar>(x: &Inputs<T>, name: &str) -> Result<Option<Tensor<T>>, Stop> {
    Ok(x.optional(name)?.map(Var::into_value))
}
