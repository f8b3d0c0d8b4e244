//! Views, and operations that move values without changing them.

use plywood_autograd::Var;
use plywood_tensor::{Scalar, Shape};

use super::Runner;
use crate::conformance::case::{Inputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "reshape" | "view" => |x| Ok(output(reshaped(x, &x.var("input")?)?)),
        "flatten" => |x| {
            x.attrs.only("end_dim", -1)?;
            Ok(output(x.var("input")?.flatten(x.attrs.int("start_dim")?.unwrap_or(0) as isize)?))
        },
        "permute" => |x| Ok(output(permuted(x)?)),
        "permute_reshape" => |x| Ok(output(reshaped(x, &permuted(x)?)?)),
        "transpose" => |x| Ok(output(x.var("input")?.transpose(dim(x, "dim0")?, dim(x, "dim1")?)?)),
        "squeeze" => |x| Ok(output(x.var("input")?.squeeze(dim(x, "dim")?)?)),
        "unsqueeze" => |x| Ok(output(x.var("input")?.unsqueeze(dim(x, "dim")?)?)),
        "narrow" => |x| {
            let (start, length) = (x.attrs.size_needed("start")?, x.attrs.size_needed("length")?);
            Ok(output(x.var("input")?.narrow(dim(x, "dim")?, start, length)?))
        },
        "slice" => |x| {
            let (start, step) =
                (x.attrs.int("start")?.unwrap_or(0) as isize, x.attrs.int("step")?.unwrap_or(1) as isize);
            let end = x.attrs.int("end")?.map(|end| end as isize);
            Ok(output(x.var("input")?.slice(dim(x, "dim")?, start, end, step)?))
        },
        "select" => |x| Ok(output(x.var("input")?.select(dim(x, "dim")?, x.attrs.size_needed("index")?)?)),
        _ => return None,
    })
}

fn dim<T: Scalar>(x: &Inputs<T>, name: &'static str) -> Result<isize, Stop> {
    Ok(x.attrs.int_needed(name)? as isize)
}

/// `input` with its dimensions in the order of `dims`, of which negative ones count from the end.
fn permuted<T: Scalar>(x: &Inputs<T>) -> Result<Var<T>, Stop> {
    let input = x.var("input")?;
    let order = x.attrs.ints_needed("dims")?.into_iter().map(|d| input.shape().dim(d as isize, "permute"));
    Ok(input.permute(&order.collect::<Result<Vec<_>, _>>()?)?)
}

/// `input` under the shape of the arguments, in which one extent may be -1: whatever is left.
fn reshaped<T: Scalar>(x: &Inputs<T>, input: &Var<T>) -> Result<Var<T>, Stop> {
    let wanted = x.attrs.ints_needed("shape")?;
    let known: i64 = wanted.iter().filter(|&&d| d != -1).product();
    let rest = (input.value().elements() as i64).checked_div(known).unwrap_or(0);
    let extents = wanted.iter().map(|&d| usize::try_from(if d == -1 { rest } else { d }));
    let extents = extents.collect::<Result<Vec<_>, _>>().map_err(|_| unsupported(format!("shape {wanted:?}")))?;
    Ok(input.reshape(Shape::from_slice(&extents)?)?)
}
