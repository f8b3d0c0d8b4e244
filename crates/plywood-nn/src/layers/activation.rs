//! Activation functions as layers, to stand in a [`Sequential`](super::Sequential).

use plywood_autograd::{Result, Scalar, Var};

use super::stateless;
use crate::{Context, Layer};

/// Rows: documentation, name, settings with their defaults, and the function that it applies.
macro_rules! activation {
    ($($(#[$doc:meta])* $layer:ident { $($(#[$about:meta])* $setting:ident = $default:expr),* } |$x:ident| $y:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $layer {
                $($(#[$about])* pub $setting: f64,)*
            }

            impl Default for $layer {
                /// PyTorch's settings.
                fn default() -> Self {
                    Self { $($setting: $default),* }
                }
            }

            impl<T: Scalar> Layer<T> for $layer {
                fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                    let Self { $($setting),* } = *self;
                    let $x = x;
                    cx.layer(None, || stringify!($layer).into(), x, |_| Ok($y))
                }
            }
        )+
        stateless!($($layer),+);
    };
}
activation! {
    /// max(x, 0).
    ///
    /// ```
    /// use plywood_nn::{Context, Layer, ReLU, Tensor};
    /// let y = ReLU::default().forward(&Tensor::from([-1.0, 2.0]).into(), &mut Context::eval())?;
    /// assert_eq!(y.value().to_vec(), [0.0, 2.0]);
    /// # Ok::<(), plywood_nn::Error>(())
    /// ```
    ReLU {} |x| x.relu();
    /// min(max(x, 0), 6).
    ReLU6 {} |x| x.relu6();
    /// x where positive, else slope · x (Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
    /// Models", 2013).
    LeakyReLU {
        /// Slope of the negative side.
        negative_slope = 0.01
    } |x| x.leaky_relu(negative_slope);
    /// x where positive, else alpha (eˣ − 1) (Clevert, Unterthiner and Hochreiter, 2015).
    ELU {
        /// The negative side's limit is `-alpha`.
        alpha = 1.0
    } |x| x.elu(alpha);
    /// x where positive, else alpha (e^(x / alpha) − 1) (Barron, 2017).
    CELU {
        /// The negative side's limit is `-alpha`.
        alpha = 1.0
    } |x| x.celu(alpha);
    /// ELU with the scale and alpha that keep mean 0 and variance 1 (Klambauer et al., "Self-Normalizing Neural Networks",
    /// 2017).
    SELU {} |x| x.selu();
    /// x Φ(x), with Φ the distribution function of the standard normal (Hendrycks and Gimpel, 2016).
    GELU {} |x| x.gelu();
    /// x sigmoid(x), also known as swish (Elfwing, Uchibe and Doya, 2017).
    SiLU {} |x| x.silu();
    /// x tanh(softplus(x)) (Misra, 2019).
    Mish {} |x| x.mish();
    /// ln(1 + e^(beta x)) / beta, and x itself where beta x is above the threshold.
    Softplus {
        /// Steepness.
        beta = 1.0,
        /// Where it becomes linear.
        threshold = 20.0
    } |x| x.softplus(beta, threshold);
    /// x / (1 + |x|).
    Softsign {} |x| x.softsign();
    /// x held between two values.
    Hardtanh {
        /// The least value.
        min_val = -1.0,
        /// The greatest value.
        max_val = 1.0
    } |x| x.hardtanh(min_val, max_val);
    /// x · relu6(x + 3) / 6 (Howard et al., "Searching for MobileNetV3", 2019).
    Hardswish {} |x| x.hardswish();
    /// relu6(x + 3) / 6.
    Hardsigmoid {} |x| x.hardsigmoid();
    /// tanh x.
    Tanh {} |x| x.tanh();
    /// 1 / (1 + e⁻ˣ).
    Sigmoid {} |x| x.sigmoid();
    /// ln(sigmoid(x)), accurate where the sigmoid vanishes.
    LogSigmoid {} |x| x.log_sigmoid();
}

impl LeakyReLU {
    /// With this slope of the negative side.
    pub fn new(negative_slope: f64) -> Self {
        Self { negative_slope }
    }
}
