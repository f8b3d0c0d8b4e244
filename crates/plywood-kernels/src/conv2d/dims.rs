//! The sizes of a convolution, checked once and shared by forward, adjoints and messages.

use crate::Mismatch;

/// Everything that a two-dimensional convolution's passes need to know of its shapes.
///
/// Input `[n, c, h, w]`, weight `[o, c / groups, kh, kw]`, output `[n, o, oh, ow]` with
/// `oh = (h + padding - dilation * (kh - 1) - 1) / stride + 1`, rounded down, and `ow` alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2dDims {
    /// Images a batch.
    pub n: usize,
    /// Input channels.
    pub c: usize,
    /// Height of the input.
    pub h: usize,
    /// Width of the input.
    pub w: usize,
    /// Output channels.
    pub o: usize,
    /// Height of the kernel.
    pub kh: usize,
    /// Width of the kernel.
    pub kw: usize,
    /// Height of the output.
    pub oh: usize,
    /// Width of the output.
    pub ow: usize,
    /// Steps of the kernel, `[vertical, horizontal]`.
    pub stride: [usize; 2],
    /// Zeros around the input, `[[top, bottom], [left, right]]`.
    pub padding: [[usize; 2]; 2],
    /// Distances between the kernel's taps, `[vertical, horizontal]`.
    pub dilation: [usize; 2],
    /// Into how many independent convolutions the channels are divided.
    pub groups: usize,
}

impl Conv2dDims {
    /// The dims of a convolution of `input` `[n, c, h, w]` by `weight` `[o, c / groups, kh, kw]`.
    ///
    /// # Errors
    /// If the sizes don't fit one another, a stride, dilation or number of groups is 0, the kernel is empty or larger
    /// than the padded input, or a size overflows.
    pub fn new(
        input: [usize; 4],
        weight: [usize; 4],
        stride: [usize; 2],
        padding: [[usize; 2]; 2],
        dilation: [usize; 2],
        groups: usize,
    ) -> Result<Self, Mismatch> {
        let [n, c, h, w] = input;
        let [o, c_group, kh, kw] = weight;
        if groups == 0 {
            return Err(Mismatch::new("groups", "at least 1", 0));
        }
        if c_group.checked_mul(groups) != Some(c) {
            let expected = match groups {
                1 => format!("{c_group}, since weight is {weight:?}"),
                _ => format!("{c_group} · {groups} groups, since weight is {weight:?}"),
            };
            return Err(Mismatch::new("input channels (dimension 1)", expected, format!("{c} in input {input:?}")));
        }
        if o % groups != 0 {
            return Err(Mismatch::new("output channels", format!("a multiple of the {groups} groups"), o));
        }
        let size = |axis: usize, name, size, kernel| {
            output_size(name, size, kernel, stride[axis], padding[axis], dilation[axis])
        };
        let (oh, ow) = (size(0, "height", h, kh)?, size(1, "width", w, kw)?);
        check_len("input", &input)?;
        check_len("weight", &weight)?;
        check_len("output", &[n, o, oh, ow])?;
        check_reach(c, [h, w], padding, weight)?;
        Ok(Self { n, c, h, w, o, kh, kw, oh, ow, stride, padding, dilation, groups })
    }

    /// The padding `[begin, end]` that keeps an axis as long as it was at stride 1; the end gets the odd one.
    pub fn same_padding(kernel: usize, dilation: usize) -> [usize; 2] {
        let total = dilation.saturating_mul(kernel.saturating_sub(1));
        [total / 2, total - total / 2]
    }

    /// `[n, c, h, w]`.
    pub fn input_shape(&self) -> [usize; 4] {
        [self.n, self.c, self.h, self.w]
    }

    /// `[o, c / groups, kh, kw]`.
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.o, self.c / self.groups, self.kh, self.kw]
    }

    /// `[n, o, oh, ow]`.
    pub fn output_shape(&self) -> [usize; 4] {
        [self.n, self.o, self.oh, self.ow]
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.input_shape().iter().product()
    }

    /// Elements of the weight.
    pub fn weight_len(&self) -> usize {
        self.weight_shape().iter().product()
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.output_shape().iter().product()
    }

    /// Multiply-adds of one pass.
    pub fn macs(&self) -> usize {
        self.output_len().saturating_mul(self.weight_len() / self.o.max(1))
    }
}

/// The length of one axis of the output.
fn output_size(
    name: &str,
    size: usize,
    kernel: usize,
    stride: usize,
    padding: [usize; 2],
    dilation: usize,
) -> Result<usize, Mismatch> {
    for (what, value) in [("stride", stride), ("dilation", dilation), ("kernel", kernel)] {
        if value == 0 {
            return Err(Mismatch::new(format!("{what} along the {name}"), "at least 1", 0));
        }
    }
    let padded = size.checked_add(padding[0]).and_then(|s| s.checked_add(padding[1]));
    let span = dilation.checked_mul(kernel - 1).and_then(|s| s.checked_add(1));
    match (padded, span) {
        (Some(padded), Some(span)) if padded >= span => Ok((padded - span) / stride + 1),
        _ => Err(Mismatch::new(
            format!("{name} of the input with its padding"),
            format!("at least the kernel's extent, {kernel} taps {dilation} apart"),
            format!("{size} + {} + {}", padding[0], padding[1]),
        )),
    }
}

