//! Reductions, and what works along one dimension.

use plywood_autograd::{Dims, Var};
use plywood_tensor::{Scalar, Tensor};

use super::Runner;
use crate::conformance::case::{Inputs, Output, Outputs, output};
use crate::conformance::outcome::Stop;

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "sum" => |x| over(x, Var::sum_dim),
        "mean" => |x| over(x, Var::mean_dim),
        "prod" => |x| over(x, Var::prod),
        // The manifest's names for what PyTorch calls amax and amin.
        "max" | "amax" => |x| over(x, Var::amax),
        "min" | "amin" => |x| over(x, Var::amin),
        "logsumexp" => |x| over(x, Var::logsumexp),
        "var" => |x| {
            let correction = x.attrs.size_or("correction", 1)?;
            over(x, |x, dims, keepdim| x.var(dims, correction, keepdim))
        },
        "std" => |x| {
            let correction = x.attrs.size_or("correction", 1)?;
            over(x, |x, dims, keepdim| x.std(dims, correction, keepdim))
        },
        "norm" => |x| {
            let p = x.attrs.float_or("p", 2.0)?;
            over(x, |x, dims, keepdim| x.norm(p, dims, keepdim))
        },
        "argmax" => |x| index_of(x, Tensor::argmax),
        "argmin" => |x| index_of(x, Tensor::argmin),
        "softmax" => |x| Ok(output(x.var("input")?.softmax(dim(x)?)?)),
        "log_softmax" => |x| Ok(output(x.var("input")?.log_softmax(dim(x)?)?)),
        "cumsum" => |x| Ok(output(x.var("input")?.cumsum(dim(x)?)?)),
        "sort" => |x| {
            let descending = x.attrs.flag_or("descending", false)?;
            let dim = x.attrs.int("dim")?.unwrap_or(-1) as isize;
            Ok(with_indices(x.var("input")?.sort(dim, descending)?))
        },
        "topk" => |x| {
            let largest = x.attrs.flag_or("largest", true)?;
            let dim = x.attrs.int("dim")?.unwrap_or(-1) as isize;
            Ok(with_indices(x.var("input")?.topk(x.attrs.size_needed("k")?, dim, largest)?))
        },
        _ => return None,
    })
}

fn over<T: Scalar>(
    x: &Inputs<T>,
    f: impl FnOnce(&Var<T>, Dims, bool) -> plywood_tensor::Result<Var<T>>,
) -> Result<Outputs<T>, Stop> {
    let dims: Vec<isize> = x.attrs.ints("dim")?.unwrap_or_default().into_iter().map(|d| d as isize).collect();
    let keepdim = x.attrs.flag_or("keepdim", false)?;
    Ok(output(f(&x.var("input")?, Dims::from(&dims[..]), keepdim)?))
}

fn index_of<T: Scalar>(
    x: &Inputs<T>,
    f: impl FnOnce(&Tensor<T>, isize, bool) -> plywood_tensor::Result<Tensor<i64>>,
) -> Result<Outputs<T>, Stop> {
    let keepdim = x.attrs.flag_or("keepdim", false)?;
    Ok(vec![("output", Output::Ints(f(x.var("input")?.value(), dim(x)?, keepdim)?))])
}

fn with_indices<T: Scalar>((values, indices): (Var<T>, Tensor<i64>)) -> Outputs<T> {
    vec![("values", Output::Float(values)), ("indices", Output::Ints(indices))]
}

fn dim<T: Scalar>(x: &Inputs<T>) -> Result<isize, Stop> {
    Ok(x.attrs.int_needed("dim")? as isize)
}
