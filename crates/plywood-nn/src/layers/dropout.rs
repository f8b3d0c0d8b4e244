//! Dropout, which does nothing in evaluation.

use plywood_autograd::{Result, Scalar, Var};

use super::stateless;
use crate::{Context, Layer};

macro_rules! dropout {
    ($($(#[$doc:meta])* $layer:ident $op:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct $layer {
                /// The probability with which something is dropped, 0 to 1.
                pub p: f64,
            }

            impl $layer {
                /// With this probability.
                pub fn new(p: f64) -> Self {
                    Self { p }
                }
            }

            impl Default for $layer {
                /// With probability 1/2.
                fn default() -> Self {
                    Self::new(0.5)
                }
            }

            impl<T: Scalar> Layer<T> for $layer {
                fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                    let kind = || format!(concat!(stringify!($layer), "({})"), self.p);
                    cx.layer(None, kind, x, |cx| {
                        if cx.is_training() { x.$op(self.p, cx.random()) } else { Ok(x.clone()) }
                    })
                }
            }
        )+
        stateless!($($layer),+);
    };
}
dropout! {
    /// In training, zeroes each value with probability `p` and scales the others by `1 / (1 - p)`; see [`Var::dropout`].
    ///
    /// ```
    /// use plywood_nn::{Context, Dropout, Layer, Tensor};
    /// let x = Tensor::<f32>::ones([4]).into();
    /// assert_eq!(Dropout::new(0.5).forward(&x, &mut Context::eval())?.value().to_vec(), [1.0; 4]);
    /// # Ok::<(), plywood_nn::Error>(())
    /// ```
    Dropout dropout;
    /// In training, zeroes each channel of each sample with probability `p`; see [`Var::dropout2d`].
    Dropout2d dropout2d;
    /// In training, dropout that keeps the mean and variance of what SELU makes; see [`Var::alpha_dropout`].
    AlphaDropout alpha_dropout;
}
