//! Batch normalisation.

use plywood_kernels::norm::batch_norm::{self, BatchNormDims, Statistics};
use plywood_kernels::unary;
use plywood_tensor::{Contiguous, Error, Result, Scalar, Shape, Tensor};

use crate::affine::{Affine, inputs};
use crate::{Sink, Var};

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
        Call { x: self, residual: None, weight, bias, eps, relu: false }.train()
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
        Call { x: self, residual: None, weight, bias, eps, relu: true }.train()
    }

    /// [`batch_norm`](Self::batch_norm), the addition of `residual`, of the input's shape, and a ReLU in one pass over
    /// memory: the end of a residual block (He et al. 2016, "Deep residual learning for image recognition", figure 2).
    ///
    /// ```
    /// use plywood_autograd::{Tensor, Var};
    /// let x = Var::leaf(Tensor::from([[1.0f64, 0.0], [3.0, 4.0]]));
    /// let (y, _) = x.batch_norm_add_relu(&x, None, None, 0.0)?;
    /// assert_eq!(y.value().to_vec(), [0.0, 0.0, 4.0, 5.0]);
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`batch_norm`](Self::batch_norm), or if `residual` has another shape.
    pub fn batch_norm_add_relu(
        &self,
        residual: &Self,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<(Self, BatchStatistics<T>)> {
        Call { x: self, residual: Some(residual), weight, bias, eps, relu: true }.train()
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
        Call { x: self, residual: None, weight, bias, eps, relu: false }.evaluate(mean, var)
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
        Call { x: self, residual: None, weight, bias, eps, relu: true }.evaluate(mean, var)
    }

    /// [`batch_norm_eval`](Self::batch_norm_eval), the addition of `residual`, of the input's shape, and a ReLU in one
    /// pass over memory.
    ///
    /// # Errors
    /// As [`batch_norm_eval`](Self::batch_norm_eval), or if `residual` has another shape.
    pub fn batch_norm_add_relu_eval(
        &self,
        residual: &Self,
        mean: &Tensor<T>,
        var: &Tensor<T>,
        weight: Option<&Self>,
        bias: Option<&Self>,
        eps: f64,
    ) -> Result<Self> {
        Call { x: self, residual: Some(residual), weight, bias, eps, relu: true }.evaluate(mean, var)
    }
}

/// What is to be done.
struct Call<'a, T: Scalar> {
    x: &'a Var<T>,
    /// Added to what has been normalised.
    residual: Option<&'a Var<T>>,
    weight: Option<&'a Var<T>>,
    bias: Option<&'a Var<T>>,
    eps: f64,
    relu: bool,
}

