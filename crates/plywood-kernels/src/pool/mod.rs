//! Pooling over windows of the last two dimensions: max, average, and both to a fixed output size.
//!
//! All work plane by plane on `[n, c, h, w]`, seen as `[planes, h, w]`; one dimension is the case `h = 1`. The index
//! maps of forward and adjoint come from the same [`Axis`], so they can't drift apart.

mod adaptive;
mod avg;
mod max;
mod max_2x2;
mod max_flat;
mod phases;

pub use adaptive::{
    AdaptiveDims, adaptive_avg_pool2d, adaptive_avg_pool2d_adjoint, adaptive_max_pool2d, adaptive_max_pool2d_adjoint,
};
pub use avg::{AvgDivisor, avg_pool2d, avg_pool2d_adjoint};
pub use max::{Tap, max_pool2d, max_pool2d_adjoint};

use std::ops::Range;

use crate::Mismatch;

/// How a pooling window moves: its size, step, implicit padding and the spacing of its elements, each `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Elements of the window.
    pub kernel: [usize; 2],
    /// Step from one window to the next.
    pub stride: [usize; 2],
    /// Cells around the input that count as absent, on both sides; at most half of the kernel.
    pub padding: [usize; 2],
    /// Distance between neighbouring elements of the window, 1 for a solid one. Averages take no other.
    pub dilation: [usize; 2],
    /// Whether the last window may reach beyond the input, rather than be left out.
    pub ceil_mode: bool,
}

impl Window {
    /// A solid window whose step is its own size, without padding.
    pub fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: kernel, padding: [0, 0], dilation: [1, 1], ceil_mode: false }
    }

    /// The same window with this step in both directions.
    pub fn stride(self, both: usize) -> Self {
        Self { stride: [both; 2], ..self }
    }

    /// The same window with this padding on all sides.
    pub fn padding(self, all: usize) -> Self {
        Self { padding: [all; 2], ..self }
    }

    /// The same window with this distance between its elements.
    pub fn dilation(self, both: usize) -> Self {
        Self { dilation: [both; 2], ..self }
    }

    /// The same window, where the last one may reach beyond the input.
    pub fn ceil_mode(self) -> Self {
        Self { ceil_mode: true, ..self }
    }
}

impl From<usize> for Window {
    /// A square.
    fn from(size: usize) -> Self {
        Self::new([size; 2])
    }
}

impl From<[usize; 2]> for Window {
    fn from(kernel: [usize; 2]) -> Self {
        Self::new(kernel)
    }
}

/// One dimension of a pooling: sizes, and which input cell an element of the window reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Cells of the input.
    pub input: usize,
    /// Windows, that is cells of the output.
    pub output: usize,
    /// Elements of the window.
    pub kernel: usize,
    /// Step from one window to the next.
    pub stride: usize,
    /// Absent cells on either side.
    pub padding: usize,
    /// Distance between elements of the window.
    pub dilation: usize,
}

impl Axis {
    /// The window elements of output `o` that lie inside of the input.
    #[inline(always)]
    pub(crate) fn taps(&self, o: usize) -> Range<usize> {
        let start = o * self.stride;
        let first = self.padding.saturating_sub(start).div_ceil(self.dilation);
        let end = (self.input + self.padding).saturating_sub(start).div_ceil(self.dilation).min(self.kernel);
        first.min(end)..end
    }

    /// The input cell that element `tap` of output `o` reads; `tap` must be one of [`Axis::taps`].
    #[inline(always)]
    pub(crate) fn source(&self, o: usize, tap: usize) -> usize {
        o * self.stride + tap * self.dilation - self.padding
    }
}

/// The checked shapes of a pooling of `[n, c, h, w]` or `[c, h, w]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolDims {
    /// `n * c`.
    pub planes: usize,
    /// Height.
    pub h: Axis,
    /// Width.
    pub w: Axis,
}

impl PoolDims {
    /// Checks a window against an input of shape `[n, c, h, w]` or `[c, h, w]`.
    ///
    /// # Errors
    /// If the rank is another, a size of the window or its step is 0, the padding is more than half of the kernel
    /// (windows could lie in it entirely), the input is too small for a single window, or a dilated window steps over it.
    pub fn new(input: &[usize], window: &Window) -> Result<Self, Mismatch> {
        let [.., h, w] = *planes_of(input, 2, "[n, c, h, w] or [c, h, w]")? else { unreachable!("rank checked") };
        let axis = |name, size, i: usize| axis(name, size, window, i);
        Ok(Self {
            planes: input[..input.len() - 2].iter().product(),
            h: axis("height", h, 0)?,
            w: axis("width", w, 1)?,
        })
    }

