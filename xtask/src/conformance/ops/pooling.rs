//! Pooling over windows and to a fixed size.

use plywood_autograd::{AvgWindow, Window};
use plywood_tensor::Scalar;

use super::Runner;
use crate::conformance::case::{Inputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "max_pool2d" => |x| Ok(output(x.var("input")?.max_pool2d(window::<T, 2>(x, true)?)?)),
        "max_pool1d" => |x| Ok(output(x.var("input")?.max_pool1d(window::<T, 1>(x, true)?)?)),
        "avg_pool2d" => |x| Ok(output(x.var("input")?.avg_pool2d(avg_window::<T, 2>(x)?)?)),
        "avg_pool1d" => |x| Ok(output(x.var("input")?.avg_pool1d(avg_window::<T, 1>(x)?)?)),
        "adaptive_avg_pool2d" => |x| {
            let input = x.var("input")?;
            Ok(output(input.adaptive_avg_pool2d(output_2d(x, input.shape())?)?))
        },
        "adaptive_max_pool2d" => |x| {
            let input = x.var("input")?;
            Ok(output(input.adaptive_max_pool2d(output_2d(x, input.shape())?)?))
        },
        "adaptive_avg_pool1d" => |x| Ok(output(x.var("input")?.adaptive_avg_pool1d(output_1d(x)?)?)),
        "adaptive_max_pool1d" => |x| Ok(output(x.var("input")?.adaptive_max_pool1d(output_1d(x)?)?)),
        _ => return None,
    })
}

/// The window over the last `N` dimensions, 1 or 2; a stride that isn't given is the kernel's size.
fn window<T: Scalar, const N: usize>(x: &Inputs<T>, dilated: bool) -> Result<Window, Stop> {
    // A signal is an image of height 1.
    let image = |last: [usize; N], first: usize| if N == 2 { [last[0], last[N - 1]] } else { [first, last[N - 1]] };
    let kernel = match (x.attrs.each::<N>("kernel")?, x.attrs.each::<N>("kernel_size")?) {
        (Some(kernel), _) | (None, Some(kernel)) => kernel,
        (None, None) => return Err(unsupported("no attribute kernel")),
    };
    Ok(Window {
        kernel: image(kernel, 1),
        stride: image(x.attrs.each("stride")?.unwrap_or(kernel), 1),
        padding: image(x.attrs.each_or("padding", 0)?, 0),
        dilation: if dilated { image(x.attrs.each_or("dilation", 1)?, 1) } else { [1, 1] },
        ceil_mode: x.attrs.flag_or("ceil_mode", false)?,
    })
}

fn avg_window<T: Scalar, const N: usize>(x: &Inputs<T>) -> Result<AvgWindow, Stop> {
    Ok(AvgWindow {
        window: window::<T, N>(x, false)?,
        count_include_pad: x.attrs.flag_or("count_include_pad", true)?,
        divisor_override: x.attrs.size("divisor_override")?,
    })
}

fn output_1d<T: Scalar>(x: &Inputs<T>) -> Result<usize, Stop> {
    let size = x.attrs.each::<1>("output")?.or(x.attrs.each::<1>("output_size")?);
    size.map(|[size]| size).ok_or_else(|| unsupported("no attribute output"))
}

/// The output's height and width, where null stands for the input's.
fn output_2d<T: Scalar>(x: &Inputs<T>, input: &[usize]) -> Result<[usize; 2], Stop> {
    let Some(size) = x.attrs.get("output").or(x.attrs.get("output_size")) else {
        return Err(unsupported("no attribute output"));
    };
    let extent = |i: usize| {
        let size = size.get(i).unwrap_or(size);
        if size.is_null() { Some(input[input.len() - 2 + i]) } else { Some(size.as_u64()? as usize) }
    };
    extent(0).zip(extent(1)).map(|(h, w)| [h, w]).ok_or_else(|| unsupported(format!("attribute output = {size}")))
}
