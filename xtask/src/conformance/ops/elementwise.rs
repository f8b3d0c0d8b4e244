//! Functions of one value, and of two that broadcast.

use plywood_autograd::{Var, where_};
use plywood_tensor::Scalar;

use super::Runner;
use crate::conformance::case::{Inputs, Outputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "neg" => |x| of(x, Var::neg),
        "abs" => |x| of(x, Var::abs),
        "sign" => |x| of(x, Var::sign),
        "floor" => |x| of(x, Var::floor),
        "ceil" => |x| of(x, Var::ceil),
        "round" => |x| of(x, Var::round),
        "square" => |x| of(x, Var::square),
        "sqrt" => |x| of(x, Var::sqrt),
        "rsqrt" => |x| of(x, Var::rsqrt),
        "reciprocal" => |x| of(x, Var::reciprocal),
        "exp" => |x| of(x, Var::exp),
        "expm1" => |x| of(x, Var::expm1),
        "log" => |x| of(x, Var::log),
        "log1p" => |x| of(x, Var::log1p),
        "log2" => |x| of(x, Var::log2),
        "log10" => |x| of(x, Var::log10),
        "sin" => |x| of(x, Var::sin),
        "cos" => |x| of(x, Var::cos),
        "tan" => |x| of(x, Var::tan),
        "tanh" => |x| of(x, Var::tanh),
        "erf" => |x| of(x, Var::erf),
        "sigmoid" => |x| of(x, Var::sigmoid),
        "logsigmoid" => |x| of(x, Var::log_sigmoid),
        "relu" => |x| of(x, Var::relu),
        "relu6" => |x| of(x, Var::relu6),
        "prelu" => |x| Ok(output(x.var("input")?.prelu(&x.var("weight")?)?)),
        "selu" => |x| of(x, Var::selu),
        "silu" => |x| of(x, Var::silu),
        "mish" => |x| of(x, Var::mish),
        "softsign" => |x| of(x, Var::softsign),
        "hardsigmoid" => |x| of(x, Var::hardsigmoid),
        "hardswish" => |x| of(x, Var::hardswish),
        "softplus" => |x| {
            let (beta, threshold) = (x.attrs.float_or("beta", 1.0)?, x.attrs.float_or("threshold", 20.0)?);
            of(x, |x| x.softplus(beta, threshold))
        },
        "leaky_relu" => |x| {
            let slope = x.attrs.float_or("negative_slope", 0.01)?;
            of(x, |x| x.leaky_relu(slope))
        },
        "elu" => |x| {
            let alpha = x.attrs.float_or("alpha", 1.0)?;
            of(x, |x| x.elu(alpha))
        },
        "celu" => |x| {
            let alpha = x.attrs.float_or("alpha", 1.0)?;
            of(x, |x| x.celu(alpha))
        },
        "gelu" => |x| match x.attrs.word_or("approximate", "none")? {
            "none" => of(x, Var::gelu),
            "tanh" => of(x, Var::gelu_tanh),
            other => Err(unsupported(format!("approximate {other:?}"))),
        },
        "hardtanh" => |x| {
            let (min, max) = (x.attrs.float_or("min_val", -1.0)?, x.attrs.float_or("max_val", 1.0)?);
            of(x, |x| x.hardtanh(min, max))
        },
        "clamp" => |x| {
            let min = x.attrs.float_or("min", f64::NEG_INFINITY)?;
            let max = x.attrs.float_or("max", f64::INFINITY)?;
            of(x, |x| x.clamp(min, max))
        },
        "pow_scalar" => |x| {
            let exponent = x.attrs.float("exponent")?.ok_or_else(|| unsupported("no attribute exponent"))?;
            of(x, |x| x.pow_scalar(exponent))
        },
        "add" => |x| of_two(x, Var::add),
        "sub" => |x| of_two(x, Var::sub),
        "mul" => |x| of_two(x, Var::mul),
        "div" => |x| of_two(x, Var::div),
        "pow" => |x| of_two(x, Var::pow),
        "maximum" => |x| of_two(x, Var::maximum),
        "minimum" => |x| of_two(x, Var::minimum),
        "where" => |x| Ok(output(where_(&x.bools("condition")?, &x.var("lhs")?, &x.var("rhs")?)?)),
        _ => return None,
    })
}

/// A function of `lhs` and `rhs`, which broadcast.
fn of_two<T: Scalar>(
    x: &Inputs<T>,
    f: impl FnOnce(&Var<T>, &Var<T>) -> plywood_tensor::Result<Var<T>>,
) -> Result<Outputs<T>, Stop> {
    Ok(output(f(&x.var("lhs")?, &x.var("rhs")?)?))
}

/// A function of `input`.
fn of<T: Scalar>(x: &Inputs<T>, f: impl Fn(&Var<T>) -> Var<T>) -> Result<Outputs<T>, Stop> {
    Ok(output(f(&x.var("input")?)))
}