    /// Checks a window against an input of shape `[n, c, l]` or `[c, l]`, which is pooled as `[n, c, 1, l]`; only the
    /// second entries of the window are looked at.
    ///
    /// # Errors
    /// As [`PoolDims::new`].
    pub fn new_1d(input: &[usize], window: &Window) -> Result<Self, Mismatch> {
        let [.., l] = *planes_of(input, 1, "[n, c, l] or [c, l]")? else { unreachable!("rank checked") };
        let flat = Axis { input: 1, output: 1, kernel: 1, stride: 1, padding: 0, dilation: 1 };
        Ok(Self { planes: input[..input.len() - 1].iter().product(), h: flat, w: axis("length", l, window, 1)? })
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.planes * self.input_plane()
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.planes * self.output_plane()
    }

    /// Elements of the window.
    pub fn window_len(&self) -> usize {
        self.h.kernel * self.w.kernel
    }

    fn input_plane(&self) -> usize {
        self.h.input * self.w.input
    }

    fn output_plane(&self) -> usize {
        self.h.output * self.w.output
    }

    /// Elementary operations of one plane.
    fn cost(&self) -> usize {
        (self.output_plane() * self.window_len()).max(self.input_plane()) / 4
    }
}

fn planes_of<'a>(input: &'a [usize], spatial: usize, expected: &str) -> Result<&'a [usize], Mismatch> {
    if input.len() != spatial + 2 && input.len() != spatial + 1 {
        return Err(Mismatch::new("input shape", expected, format_args!("{input:?}")));
    }
    if input[input.len() - spatial - 1..].contains(&0) {
        return Err(Mismatch::new("input shape", "sizes above 0 after the batch", format_args!("{input:?}")));
    }
    Ok(input)
}

fn axis(name: &str, input: usize, window: &Window, i: usize) -> Result<Axis, Mismatch> {
    let [kernel, stride, padding, dilation] =
        [window.kernel[i], window.stride[i], window.padding[i], window.dilation[i]];
    for (what, size) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
        if size == 0 {
            return Err(Mismatch::new(format!("{what} over the {name}"), "1 or more", size));
        }
    }
    let too_large = || Mismatch::new(format!("window over the {name}"), "a size that fits an address", "overflow");
    let span = (kernel - 1).checked_mul(dilation).and_then(|s| s.checked_add(1)).ok_or_else(too_large)?;
    if padding > span / 2 {
        return Err(Mismatch::new(
            format!("padding of the {name}"),
            format_args!("at most {}, half of the window's span of {span}", span / 2),
            padding,
        ));
    }
    let padded = input.checked_add(2 * padding).ok_or_else(too_large)?;
    let too_small = || {
        Mismatch::new(
            format!("{name} of the input"),
            format_args!("at least {}, since a window spans {span} with padding {padding}", span - 2 * padding),
            input,
        )
    };
    let free = padded.checked_sub(span);
    let output = match (free, window.ceil_mode) {
        (Some(free), false) => free / stride + 1,
        (Some(free), true) => free.div_ceil(stride) + 1,
        // A window may reach beyond the end by less than its step.
        (None, true) if span - padded < stride => 1,
        (None, _) => return Err(too_small()),
    };
    // The last window must start inside of the input or its left padding.
    let output = if window.ceil_mode && (output - 1) * stride >= input + padding { output - 1 } else { output };
    if output == 0 {
        return Err(too_small());
    }
    let axis = Axis { input, output, kernel, stride, padding, dilation };
    // A solid window always touches the input, by the checks above; the gaps of a dilated one may step over it.
    match (0..output).find(|&o| dilation > 1 && axis.taps(o).is_empty()) {
        Some(o) => Err(Mismatch::new(
            format!("window {o} over the {name}"),
            format_args!("an element inside of the input of {input}"),
            format_args!("nothing but padding, with dilation {dilation} and padding {padding}"),
        )),
        None => Ok(axis),
    }
}

#[cfg(test)]
mod tests;
