//! Softmax as a layer.

use plywood_autograd::{Result, Scalar, Var};

use super::stateless;
use crate::{Context, Layer};

macro_rules! softmax {
    ($($(#[$doc:meta])* $layer:ident $op:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $layer {
                /// The dimension along which the probabilities sum to 1; -1 is the last.
                pub dim: isize,
            }

            impl $layer {
                /// Along this dimension.
                pub fn new(dim: isize) -> Self {
                    Self { dim }
                }
            }

            impl<T: Scalar> Layer<T> for $layer {
                fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
                    cx.layer(None, || format!(concat!(stringify!($layer), "({})"), self.dim), x, |_| x.$op(self.dim))
                }
            }
        )+
        stateless!($($layer),+);
    };
}
softmax! {
    /// Probabilities in proportion to eˣ along a dimension.
    Softmax softmax;
    /// The logarithms of the probabilities, accurate where these vanish.
    LogSoftmax log_softmax;
}
