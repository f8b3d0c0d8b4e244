//! Products, and the layers that are products.

use plywood_tensor::Scalar;

use super::Runner;
use crate::conformance::case::output;

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "linear" => |x| Ok(output(x.var("input")?.linear(&x.var("weight")?, x.optional("bias")?.as_ref())?)),
        "maxout" => |x| {
            x.attrs.size("units")?;
            x.attrs.only("weight_layout", "row unit*pieces+piece")?;
            let y = x.var("input")?.linear(&x.var("weight")?, x.optional("bias")?.as_ref())?;
            Ok(output(y.maxout(x.attrs.size_needed("pieces")?)?))
        },
        _ => return None,
    })
}
