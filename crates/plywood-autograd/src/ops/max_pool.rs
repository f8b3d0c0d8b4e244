//! Max pooling.

use plywood_kernels::pool::{PoolDims, Window, max_pool2d, max_pool2d_adjoint};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::pooled::{pooled_1d, pooled_2d};

/// The winners' places in their windows: what the adjoint needs.
enum Taps {
    /// For windows of up to 256 elements.
    Bytes(Tensor<u8>),
    /// For larger ones.
    Words(Vec<u32>),
}

impl<T: Scalar> Var<T> {
    /// The maximum of each window of `[n, c, h, w]` or `[c, h, w]`, to `[…, oh, ow]` with
    /// `oh = ⌊(h + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1` (`⌈…⌉` in `ceil_mode`). The first maximum gets
    /// the gradient; NaN beats every number.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var, Window};
    /// let x = Var::leaf(Tensor::<f32>::from_fn([1, 1, 4, 4], |i| i as f32));
    /// assert_eq!(x.max_pool2d(2)?.value().to_vec(), [5.0, 7.0, 13.0, 15.0]);
    /// assert_eq!(x.max_pool2d(Window::from(3).stride(2).padding(1))?.shape(), &[1, 1, 2, 2]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input has another number of dimensions, the padding is more than half of the window, or the input is too
    /// small for a single window.
    pub fn max_pool2d(&self, window: impl Into<Window>) -> Result<Self> {
        let dims = PoolDims::new(self.shape(), &window.into())
            .map_err(|e| Error::mismatch("max_pool2d", e, &[("input", self.shape())]))?;
        Ok(max_pool("max_pool2d", self, &dims, pooled_2d(self.shape(), dims.h.output, dims.w.output)))
    }

    /// The maximum of each window of `[n, c, l]` or `[c, l]`, as [`max_pool2d`](Self::max_pool2d) does it in one
    /// dimension; the window's second entries count.
    ///
    /// # Errors
    /// As [`max_pool2d`](Self::max_pool2d).
    pub fn max_pool1d(&self, window: impl Into<Window>) -> Result<Self> {
        let dims = PoolDims::new_1d(self.shape(), &window.into())
            .map_err(|e| Error::mismatch("max_pool1d", e, &[("input", self.shape())]))?;
        Ok(max_pool("max_pool1d", self, &dims, pooled_1d(self.shape(), dims.w.output)))
    }
}

fn max_pool<T: Scalar>(op: &'static str, x: &Var<T>, dims: &PoolDims, shape: Shape) -> Var<T> {
    let values = x.value().contiguous();
    if !x.requires_grad() {
        let value = Tensor::build(shape, |y| max_pool2d(dims, &values, y, &mut vec![(); y.len()]));
        return Var::op(op, &[x], value, |_| |_, _| Ok(()));
    }
    let mut taps = None;
    let value = Tensor::build(shape, |y| {
        taps = Some(if dims.window_len() <= 256 {
            Taps::Bytes(Tensor::build(shape, |taps| max_pool2d(dims, &values, y, taps)))
        } else {
            let mut taps = vec![0; y.len()];
            max_pool2d(dims, &values, y, &mut taps);
            Taps::Words(taps)
        });
    });
    let (dims, input, taps) = (*dims, *x.shape(), taps.expect("written with the values"));
    Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || {
                Ok(Tensor::build(input, |dx| match &taps {
                    Taps::Bytes(taps) => max_pool2d_adjoint(&dims, &dy, &taps.contiguous(), dx),
                    Taps::Words(taps) => max_pool2d_adjoint(&dims, &dy, taps, dx),
                }))
            })
        }
    })
}
