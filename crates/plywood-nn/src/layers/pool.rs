//! Pooling.

use plywood_autograd::{AvgWindow, Result, Scalar, Var, Window};

use super::stateless;
use crate::{Context, Layer};

/// The maximum of each window of `[n, c, h, w]`; see [`Var::max_pool2d`].
///
/// ```
/// use plywood_nn::{Context, Layer, MaxPool2d, Tensor, Window};
/// let pool = MaxPool2d::new(Window::from(3).stride(2).padding(1));
/// let y = pool.forward(&Tensor::<f32>::ones([2, 8, 32, 32]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[2, 8, 16, 16]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    /// The window: size, stride, padding, dilation, ceil mode.
    pub window: Window,
}

/// The maximum of each window of `[n, c, l]`; see [`Var::max_pool1d`]. The window's second entries count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool1d {
    /// The window.
    pub window: Window,
}

/// The average of each window of `[n, c, h, w]`; see [`Var::avg_pool2d`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool2d {
    /// The window and what its sum is divided by.
    pub window: AvgWindow,
}

/// The average of each window of `[n, c, l]`; see [`Var::avg_pool1d`]. The window's second entries count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool1d {
    /// The window and what its sum is divided by.
    pub window: AvgWindow,
}

/// Averages over windows of near equal size, `[n, c, h, w]` to `[n, c, output[0], output[1]]`; `[1, 1]` is global average
/// pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool2d {
    /// `[height, width]` of the output.
    pub output: [usize; 2],
}

/// Averages over windows of near equal size, `[n, c, l]` to `[n, c, output]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveAvgPool1d {
    /// Length of the output.
    pub output: usize,
}

/// Maxima over windows of near equal size, `[n, c, h, w]` to `[n, c, output[0], output[1]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveMaxPool2d {
    /// `[height, width]` of the output.
    pub output: [usize; 2],
}

/// Maxima over windows of near equal size, `[n, c, l]` to `[n, c, output]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptiveMaxPool1d {
    /// Length of the output.
    pub output: usize,
}

macro_rules! pool {
    ($($layer:ident { $setting:ident: $ty:ty } $op:ident, $describe:ident, $what:literal;)+) => {
        $(
            impl $layer {
                #[doc = concat!("With this ", $what, ".")]
                pub fn new($setting: impl Into<$ty>) -> Self {
                    Self { $setting: $setting.into() }
                }
            }

            impl<T: Scalar> Layer<T> for $layer {
                fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                    let kind = || format!(concat!(stringify!($layer), "({})"), $describe(&self.$setting));
                    cx.layer(None, kind, x, |_| x.$op(self.$setting))
                }
            }
        )+
        stateless!($($layer),+);
    };
}
pool! {
    MaxPool2d { window: Window } max_pool2d, image, "window; a number is a square whose stride is its size";
    MaxPool1d { window: Window } max_pool1d, signal, "window; a number is one whose stride is its size";
    AvgPool2d { window: AvgWindow } avg_pool2d, avg_image, "window; a number is a square whose stride is its size";
    AvgPool1d { window: AvgWindow } avg_pool1d, avg_signal, "window; a number is one whose stride is its size";
    AdaptiveAvgPool2d { output: [usize; 2] } adaptive_avg_pool2d, extents, "output size";
    AdaptiveAvgPool1d { output: usize } adaptive_avg_pool1d, extent, "output size";
    AdaptiveMaxPool2d { output: [usize; 2] } adaptive_max_pool2d, extents, "output size";
    AdaptiveMaxPool1d { output: usize } adaptive_max_pool1d, extent, "output size";
}

fn image(window: &Window) -> String {
    let Window { kernel: [kh, kw], stride: [sh, sw], .. } = window;
    format!("kernel {kh}×{kw}, stride {sh}×{sw}")
}

fn signal(window: &Window) -> String {
    format!("kernel {}, stride {}", window.kernel[1], window.stride[1])
}

fn avg_image(window: &AvgWindow) -> String {
    image(&window.window)
}

fn avg_signal(window: &AvgWindow) -> String {
    signal(&window.window)
}

fn extents([h, w]: &[usize; 2]) -> String {
    format!("{h}×{w}")
}

fn extent(l: &usize) -> String {
    l.to_string()
}
