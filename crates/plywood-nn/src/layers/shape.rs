//! Layers that change the shape.

use plywood_autograd::{Interpolation, Resize, Result, Scalar, Var};

use super::stateless;
use crate::{Context, Layer};

/// Draws dimensions `start_dim` and after together: `[n, c, h, w]` becomes `[n, c·h·w]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flatten {
    /// The first of the dimensions, 1 by default.
    pub start_dim: isize,
}

impl Default for Flatten {
    /// All dimensions but the first.
    fn default() -> Self {
        Self { start_dim: 1 }
    }
}

impl Flatten {
    /// All dimensions but the first.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Scalar> Layer<T> for Flatten {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(None, || "Flatten".into(), x, |_| x.flatten(self.start_dim))
    }
}

/// Splits dimension `dim` into several: `Unflatten::new(1, [3, 4, 4])` turns `[n, 48]` into `[n, 3, 4, 4]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unflatten {
    /// The dimension that is split.
    pub dim: isize,
    /// The extents that it becomes.
    pub sizes: Vec<usize>,
}

impl Unflatten {
    /// Splits `dim` into these extents.
    pub fn new(dim: isize, sizes: impl Into<Vec<usize>>) -> Self {
        Self { dim, sizes: sizes.into() }
    }
}

impl<T: Scalar> Layer<T> for Unflatten {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(None, || format!("Unflatten({:?})", self.sizes), x, |_| x.unflatten(self.dim, &self.sizes))
    }
}

/// Resizes images `[n, c, h, w]`; see [`Var::interpolate`].
///
/// ```
/// use plywood_nn::{Context, Layer, Tensor, Upsample};
/// let y = Upsample::nearest(2.0).forward(&Tensor::<f32>::ones([1, 3, 4, 4]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[1, 3, 8, 8]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upsample {
    /// The output's size, or a factor.
    pub resize: Resize,
    /// How values between the given ones are found.
    pub mode: Interpolation,
}

impl Upsample {
    /// To so many times the size, by nearest values.
    pub fn nearest(scale: f64) -> Self {
        Self { resize: Resize::Scale([scale; 2]), mode: Interpolation::Nearest }
    }

    /// To so many times the size, by bilinear interpolation.
    pub fn bilinear(scale: f64) -> Self {
        Self { resize: Resize::Scale([scale; 2]), mode: Interpolation::Bilinear { align_corners: false } }
    }
}

impl<T: Scalar> Layer<T> for Upsample {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(None, || format!("Upsample({:?})", self.resize), x, |_| x.interpolate(self.resize, self.mode))
    }
}

stateless!(Flatten, Unflatten, Upsample);
