//! Batch normalisation.

use plywood_kernels::norm::batch_norm::{self, BatchNormDims, Statistics};
use plywood_tensor::{Error, Result, Scalar, Shape, Tensor};

use crate::Var;
use crate::affine::{Affine, inputs};

/// The statistics of a batch, as [`Var::batch_norm`] computed them.
#[derive(Clone, Debug)]
pub struct BatchStatistics<T: Scalar = f32> {
    /// The mean of each channel, `[c]`.
    pub mean: Tensor<T>,
    /// The biased variance of each channel, `[c]`.
    pub var: Tensor<T>,
    /// The number of values of a channel.
    pub count: usize,
}

impl<T: Scalar> BatchStatistics<T> {
    /// Moves running statistics towards these by `momentum`; the running variance is the unbiased one, as in PyTorch.
    ///
    /// # Panics
    /// If the running statistics aren't `[c]`.
    pub fn update_running(&self, momentum: f64, running_mean: &mut Tensor<T>, running_var: &mut Tensor<T>) {
        let (mean, var) = (self.mean.contiguous(), self.var.contiguous());
        let statistics = Statistics { mean: &mean, var: &var };
        let (running_mean, running_var) = (running_mean.make_mut(), running_var.make_mut());
        batch_norm::update_running(momentum, self.count, statistics, running_mean, running_var);
    }
}

