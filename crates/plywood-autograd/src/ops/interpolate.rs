//! Resizing images by nearest or interpolated values.

use plywood_kernels::index::{LinearAxis, bilinear, bilinear_adjoint, nearest_map};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use super::remap::remap;
use crate::Var;

/// How large an image becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resize {
    /// This many rows and columns.
    Size([usize; 2]),
    /// This many times the rows and columns, rounded down.
    Scale([f64; 2]),
}

/// Where the values between the given ones come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest value towards the start.
    Nearest,
    /// A mix of the four neighbours, by distance.
    Bilinear {
        /// Whether the corner values of input and output coincide; else the outer edges do.
        align_corners: bool,
    },
}

impl<T: Scalar> Var<T> {
    /// Resizes the images of `[n, c, h, w]`; a signal `[n, c, l]` is one of height 1.
    ///
    /// ```
    /// use plywood_autograd::{Interpolation, Resize, Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[[[1.0, 2.0]]]]));
    /// let y = x.interpolate(Resize::Scale([2.0, 2.0]), Interpolation::Nearest)?;
    /// assert_eq!(y.value().to_vec(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input hasn't four dimensions or no pixels, or a scale isn't a positive number, or the output would have no
    /// pixels or more than fit an address.
    pub fn interpolate(&self, resize: Resize, mode: Interpolation) -> Result<Self> {
        let [n, c, h, w] = self.value().dims("interpolate", "[n, c, h, w]")?;
        let (oh, h_scale) = resized(resize, 0, h, self.shape())?;
        let (ow, w_scale) = resized(resize, 1, w, self.shape())?;
        let (input, output) = (*self.shape(), Shape::from([n, c, oh, ow]));
        if output.checked_elements().is_none() {
            return Err(Error::value("interpolate", "output shape", "one whose elements can be counted", output));
        }
        match mode {
            Interpolation::Nearest => {
                let maps = vec![None, None, Some(nearest_map(h, oh, h_scale)), Some(nearest_map(w, ow, w_scale))];
                Ok(remap("interpolate", self, maps, T::ZERO))
            }
            Interpolation::Bilinear { align_corners } => {
                let rows = LinearAxis::new(h, oh, align_corners, h_scale);
                let columns = LinearAxis::new(w, ow, align_corners, w_scale);
                let x = self.value().contiguous();
                let value = Tensor::build(output, |y| bilinear(&rows, &columns, &x, y));
                Ok(Self::op("interpolate", &[self], value, |_| {
                    move |dy, sink| {
                        let dy = dy.contiguous();
                        sink.add(0, || Ok(Tensor::build(input, |dx| bilinear_adjoint(&rows, &columns, &dy, dx))))
                    }
                }))
            }
        }
    }
}

/// The extent that an extent becomes, and the scale if one was given.
fn resized(resize: Resize, axis: usize, extent: usize, shape: &Shape) -> Result<(usize, Option<f64>)> {
    let (size, scale) = match resize {
        Resize::Size(size) => (size[axis], None),
        Resize::Scale(scale) => {
            let scale = scale[axis];
            if !(scale > 0.0 && scale * (extent as f64) < u32::MAX.into()) {
                return Err(Error::value("interpolate", "scale", "a positive number, not too large", scale));
            }
            ((extent as f64 * scale) as usize, Some(scale))
        }
    };
    if extent == 0 || size == 0 {
        let what = if axis == 0 { "height" } else { "width" };
        let got = format!("{extent} resized to {size}");
        return Err(Error::shape("interpolate", what, "1 or more in input and output", got).with_shapes(shape));
    }
    Ok((size, scale))
}