impl<T: Scalar> Call<'_, T> {
    fn op(&self) -> &'static str {
        match (self.residual.is_some(), self.relu) {
            (true, _) => "batch_norm_add_relu",
            (false, true) => "batch_norm_relu",
            (false, false) => "batch_norm",
        }
    }

    fn check(&self) -> Result<(BatchNormDims, Affine<T>)> {
        let (op, shape) = (self.op(), self.x.shape());
        let channels = shape.get(1).copied().unwrap_or_default();
        let dims = BatchNormDims::new(shape, channels).map_err(|e| Error::mismatch(op, e, &[("input", shape)]))?;
        let affine = Affine::new(op, self.weight, self.bias, Shape::from([channels]));
        let affine = affine.map_err(|e| e.with_shapes(format!("input {shape}")))?;
        match self.residual {
            Some(r) if r.shape() != shape => Err(Error::shape(op, "shape of the residual", shape, r.shape())),
            _ => Ok((dims, affine)),
        }
    }

    fn train(self) -> Result<(Var<T>, BatchStatistics<T>)> {
        let (dims, affine) = self.check()?;
        dims.check_training().map_err(|e| Error::mismatch(self.op(), e, &[("input", self.x.shape())]))?;
        let (input, residual) = (self.x.value().contiguous(), self.residual.map(|r| r.value().contiguous()));
        let (mut mean, mut var) = (Tensor::zeros([dims.c]), Tensor::zeros([dims.c]));
        let value = Tensor::build(self.x.shape(), |y| {
            let kernel = kernel(&affine, self.eps, self.relu);
            batch_norm::forward(&dims, &kernel, &input, residual.as_deref(), mean.make_mut(), var.make_mut(), y);
        });
        let y = self.normalized(value, Rule { dims, affine, mean: mean.clone(), var: var.clone(), training: true });
        Ok((y, BatchStatistics { mean, var, count: dims.count() }))
    }

    fn evaluate(self, mean: &Tensor<T>, var: &Tensor<T>) -> Result<Var<T>> {
        let (dims, affine) = self.check()?;
        for (name, statistic) in [("running_mean", mean), ("running_var", var)] {
            if statistic.shape() != &[dims.c] {
                let (expected, got) = (format!("[{}]", dims.c), statistic.shape());
                let operands = format!("input {}, {name} {got}", self.x.shape());
                let error = Error::shape(self.op(), format!("shape of {name}"), expected, got);
                return Err(error.with_shapes(operands));
            }
        }
        let (input, residual) = (self.x.value().contiguous(), self.residual.map(|r| r.value().contiguous()));
        let (m, v) = (mean.contiguous(), var.contiguous());
        let statistics = Statistics { mean: &m, var: &v };
        let value = Tensor::build(self.x.shape(), |y| {
            let kernel = kernel(&affine, self.eps, self.relu);
            batch_norm::forward_eval(&dims, &kernel, statistics, &input, residual.as_deref(), y);
        });
        let (mean, var) = (mean.clone(), var.clone());
        Ok(self.normalized(value, Rule { dims, affine, mean, var, training: false }))
    }

    fn normalized(&self, value: Tensor<T>, rule: Rule<T>) -> Var<T> {
        let mut inputs = inputs(self.x, self.weight, self.bias);
        inputs.extend(self.residual);
        let (eps, relu, residual) = (self.eps, self.relu, self.residual.map(|_| inputs.len() - 1));
        let [y] = Var::op_many(self.op(), &inputs, [value], |[y]| {
            let x = self.x.value().contiguous();
            // Without a residual the input tells what passed the rectifier.
            let output = residual.map(|_| y.contiguous());
            move |grads, sink| {
                let dy = grads.take(0).expect("a node is reached once a gradient has arrived");
                let Some((residual, output)) = residual.zip(output) else {
                    return rule.adjoint(eps, relu, &x, &dy.contiguous(), sink);
                };
                let dy = rectified(dy, &output);
                rule.adjoint(eps, false, &x, &dy.contiguous(), sink)?;
                sink.add(residual, || Ok(dy))
            }
        });
        y
    }
}

fn kernel<T: Scalar>(affine: &Affine<T>, eps: f64, relu: bool) -> batch_norm::Affine<'_, T> {
    batch_norm::Affine { weight: affine.weight.as_deref(), bias: affine.bias.as_deref(), eps, relu }
}

/// The gradient `dy` of a ReLU's `output` as that of its input, in the same memory where nobody else needs it.
fn rectified<T: Scalar>(mut dy: Tensor<T>, output: &[T]) -> Tensor<T> {
    let relu = unary::relu();
    if dy.is_unique() && dy.is_contiguous() {
        relu.adjoint_in_place(output, dy.make_mut());
        return dy;
    }
    Tensor::build(dy.shape(), |dx| relu.adjoint(output, &dy.contiguous(), dx))
}

/// What backward needs besides the input.
struct Rule<T: Scalar> {
    dims: BatchNormDims,
    affine: Affine<T>,
    mean: Tensor<T>,
    var: Tensor<T>,
    training: bool,
}

impl<T: Scalar> Rule<T> {
    /// Gives input, weight and bias their gradients.
    fn adjoint(self, eps: f64, relu: bool, x: &Contiguous<T>, dy: &[T], sink: &mut Sink<'_, T>) -> Result<()> {
        let Self { dims, affine, mean, var, training } = self;
        let (mean, var) = (mean.contiguous(), var.contiguous());
        let statistics = Statistics { mean: &mean, var: &var };
        let (mut dweight, mut dbias) = (vec![T::ZERO; dims.c], vec![T::ZERO; dims.c]);
        sink.write_fresh(0, |dx| {
            let kernel = kernel(&affine, eps, relu);
            batch_norm::adjoint(&dims, &kernel, statistics, training, x, dy, dx, &mut dweight, &mut dbias);
        })?;
        affine.add_grads(sink, || dweight.into(), || dbias.into())
    }
}