impl<T: Scalar> Var<T> {
    /// Normalises each channel of `[n, c, …]` by its mean and variance over the batch, then scales by `weight [c]` and
    /// adds `bias [c]`. Also returns the statistics, to keep running ones.
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[1.0f64, 0.0], [3.0, 4.0]]));
    /// let (y, statistics) = x.batch_norm(None, None, 0.0)?;
    /// assert_eq!(y.value().to_vec(), [-1.0, -1.0, 1.0, 1.0]);
    /// assert_eq!((statistics.mean.to_vec(), statistics.var.to_vec()), (vec![2.0, 2.0], vec![1.0, 4.0]));
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input has fewer than two dimensions, a channel has fewer than two values, or `weight` or `bias` isn't
    /// `[c]`.
    pub fn batch_norm(
        &self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<(Self, BatchStatistics<T>)> {
        train(self, weight, bias, Settings { eps, relu: false })
    }

    /// [`batch_norm`](Self::batch_norm) and a ReLU in one pass over memory.
    ///
    /// # Errors
    /// As [`batch_norm`](Self::batch_norm).
    pub fn batch_norm_relu(
        &self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<(Self, BatchStatistics<T>)> {
        train(self, weight, bias, Settings { eps, relu: true })
    }

    /// Normalises each channel of `[n, c, …]` by given statistics `[c]`, then scales by `weight [c]` and adds
    /// `bias [c]`: batch normalisation in evaluation.
    ///
    /// # Errors
    /// If the input has fewer than two dimensions, or anything else isn't `[c]`.
    pub fn batch_norm_eval(
        &self,
        mean: &Tensor<T>,
        var: &Tensor<T>,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self> {
        evaluate(self, (mean, var), weight, bias, Settings { eps, relu: false })
    }

    /// [`batch_norm_eval`](Self::batch_norm_eval) and a ReLU in one pass over memory.
    ///
    /// # Errors
    /// As [`batch_norm_eval`](Self::batch_norm_eval).
    pub fn batch_norm_relu_eval(
        &self,
        mean: &Tensor<T>,
        var: &Tensor<T>,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self> {
        evaluate(self, (mean, var), weight, bias, Settings { eps, relu: true })
    }
}

/// What is neither value nor shape.
#[derive(Clone, Copy)]
struct Settings {
    eps: f64,
    relu: bool,
}

impl Settings {
    fn op(self) -> &'static str {
        if self.relu { "batch_norm_relu" } else { "batch_norm" }
    }

    fn kernel<T: Scalar>(self, affine: &Affine<T>) -> batch_norm::Affine<'_, T> {
        let (weight, bias) = (affine.weight.as_deref(), affine.bias.as_deref());
        batch_norm::Affine { weight, bias, eps: self.eps, relu: self.relu }
    }
}

fn train<T: Scalar>(
    x: &Var<T>,
    weight: Option<&Var<T>>,
    bias: Option<&Var<T>>,
    settings: Settings,
) -> Result<(Var<T>, BatchStatistics<T>)> {
    let (dims, affine) = check(x, weight, bias, settings.op())?;
    dims.check_training().map_err(|e| Error::mismatch(settings.op(), e, &[("input", x.shape())]))?;
    let input = x.value().contiguous();
    let (mut mean, mut var) = (Tensor::zeros([dims.c]), Tensor::zeros([dims.c]));
    let value = Tensor::build(x.shape(), |y| {
        batch_norm::forward(&dims, &settings.kernel(&affine), &input, mean.make_mut(), var.make_mut(), y);
    });
    let statistics = BatchStatistics { mean, var, count: dims.count() };
    let (mean, var) = (statistics.mean.clone(), statistics.var.clone());
    let y = normalized(x, weight, bias, value, Rule { dims, affine, mean, var, settings, training: true });
    Ok((y, statistics))
}

fn evaluate<T: Scalar>(
    x: &Var<T>,
    (mean, var): (&Tensor<T>, &Tensor<T>),
    weight: Option<&Var<T>>,
    bias: Option<&Var<T>>,
    settings: Settings,
) -> Result<Var<T>> {
    let (dims, affine) = check(x, weight, bias, settings.op())?;
    for (name, statistic) in [("running_mean", mean), ("running_var", var)] {
        if statistic.shape() != &[dims.c] {
            let (expected, got) = (format!("[{}]", dims.c), statistic.shape());
            let operands = format!("input {}, {name} {got}", x.shape());
            let error = Error::shape(settings.op(), format!("shape of {name}"), expected, got);
            return Err(error.with_shapes(operands));
        }
    }
    let (input, m, v) = (x.value().contiguous(), mean.contiguous(), var.contiguous());
    let value = Tensor::build(x.shape(), |y| {
        batch_norm::forward_eval(&dims, &settings.kernel(&affine), Statistics { mean: &m, var: &v }, &input, y);
    });
    let (mean, var) = (mean.clone(), var.clone());
    Ok(normalized(x, weight, bias, value, Rule { dims, affine, mean, var, settings, training: false }))
}

fn check<T: Scalar>(
    x: &Var<T>,
    weight: Option<&Var<T>>,
    bias: Option<&Var<T>>,
    op: &'static str,
) -> Result<(BatchNormDims, Affine<T>)> {
    let channels = x.shape().get(1).copied().unwrap_or_default();
    let dims = BatchNormDims::new(x.shape(), channels).map_err(|e| Error::mismatch(op, e, &[("input", x.shape())]))?;
    let affine = Affine::new(op, weight, bias, Shape::from([channels]));
    Ok((dims, affine.map_err(|e| e.with_shapes(format!("input {}", x.shape())))?))
}

/// What backward needs besides the input.
struct Rule<T: Scalar> {
    dims: BatchNormDims,
    affine: Affine<T>,
    mean: Tensor<T>,
    var: Tensor<T>,
    settings: Settings,
    training: bool,
}

fn normalized<T: Scalar>(
    x: &Var<T>,
    weight: Option<&Var<T>>,
    bias: Option<&Var<T>>,
    value: Tensor<T>,
    rule: Rule<T>,
) -> Var<T> {
    Var::op(rule.settings.op(), &inputs(x, weight, bias), value, |_| {
        let x = x.value().contiguous();
        move |dy, sink| {
            let Rule { dims, affine, mean, var, settings, training } = rule;
            let (dy, mean, var) = (dy.contiguous(), mean.contiguous(), var.contiguous());
            let statistics = Statistics { mean: &mean, var: &var };
            let (mut dweight, mut dbias) = (vec![T::ZERO; dims.c], vec![T::ZERO; dims.c]);
            let mut adjoint = |dx: Option<&mut [T]>| {
                let kernel = settings.kernel(&affine);
                batch_norm::adjoint(&dims, &kernel, statistics, training, &x, &dy, dx, &mut dweight, &mut dbias);
            };
            if sink.wants(0) {
                let shape = *sink.shape(0);
                let dx = Tensor::build(shape, |dx| adjoint(Some(dx)));
                sink.add(0, || Ok(dx))?;
            } else {
                adjoint(None);
            }
            affine.add_grads(sink, || dweight.into(), || dbias.into())
        }
    })
}
