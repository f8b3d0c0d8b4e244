//! Average pooling.

use std::num::NonZeroUsize;

use plywood_kernels::pool::{AvgDivisor, PoolDims, Window, avg_pool2d, avg_pool2d_adjoint};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::pooled::{pooled_1d, pooled_2d};

/// A window to average over, and what its sum is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgWindow {
    /// The window; it must not be dilated.
    pub window: Window,
    /// Whether padding counts as values of 0, as it does by default.
    pub count_include_pad: bool,
    /// Divides every sum by this number instead.
    pub divisor_override: Option<usize>,
}

impl<W: Into<Window>> From<W> for AvgWindow {
    /// Divides by the number of elements, padding included.
    fn from(window: W) -> Self {
        Self { window: window.into(), count_include_pad: true, divisor_override: None }
    }
}

impl AvgWindow {
    /// The same window, where only elements of the input count.
    pub fn exclude_pad(self) -> Self {
        Self { count_include_pad: false, ..self }
    }

    /// The same window, whose sums are all divided by `divisor`.
    pub fn divisor(self, divisor: usize) -> Self {
        Self { divisor_override: Some(divisor), ..self }
    }

    fn resolve(&self, op: &'static str) -> Result<AvgDivisor> {
        if self.window.dilation != [1, 1] {
            return Err(Error::value(op, "dilation", "[1, 1]", format!("{:?}", self.window.dilation)));
        }
        match (self.divisor_override.map(NonZeroUsize::new), self.count_include_pad) {
            (Some(Some(divisor)), _) => Ok(AvgDivisor::Fixed(divisor)),
            (Some(None), _) => Err(Error::value(op, "divisor", "1 or more", 0)),
            (None, true) => Ok(AvgDivisor::IncludePad),
            (None, false) => Ok(AvgDivisor::ExcludePad),
        }
    }
}

impl<T: Scalar> Var<T> {
    /// The average of each window of `[n, c, h, w]` or `[c, h, w]`, to `[…, oh, ow]` with
    /// `oh = ⌊(h + 2·padding − kernel) / stride⌋ + 1` (`⌈…⌉` in `ceil_mode`).
    ///
    /// ```
    /// use plywood_autograd::{AvgWindow, Tensor, Var, Window};
    /// let x = Var::leaf(Tensor::<f32>::ones([1, 1, 4, 4]));
    /// assert_eq!(x.avg_pool2d(2)?.value().to_vec(), [1.0; 4]);
    /// let padded = AvgWindow::from(Window::from(2).padding(1));
    /// assert_eq!(x.avg_pool2d(padded)?.value().to_vec()[..3], [0.25, 0.5, 0.25]);
    /// assert_eq!(x.avg_pool2d(padded.exclude_pad())?.value().to_vec()[..3], [1.0; 3]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input has another number of dimensions, the padding is more than half of the window, the input is too
    /// small for a single window, the window is dilated, or the divisor is 0.
    pub fn avg_pool2d(&self, window: impl Into<AvgWindow>) -> Result<Self> {
        let window = window.into();
        let divisor = window.resolve("avg_pool2d")?;
        let dims = PoolDims::new(self.shape(), &window.window)
            .map_err(|e| Error::mismatch("avg_pool2d", e, &[("input", self.shape())]))?;
        let shape = pooled_2d(self.shape(), dims.h.output, dims.w.output);
        Ok(avg_pool("avg_pool2d", self, dims, divisor, shape))
    }

    /// The average of each window of `[n, c, l]` or `[c, l]`, as [`avg_pool2d`](Self::avg_pool2d) does it in one
    /// dimension; the window's second entries count.
    ///
    /// # Errors
    /// As [`avg_pool2d`](Self::avg_pool2d).
    pub fn avg_pool1d(&self, window: impl Into<AvgWindow>) -> Result<Self> {
        let window = window.into();
        let divisor = window.resolve("avg_pool1d")?;
        let dims = PoolDims::new_1d(self.shape(), &window.window)
            .map_err(|e| Error::mismatch("avg_pool1d", e, &[("input", self.shape())]))?;
        Ok(avg_pool("avg_pool1d", self, dims, divisor, pooled_1d(self.shape(), dims.w.output)))
    }
}

fn avg_pool<T: Scalar>(op: &'static str, x: &Var<T>, dims: PoolDims, divisor: AvgDivisor, shape: Shape) -> Var<T> {
    let values = x.value().contiguous();
    let value = Tensor::build(shape, |y| avg_pool2d(&dims, divisor, &values, y));
    let input = *x.shape();
    Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || Ok(Tensor::build(input, |dx| avg_pool2d_adjoint(&dims, divisor, &dy, dx))))
        }
    })
}
