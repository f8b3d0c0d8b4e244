//! Instance normalisation.

use plywood_autograd::{Result, Scalar, Tensor, Var};

use super::{affine, check};
use crate::{Buffer, Context, Counter, Layer, Module, Param};

macro_rules! instance_norm {
    ($(#[$doc:meta])* $layer:ident, $shapes:expr) => {
        $(#[$doc])*
        ///
        /// As in PyTorch there are neither weight and bias nor running statistics unless asked for (Ulyanov, Vedaldi and
        /// Lempitsky, "Instance Normalization", 2016).
        #[derive(Clone, Debug, Module)]
        pub struct $layer<T: Scalar = f32> {
            /// `[num_features]`, starts at 1; there with `affine`.
            pub weight: Option<Param<T>>,
            /// `[num_features]`, starts at 0; there with `affine`.
            pub bias: Option<Param<T>>,
            /// `[num_features]`, starts at 0; there with `running_stats`.
            pub running_mean: Option<Buffer<T>>,
            /// `[num_features]`, starts at 1; there with `running_stats`.
            pub running_var: Option<Buffer<T>>,
            /// Batches seen; PyTorch keeps it at 0 here.
            pub num_batches_tracked: Option<Counter>,
            /// Added to the variance.
            pub eps: f64,
            /// How far a batch moves the running statistics.
            pub momentum: f64,
            num_features: usize,
        }

        impl<T: Scalar> $layer<T> {
            /// For so many channels, `eps` 1e-5.
            pub fn new(num_features: usize) -> Self {
                let (running_mean, running_var, num_batches_tracked) = (None, None, None);
                let (weight, bias, eps, momentum) = (None, None, 1e-5, 0.1);
                Self { weight, bias, running_mean, running_var, num_batches_tracked, eps, momentum, num_features }
            }

            /// With weight and bias.
            pub fn affine(self) -> Self {
                let (weight, bias) = affine(&[self.num_features]);
                Self { weight, bias, ..self }
            }

            /// With running statistics, which training moves by `momentum` and evaluation uses.
            pub fn running_stats(self, momentum: f64) -> Self {
                Self {
                    running_mean: Some(Buffer::new(Tensor::zeros([self.num_features]))),
                    running_var: Some(Buffer::new(Tensor::ones([self.num_features]))),
                    num_batches_tracked: Some(Counter::new(0)),
                    momentum,
                    ..self
                }
            }

            /// With another constant added to the variance.
            pub fn eps(self, eps: f64) -> Self {
                Self { eps, ..self }
            }

            fn normalize(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                check("instance_norm", x, $shapes, self.num_features)?;
                let parameter = |p: &Option<Param<T>>| p.as_ref().map(|p| p.var(cx));
                let (weight, bias) = (parameter(&self.weight), parameter(&self.bias));
                let running = self.running_mean.as_ref().zip(self.running_var.as_ref());
                if let Some((mean, var)) = running.filter(|_| !cx.is_training()) {
                    return x.batch_norm_eval(&mean.value(), &var.value(), weight.as_ref(), bias.as_ref(), self.eps);
                }
                let (y, statistics) = x.instance_norm(weight.as_ref(), bias.as_ref(), self.eps)?;
                if let Some((mean, var)) = running {
                    mean.update(|mean| var.update(|var| statistics.update_running(self.momentum, mean, var)));
                }
                Ok(y)
            }
        }

        impl<T: Scalar> Layer<T> for $layer<T> {
            fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                let kind = || format!(concat!(stringify!($layer), "({})"), self.num_features);
                cx.layer(self.weight.as_ref(), kind, x, |cx| self.normalize(x, cx))
            }
        }
    };
}
instance_norm! {
    /// Normalises each channel of each sample of `[n, num_features, l]`.
    InstanceNorm1d, &["[n, c, l]"]
}
instance_norm! {
    /// Normalises each channel of each sample of `[n, num_features, h, w]`.
    InstanceNorm2d, &["[n, c, h, w]"]
}