/// Fails if a shape has more elements than can be addressed.
pub(crate) fn check_len(what: &str, shape: &[usize; 4]) -> Result<(), Mismatch> {
    let len = shape.iter().try_fold(1usize, |len, &n| len.checked_mul(n));
    match len {
        Some(len) if len <= isize::MAX as usize / 8 => Ok(()),
        _ => {
            Err(Mismatch::new(format!("elements of the {what}"), "a number that fits in memory", format!("{shape:?}")))
        }
    }
}

/// What the kernels' tables of distances have room for.
const MOST_REACH: usize = u32::MAX as usize / 2;

/// Fails if distances within one padded image, or within the weight, don't fit the kernels' tables.
pub(crate) fn check_reach(
    c: usize,
    [h, w]: [usize; 2],
    padding: [[usize; 2]; 2],
    weight: [usize; 4],
) -> Result<(), Mismatch> {
    if weight.iter().product::<usize>() > MOST_REACH {
        return Err(Mismatch::new("elements of the weight", format!("at most {MOST_REACH}"), format!("{weight:?}")));
    }
    let padded = [(h, padding[0]), (w, padding[1])].map(|(size, [a, b])| size.checked_add(a)?.checked_add(b));
    let len = padded.into_iter().try_fold(c.max(1), |len, size| len.checked_mul(size?));
    match len {
        Some(len) if len <= MOST_REACH => Ok(()),
        _ => Err(Mismatch::new(
            "elements of one image with its padding",
            format!("at most {MOST_REACH}"),
            format!("[{c}, {h}, {w}] with padding {padding:?}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dims(input: [usize; 4], weight: [usize; 4], groups: usize) -> Result<Conv2dDims, Mismatch> {
        Conv2dDims::new(input, weight, [1, 1], [[0, 0], [0, 0]], [1, 1], groups)
    }

    #[test]
    fn sizes_follow_the_formula() {
        let d = Conv2dDims::new([2, 3, 224, 224], [64, 3, 11, 11], [4, 4], [[2, 2], [2, 2]], [1, 1], 1).unwrap();
        assert_eq!(d.output_shape(), [2, 64, 55, 55]);
        let d = Conv2dDims::new([1, 1, 7, 9], [1, 1, 2, 3], [1, 1], [[0, 1], [2, 0]], [3, 2], 1).unwrap();
        assert_eq!(d.output_shape(), [1, 1, 5, 7]);
    }

    #[test]
    fn same_padding_keeps_the_size() {
        for (k, d) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
            let p = Conv2dDims::same_padding(k, d);
            let dims = Conv2dDims::new([1, 1, 9, 9], [1, 1, k, k], [1, 1], [p, p], [d, d], 1).unwrap();
            assert_eq!((dims.oh, dims.ow), (9, 9));
            assert!(p[1] == p[0] || p[1] == p[0] + 1);
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let e = dims([1, 4, 8, 8], [8, 3, 5, 5], 1).unwrap_err();
        assert_eq!(
            e.to_string(),
            "input channels (dimension 1): expected 3, since weight is [8, 3, 5, 5], got 4 in input [1, 4, 8, 8]"
        );
        assert!(dims([1, 3, 4, 8], [8, 3, 5, 5], 1).unwrap_err().what.contains("height"));
        assert!(dims([1, 4, 8, 8], [7, 2, 3, 3], 2).unwrap_err().what.contains("output channels"));
        assert!(dims([1, 4, 8, 8], [8, 4, 3, 3], 0).is_err());
        assert!(dims([1, 4, 8, 8], [8, 4, 0, 3], 1).is_err());
        assert!(Conv2dDims::new([1, 1, 8, 8], [1, 1, 1, 1], [0, 1], [[0; 2]; 2], [1, 1], 1).is_err());
        assert!(Conv2dDims::new([1, 1, 8, 8], [1, 1, 1, 1], [1, 1], [[usize::MAX; 2]; 2], [1, 1], 1).is_err());
        assert!(dims([usize::MAX / 2, 4, 8, 8], [8, 4, 3, 3], 1).unwrap_err().what.contains("input"));
    }

    #[test]
    fn an_image_too_large_for_the_tables_is_refused() {
        let error = dims([0, 1, 1 << 16, 1 << 16], [1, 1, 1, 1], 1).unwrap_err();
        assert!(error.what.contains("one image"));
    }

    #[test]
    fn an_empty_batch_is_fine() {
        assert_eq!(dims([0, 1, 5, 5], [2, 1, 3, 3], 1).unwrap().output_shape(), [0, 2, 3, 3]);
    }
}
