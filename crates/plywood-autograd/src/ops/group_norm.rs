//! Group and instance normalisation.

use plywood_kernels::norm::{GroupNormDims, RowStatistics, group_norm, group_norm_adjoint};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use super::batch_norm::BatchStatistics;
use crate::Var;
use crate::affine::{Affine, inputs};

impl<T: Scalar> Var<T> {
    /// Normalises each of `num_groups` groups of channels of each sample of `[n, c, …]` by its mean and variance, then
    /// scales by `weight [c]` and adds `bias [c]`.
    ///
    /// # Errors
    /// If the input has fewer than two dimensions, the groups don't divide its channels, or `weight` or `bias` isn't
    /// `[c]`.
    pub fn group_norm(&self, num_groups: usize, weight: Option<&Self>, bias: Option<&Self>, eps: f64) -> Result<Self> {
        let dims = GroupNormDims::new(self.shape(), num_groups)
            .map_err(|e| Error::mismatch("group_norm", e, &[("input", self.shape())]))?;
        normalize("group_norm", self, dims, weight, bias, eps).map(|(y, _)| y)
    }

    /// Normalises each channel of each sample of `[n, c, …]` by its mean and variance, then scales by `weight [c]` and
    /// adds `bias [c]`. Also returns the statistics, averaged over the samples, to keep running ones; with such,
    /// [`batch_norm_eval`](Self::batch_norm_eval) is what evaluation does.
    ///
    /// # Errors
    /// If the input has fewer than three dimensions or a single value per channel, or `weight` or `bias` isn't `[c]`.
    pub fn instance_norm(
        &self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<(Self, BatchStatistics<T>)> {
        let error = |e| Error::mismatch("instance_norm", e, &[("input", self.shape())]);
        let channels = self.shape().get(1).copied().unwrap_or_default();
        let dims = GroupNormDims::new(self.shape(), channels).map_err(error)?;
        dims.check_instances().map_err(error)?;
        let (y, statistics) = normalize("instance_norm", self, dims, weight, bias, eps)?;
        let average = |of: fn(&RowStatistics<T>) -> T| {
            Tensor::from_fn([dims.c], |c| {
                let samples = statistics[c..].iter().step_by(dims.c);
                T::from_f64(samples.map(|s| of(s).to_f64()).sum::<f64>() / dims.n as f64)
            })
        };
        let statistics = BatchStatistics { mean: average(|s| s.mean), var: average(|s| s.var), count: dims.s };
        Ok((y, statistics))
    }
}

fn normalize<T: Scalar>(
    op: &'static str,
    x: &Var<T>,
    dims: GroupNormDims,
    weight: Option<&Var<T>>,
    bias: Option<&Var<T>>,
    eps: f64,
) -> Result<(Var<T>, Vec<RowStatistics<T>>)> {
    let affine = Affine::new(op, weight, bias, Shape::from([dims.c]))
        .map_err(|e| e.with_shapes(format!("input {}", x.shape())))?;
    let input = x.value().contiguous();
    let mut statistics = vec![RowStatistics::default(); dims.statistics_len()];
    let value = Tensor::build(x.shape(), |y| {
        group_norm(&dims, affine.weight.as_deref(), affine.bias.as_deref(), eps, &input, y, &mut statistics);
    });
    let y = Var::op(op, &inputs(x, weight, bias), value, |_| {
        let statistics = statistics.clone();
        move |dy, sink| {
            let dy = dy.contiguous();
            let (mut dweight, mut dbias) = (vec![T::ZERO; dims.c], vec![T::ZERO; dims.c]);
            sink.write_fresh(0, |dx| {
                let weight = affine.weight.as_deref();
                group_norm_adjoint(&dims, weight, eps, &input, &statistics, &dy, dx, &mut dweight, &mut dbias);
            })?;
            affine.add_grads(sink, || dweight.into(), || dbias.into())
        }
    });
    Ok((y, statistics))
}
