//! Batch normalisation.

use plywood_autograd::{Result, Scalar, Tensor, Var};

use super::{affine, check};
use crate::{Buffer, Context, Counter, Layer, Module, Param};

macro_rules! batch_norm {
    ($(#[$doc:meta])* $layer:ident, $shapes:expr) => {
        $(#[$doc])*
        ///
        /// In training, by the statistics of the batch, which also move the running ones; in evaluation, by these. The
        /// running variance is the unbiased one (Ioffe and Szegedy, "Batch Normalization", 2015).
        #[derive(Clone, Debug, Module)]
        pub struct $layer<T: Scalar = f32> {
            /// `[num_features]`, starts at 1; absent without `affine`.
            pub weight: Option<Param<T>>,
            /// `[num_features]`, starts at 0; absent without `affine`.
            pub bias: Option<Param<T>>,
            /// `[num_features]`, starts at 0; absent if running statistics aren't kept.
            pub running_mean: Option<Buffer<T>>,
            /// `[num_features]`, starts at 1; absent if running statistics aren't kept.
            pub running_var: Option<Buffer<T>>,
            /// Batches that have moved the running statistics.
            pub num_batches_tracked: Option<Counter>,
            /// Added to the variance.
            pub eps: f64,
            /// How far a batch moves the running statistics; `None` keeps the average over all batches.
            #[module(skip)]
            pub momentum: Option<f64>,
            num_features: usize,
        }

        impl<T: Scalar> $layer<T> {
            /// For so many channels: weight, bias and running statistics, `eps` 1e-5, momentum 0.1.
            pub fn new(num_features: usize) -> Self {
                let (weight, bias) = affine(&[num_features]);
                Self {
                    weight,
                    bias,
                    running_mean: Some(Buffer::new(Tensor::zeros([num_features]))),
                    running_var: Some(Buffer::new(Tensor::ones([num_features]))),
                    num_batches_tracked: Some(Counter::new(0)),
                    eps: 1e-5,
                    momentum: Some(0.1),
                    num_features,
                }
            }

            /// With another constant added to the variance.
            pub fn eps(self, eps: f64) -> Self {
                Self { eps, ..self }
            }

            /// With another momentum; `None` keeps the average over all batches.
            pub fn momentum(self, momentum: impl Into<Option<f64>>) -> Self {
                Self { momentum: momentum.into(), ..self }
            }

            /// Without weight and bias.
            pub fn without_affine(self) -> Self {
                Self { weight: None, bias: None, ..self }
            }

            /// Without running statistics: the batch's serve in evaluation too.
            pub fn without_running_stats(self) -> Self {
                Self { running_mean: None, running_var: None, num_batches_tracked: None, ..self }
            }

            /// The layer and a ReLU in one pass over memory: the same as `forward(x, cx)?.relu()`, faster.
            ///
            /// # Errors
            /// As the layer's `forward`.
            pub fn forward_relu(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                let kind = || format!(concat!(stringify!($layer), "({}) and ReLU"), self.num_features);
                cx.layer(self.weight.as_ref(), kind, x, |cx| self.normalize(x, None, cx, true))
            }

            /// The layer, the addition of `residual` and a ReLU in one pass over memory: the same as
            /// `forward(x, cx)?.add(residual)?.relu()`, faster.
            ///
            /// # Errors
            /// As the layer's `forward`, or if `residual` has another shape than `x`.
            pub fn forward_add_relu(&self, x: &Var<T>, residual: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                let kind = || format!(concat!(stringify!($layer), "({}), addition and ReLU"), self.num_features);
                cx.layer(self.weight.as_ref(), kind, x, |cx| self.normalize(x, Some(residual), cx, true))
            }

            fn normalize(
                &self,
                x: &Var<T>,
                residual: Option<&Var<T>>,
                cx: &mut Context,
                relu: bool,
            ) -> Result<Var<T>> {
                check("batch_norm", x, $shapes, self.num_features)?;
                let parameter = |p: &Option<Param<T>>| p.as_ref().map(|p| p.var(cx));
                let (weight, bias) = (parameter(&self.weight), parameter(&self.bias));
                let (weight, bias) = (weight.as_ref(), bias.as_ref());
                let running = self.running_mean.as_ref().zip(self.running_var.as_ref());
                if let Some((mean, var)) = running.filter(|_| !cx.is_training()) {
                    let (mean, var) = (mean.value(), var.value());
                    return match residual {
                        Some(r) => x.batch_norm_add_relu_eval(r, &mean, &var, weight, bias, self.eps),
                        None if relu => x.batch_norm_relu_eval(&mean, &var, weight, bias, self.eps),
                        None => x.batch_norm_eval(&mean, &var, weight, bias, self.eps),
                    };
                }
                let (y, statistics) = match residual {
                    Some(r) => x.batch_norm_add_relu(r, weight, bias, self.eps)?,
                    None if relu => x.batch_norm_relu(weight, bias, self.eps)?,
                    None => x.batch_norm(weight, bias, self.eps)?,
                };
                if let Some((mean, var)) = running {
                    let batches = self.num_batches_tracked.as_ref().map_or(1, Counter::increment);
                    let momentum = self.momentum.unwrap_or(1.0 / batches as f64);
                    mean.update(|mean| var.update(|var| statistics.update_running(momentum, mean, var)));
                }
                Ok(y)
            }
        }

        impl<T: Scalar> Layer<T> for $layer<T> {
            fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                let kind = || format!(concat!(stringify!($layer), "({})"), self.num_features);
                cx.layer(self.weight.as_ref(), kind, x, |cx| self.normalize(x, None, cx, false))
            }
        }
    };
}
batch_norm! {
    /// Normalises each channel of `[n, num_features]` or `[n, num_features, l]` over the batch.
    BatchNorm1d, &["[n, c]", "[n, c, l]"]
}
batch_norm! {
    /// Normalises each channel of `[n, num_features, h, w]` over the batch.
    ///
    /// ```
    /// use plywood_nn::{BatchNorm2d, Context, Layer, Stream};
    /// let norm = BatchNorm2d::<f32>::new(3);
    /// let x = Stream::new(0).normal([8, 3, 5, 5], 4.0, 2.0).into();
    /// let y = norm.forward(&x, &mut Context::train(0))?;
    /// assert!(y.value().mean().abs() < 1e-5);
    /// let mean = norm.running_mean.unwrap().value();
    /// assert!(mean.to_vec().iter().all(|m| (m - 0.4).abs() < 0.1)); // moved by 0.1 towards 4
    /// # Ok::<(), plywood_nn::Error>(())
    /// ```
    BatchNorm2d, &["[n, c, h, w]"]
}
