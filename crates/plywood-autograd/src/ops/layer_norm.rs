//! Layer and RMS normalisation.

use plywood_kernels::norm::{LayerNormDims, RowStatistics, layer_norm, layer_norm_affine_grad, layer_norm_input_grad};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::affine::{Affine, inputs};

impl<T: Scalar> Var<T> {
    /// Normalises over the last dimensions, `normalized_shape`, by mean and variance, then scales by `weight` and adds
    /// `bias`, both of that shape.
    ///
    /// # Errors
    /// If the last dimensions of the input, or the shape of `weight` or `bias`, aren't `normalized_shape`.
    pub fn layer_norm(
        &self,
        normalized_shape: &[usize],
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self> {
        normalize("layer_norm", self, normalized_shape, (weight, bias), eps, true)
    }

    /// Divides by the root of the mean square over the last dimensions, `normalized_shape`, then scales by `weight` of
    /// that shape. PyTorch's default for `eps` is the epsilon of the type.
    ///
    /// # Errors
    /// If the last dimensions of the input, or the shape of `weight`, aren't `normalized_shape`.
    pub fn rms_norm(&self, normalized_shape: &[usize], weight: Option<&Self>, eps: f64) -> Result<Self> {
        normalize("rms_norm", self, normalized_shape, (weight, None), eps, false)
    }
}

fn normalize<T: Scalar>(
    op: &'static str,
    x: &Var<T>,
    normalized_shape: &[usize],
    (weight, bias): (Option<&Var<T>>, Option<&Var<T>>),
    eps: f64,
    centered: bool,
) -> Result<Var<T>> {
    let dims = LayerNormDims::new(x.shape(), normalized_shape, centered)
        .map_err(|e| Error::mismatch(op, e, &[("input", x.shape())]))?;
    let affine = Affine::new(op, weight, bias, Shape::from_slice(normalized_shape)?)
        .map_err(|e| e.with_shapes(format!("input {}", x.shape())))?;
    let input = x.value().contiguous();
    let mut statistics = vec![RowStatistics::default(); dims.rows];
    let value = Tensor::build(x.shape(), |y| {
        layer_norm(&dims, affine.weight.as_deref(), affine.bias.as_deref(), eps, &input, y, &mut statistics);
    });
    Ok(Var::op(op, &inputs(x, weight, bias), value, |_| {
        move |dy, sink| {
            let dy = dy.contiguous();
            let shape = *sink.shape(0);
            sink.add(0, || {
                let weight = affine.weight.as_deref();
                Ok(Tensor::build(shape, |dx| {
                    layer_norm_input_grad(&dims, weight, eps, &input, &statistics, &dy, dx);
                }))
            })?;
            let parameters = [affine.weight.is_some(), affine.bias.is_some()];
            let first = usize::from(parameters[0]);
            let wanted = (parameters[0] && sink.wants(1)) || (parameters[1] && sink.wants(1 + first));
            if !wanted {
                return Ok(());
            }
            let mut dbias = None;
            let shape = *sink.shape(1);
            let dweight = Tensor::build(shape, |dweight| {
                dbias = Some(Tensor::build(shape, |dbias| {
                    layer_norm_affine_grad(&dims, eps, &input, &statistics, &dy, dweight, dbias);
                }));
            });
            affine.add_grads(sink, || dweight, || dbias.expect("written with the weight's gradient"))
        }
    }))
}
