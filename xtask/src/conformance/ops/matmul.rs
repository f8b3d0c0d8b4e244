//! Products, and the layers that are products.

use plywood_autograd::einsum;
use plywood_tensor::Scalar;

use super::Runner;
use crate::conformance::case::output;
use crate::conformance::outcome::unsupported;

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "linear" => |x| Ok(output(x.var("input")?.linear(&x.var("weight")?, x.optional("bias")?.as_ref())?)),
        "einsum" => |x| {
            let equation = x.attrs.word("equation")?.ok_or_else(|| unsupported("no attribute equation"))?;
            let operands = x.names().into_iter().map(|name| x.var(name)).collect::<Result<Vec<_>, _>>()?;
            Ok(output(einsum(equation, &operands.iter().collect::<Vec<_>>())?))
        },
        "maxout" => |x| {
            x.attrs.size("units")?;
            x.attrs.only("weight_layout", "row unit*pieces+piece")?;
            let y = x.var("input")?.linear(&x.var("weight")?, x.optional("bias")?.as_ref())?;
            Ok(output(y.maxout(x.attrs.size_needed("pieces")?)?))
        },
        "matmul" => |x| Ok(output(x.var("lhs")?.matmul(&x.var("rhs")?)?)),
        "matmul_transposed" => |x| Ok(output(x.var("lhs")?.matmul(&x.var("rhs")?.transpose(-1, -2)?)?)),
        "bilinear" => |x| {
            let (a, b, weight) = (x.var("input1")?, x.var("input2")?, x.var("weight")?);
            Ok(output(a.bilinear(&b, &weight, x.optional("bias")?.as_ref())?))
        },
        _ => return None,
    })
}
