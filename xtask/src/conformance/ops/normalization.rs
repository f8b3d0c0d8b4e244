//! Normalisation over batch, features, groups and neighbouring channels.

use plywood_autograd::Var;
use plywood_tensor::{Scalar, Tensor};

use super::Runner;
use crate::conformance::case::{Inputs, Output, Outputs, output};
use crate::conformance::outcome::Stop;

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "batch_norm" => batch_norm,
        "layer_norm" => |x| {
            let (shape, eps) = (normalized_shape(x)?, x.attrs.float_or("eps", 1e-5)?);
            let (input, [weight, bias]) = (x.var("input")?, affine(x)?);
            Ok(output(input.layer_norm(&shape, weight.as_ref(), bias.as_ref(), eps)?))
        },
        "rms_norm" => |x| {
            let (shape, eps) = (normalized_shape(x)?, x.attrs.float_or("eps", T::EPSILON.to_f64())?);
            Ok(output(x.var("input")?.rms_norm(&shape, x.optional("weight")?.as_ref(), eps)?))
        },
        "group_norm" => |x| {
            let (groups, eps) = (x.attrs.size_needed("num_groups")?, x.attrs.float_or("eps", 1e-5)?);
            let (input, [weight, bias]) = (x.var("input")?, affine(x)?);
            Ok(output(input.group_norm(groups, weight.as_ref(), bias.as_ref(), eps)?))
        },
        "instance_norm" => |x| {
            let eps = x.attrs.float_or("eps", 1e-5)?;
            let (input, [weight, bias]) = (x.var("input")?, affine(x)?);
            Ok(output(input.instance_norm(weight.as_ref(), bias.as_ref(), eps)?.0))
        },
        "local_response_norm" => |x| {
            let [alpha, beta, k] = [("alpha", 1e-4), ("beta", 0.75), ("k", 1.0)].map(|(n, d)| x.attrs.float_or(n, d));
            Ok(output(x.var("input")?.local_response_norm(x.attrs.size_needed("size")?, alpha?, beta?, k?)?))
        },
        _ => return None,
    })
}

fn batch_norm<T: Scalar>(x: &Inputs<T>) -> Result<Outputs<T>, Stop> {
    let (eps, momentum) = (x.attrs.float_or("eps", 1e-5)?, x.attrs.float_or("momentum", 0.1)?);
    let (input, [weight, bias]) = (x.var("input")?, affine(x)?);
    let running = |name| Ok::<_, Stop>(x.optional(name)?.map(Var::into_value));
    let (mut mean, mut var): (Option<Tensor<T>>, Option<Tensor<T>>) =
        (running("running_mean")?, running("running_var")?);
    let training = x.attrs.flag_or("training", false)?;
    let y = match (&mut mean, &mut var) {
        (Some(mean), Some(var)) if !training => {
            input.batch_norm_eval(mean, var, weight.as_ref(), bias.as_ref(), eps)?
        }
        running => {
            let (y, statistics) = input.batch_norm(weight.as_ref(), bias.as_ref(), eps)?;
            if let (Some(mean), Some(var)) = running {
                statistics.update_running(momentum, mean, var);
            }
            y
        }
    };
    let running = [("running_mean", mean), ("running_var", var)];
    let running = running.into_iter().filter_map(|(name, value)| Some((name, Output::Float(value?.into()))));
    Ok(output(y).into_iter().chain(running).collect())
}

/// Weight and bias, where the case has them.
fn affine<T: Scalar>(x: &Inputs<T>) -> Result<[Option<Var<T>>; 2], Stop> {
    Ok([x.optional("weight")?, x.optional("bias")?])
}

fn normalized_shape<T: Scalar>(x: &Inputs<T>) -> Result<Vec<usize>, Stop> {
    Ok(x.attrs.sizes("normalized_shape")?.unwrap_or_default())
}
