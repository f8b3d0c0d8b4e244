//! Moving values by position: selecting, gathering, masking, joining, padding, resizing.

use plywood_autograd::{Interpolation, PadMode, Resize, Var, cat, one_hot, stack};
use plywood_tensor::{Scalar, Shape};

use super::Runner;
use crate::conformance::case::{Inputs, Output, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "expand" | "broadcast_to" => |x| {
            let input = x.var("input")?;
            let shape = expanded(&x.attrs.ints_needed("shape")?, input.shape())?;
            Ok(output(input.expand(shape)?))
        },
        "unflatten" => |x| {
            let sizes = x.attrs.sizes("sizes")?.ok_or_else(|| unsupported("no attribute sizes"))?;
            Ok(output(x.var("input")?.unflatten(dim(x, "dim")?, &sizes)?))
        },
        "index_select" => |x| Ok(output(x.var("input")?.index_select(dim(x, "dim")?, &x.ints("index")?)?)),
        "gather" => |x| Ok(output(x.var("input")?.gather(dim(x, "dim")?, &x.ints("index")?)?)),
        "scatter_add" => {
            |x| Ok(output(x.var("input")?.scatter_add(dim(x, "dim")?, &x.ints("index")?, &x.var("src")?)?))
        }
        "masked_fill" => |x| {
            let value = x.attrs.float("value")?.ok_or_else(|| unsupported("no attribute value"))?;
            Ok(output(x.var("input")?.masked_fill(&x.bools("mask")?, value)?))
        },
        "masked_select" => |x| Ok(output(x.var("input")?.masked_select(&x.bools("mask")?)?)),
        "embedding" => |x| Ok(output(x.var("weight")?.embedding(&x.ints("input")?, x.attrs.size("padding_idx")?)?)),
        "one_hot" => |x| {
            let classes = x.attrs.int("num_classes")?.filter(|&n| n != -1).map(|n| n as usize);
            Ok(vec![("output", Output::Ints(one_hot(&x.ints("input")?, classes)?))])
        },
        "flip" => |x| {
            let dims: Vec<isize> = x.attrs.ints_needed("dims")?.into_iter().map(|d| d as isize).collect();
            Ok(output(x.var("input")?.flip(&dims)?))
        },
        "roll" => |x| {
            let (shifts, dims) = (x.attrs.ints_needed("shifts")?, x.attrs.ints_needed("dims")?);
            let shifts: Vec<_> = dims.iter().zip(&shifts).map(|(&d, &s)| (d as isize, s as isize)).collect();
            Ok(output(x.var("input")?.roll(&shifts)?))
        },
        "tril" => |x| Ok(output(x.var("input")?.tril(x.attrs.int("diagonal")?.unwrap_or(0))?)),
        "triu" => |x| Ok(output(x.var("input")?.triu(x.attrs.int("diagonal")?.unwrap_or(0))?)),
        "cat" => |x| Ok(output(cat(&all(x)?.iter().collect::<Vec<_>>(), x.attrs.int("dim")?.unwrap_or(0) as isize)?)),
        "stack" => {
            |x| Ok(output(stack(&all(x)?.iter().collect::<Vec<_>>(), x.attrs.int("dim")?.unwrap_or(0) as isize)?))
        }
        "pad" => |x| {
            let padding = x.attrs.ints_needed("padding")?;
            let value = x.attrs.float_or("value", 0.0)?;
            let mode = match x.attrs.word_or("mode", "constant")? {
                "constant" => PadMode::Constant(value),
                "reflect" => PadMode::Reflect,
                "replicate" => PadMode::Replicate,
                "circular" => PadMode::Circular,
                word => return Err(unsupported(format!("mode {word:?}"))),
            };
            let pairs: Vec<_> = padding.as_chunks::<2>().0.iter().map(|p| p.map(|n| n as isize)).collect();
            Ok(output(x.var("input")?.pad(&pairs, mode)?))
        },
        "interpolate" => |x| {
            let mode = match x.attrs.word_or("mode", "nearest")? {
                "nearest" => Interpolation::Nearest,
                "bilinear" => Interpolation::Bilinear { align_corners: x.attrs.flag_or("align_corners", false)? },
                word => return Err(unsupported(format!("mode {word:?}"))),
            };
            Ok(output(x.var("input")?.interpolate(resize(x)?, mode)?))
        },
        _ => return None,
    })
}

fn dim<T: Scalar>(x: &Inputs<T>, name: &'static str) -> Result<isize, Stop> {
    Ok(x.attrs.int_needed(name)? as isize)
}

/// All inputs, in order.
fn all<T: Scalar>(x: &Inputs<T>) -> Result<Vec<Var<T>>, Stop> {
    x.names().into_iter().map(|name| x.var(name)).collect()
}

/// The shape to expand to, in which -1 stands for the input's own extent.
fn expanded(wanted: &[i64], input: &Shape) -> Result<Shape, Stop> {
    let new = wanted.len().saturating_sub(input.len());
    let own = |i: usize| i.checked_sub(new).and_then(|i| input.get(i)).copied();
    let extent = |(i, &d): (usize, &i64)| if d == -1 { own(i) } else { usize::try_from(d).ok() };
    let extents: Option<Vec<usize>> = wanted.iter().enumerate().map(extent).collect();
    Ok(Shape::from_slice(&extents.ok_or_else(|| unsupported(format!("shape {wanted:?}")))?)?)
}

fn resize<T: Scalar>(x: &Inputs<T>) -> Result<Resize, Stop> {
    if let Some(size) = x.attrs.each::<2>("size")? {
        return Ok(Resize::Size(size));
    }
    let scale = match x.attrs.get("scale").or(x.attrs.get("scale_factor")) {
        Some(scale) if scale.is_array() => scale.get(0).zip(scale.get(1)),
        Some(scale) => Some((scale, scale)),
        None => None,
    };
    let scale = scale.and_then(|(h, w)| Some([h.as_f64()?, w.as_f64()?]));
    scale.map(Resize::Scale).ok_or_else(|| unsupported("neither size nor scale"))
}
