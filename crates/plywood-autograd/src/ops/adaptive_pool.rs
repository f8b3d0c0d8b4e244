//! Pooling to a fixed output size.

use plywood_kernels::pool::{
    AdaptiveDims, adaptive_avg_pool2d, adaptive_avg_pool2d_adjoint, adaptive_max_pool2d, adaptive_max_pool2d_adjoint,
};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::pooled::{pooled_1d, pooled_2d};

impl<T: Scalar> Var<T> {
    /// Averages over `output` windows of near equal size, from `[n, c, h, w]` or `[c, h, w]` to `[…, oh, ow]`; output
    /// `o` of `n` covers the cells `⌊o·size/n⌋` to `⌈(o+1)·size/n⌉`.
    ///
    /// # Errors
    /// If the input has another number of dimensions, or no cells.
    pub fn adaptive_avg_pool2d(&self, output: [usize; 2]) -> Result<Self> {
        let (dims, shape) = dims_2d("adaptive_avg_pool2d", self.shape(), output)?;
        Ok(adaptive_avg_pool("adaptive_avg_pool2d", self, dims, shape))
    }

    /// Averages over `output` windows of near equal size, from `[n, c, l]` or `[c, l]` to `[…, output]`.
    ///
    /// # Errors
    /// If the input has another number of dimensions, or no cells.
    pub fn adaptive_avg_pool1d(&self, output: usize) -> Result<Self> {
        let (dims, shape) = dims_1d("adaptive_avg_pool1d", self.shape(), output)?;
        Ok(adaptive_avg_pool("adaptive_avg_pool1d", self, dims, shape))
    }

    /// Maxima over the windows of [`adaptive_avg_pool2d`](Self::adaptive_avg_pool2d).
    ///
    /// # Errors
    /// If the input has another number of dimensions, no cells, or more than 2³² − 1 a channel.
    pub fn adaptive_max_pool2d(&self, output: [usize; 2]) -> Result<Self> {
        let (dims, shape) = dims_2d("adaptive_max_pool2d", self.shape(), output)?;
        adaptive_max_pool("adaptive_max_pool2d", self, dims, shape)
    }

    /// Maxima over the windows of [`adaptive_avg_pool1d`](Self::adaptive_avg_pool1d).
    ///
    /// # Errors
    /// As [`adaptive_max_pool2d`](Self::adaptive_max_pool2d).
    pub fn adaptive_max_pool1d(&self, output: usize) -> Result<Self> {
        let (dims, shape) = dims_1d("adaptive_max_pool1d", self.shape(), output)?;
        adaptive_max_pool("adaptive_max_pool1d", self, dims, shape)
    }
}

fn dims_2d(op: &'static str, input: &Shape, output: [usize; 2]) -> Result<(AdaptiveDims, Shape)> {
    let dims = AdaptiveDims::new(input, output).map_err(|e| Error::mismatch(op, e, &[("input", input)]))?;
    Ok((dims, pooled_2d(input, output[0], output[1])))
}

fn dims_1d(op: &'static str, input: &Shape, output: usize) -> Result<(AdaptiveDims, Shape)> {
    let dims = AdaptiveDims::new_1d(input, output).map_err(|e| Error::mismatch(op, e, &[("input", input)]))?;
    Ok((dims, pooled_1d(input, output)))
}

fn adaptive_avg_pool<T: Scalar>(op: &'static str, x: &Var<T>, dims: AdaptiveDims, shape: Shape) -> Var<T> {
    let values = x.value().contiguous();
    let value = Tensor::build(shape, |y| adaptive_avg_pool2d(&dims, &values, y));
    let input = *x.shape();
    Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || Ok(Tensor::build(input, |dx| adaptive_avg_pool2d_adjoint(&dims, &dy, dx))))
        }
    })
}

fn adaptive_max_pool<T: Scalar>(op: &'static str, x: &Var<T>, dims: AdaptiveDims, shape: Shape) -> Result<Var<T>> {
    let cells = dims.input[0] * dims.input[1];
    if u32::try_from(cells).is_err() {
        return Err(Error::shape(op, "cells of a channel", format!("at most {}", u32::MAX), cells));
    }
    let values = x.value().contiguous();
    let mut positions = vec![0; shape.elements()];
    let value = Tensor::build(shape, |y| adaptive_max_pool2d(&dims, &values, y, &mut positions));
    let input = *x.shape();
    Ok(Var::op(op, &[x], value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            sink.add(0, || Ok(Tensor::build(input, |dx| adaptive_max_pool2d_adjoint(&dims, &dy, &positions, dx))))
        }
    }))
}
