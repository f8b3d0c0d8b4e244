//! Telling positions apart.

use plywood_autograd::{Result, Scalar, Tensor, Var};

use super::stateless;
use crate::{Context, Layer};

/// Adds to each position of `[batch, positions, features]` a wave pattern of its own (Vaswani et al. 2017, section 3.5):
/// feature `2i` gets `sin(position / 10000^(2i / features))`, feature `2i + 1` the cosine.
///
/// It has no parameters and no longest sequence.
///
/// ```
/// use plywood_nn::{Context, Layer, PositionalEncoding, Tensor};
/// let y = PositionalEncoding::default().forward(&Tensor::<f64>::zeros([1, 3, 4]).into(), &mut Context::eval())?;
/// assert_eq!(y.value().select(1, 0)?.to_vec(), [0.0, 1.0, 0.0, 1.0]);
/// assert_eq!(y.value().get(&[0, 2, 0])?, 2f64.sin());
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PositionalEncoding {
    /// The probability with which a value is dropped in training, after the addition.
    pub dropout: f64,
}

stateless!(PositionalEncoding);

impl<T: Scalar> Layer<T> for PositionalEncoding {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.layer(
            None,
            || "PositionalEncoding".to_owned(),
            x,
            |cx| {
                let [_, positions, features] = x.value().dims("positional_encoding", "[batch, positions, features]")?;
                let y = x.add(&Var::from(waves(positions, features)))?;
                if cx.is_training() && self.dropout != 0.0 { y.dropout(self.dropout, cx.random()) } else { Ok(y) }
            },
        )
    }
}

fn waves<T: Scalar>(positions: usize, features: usize) -> Tensor<T> {
    Tensor::from_fn([positions, features], |i| {
        let (position, feature) = (i / features, i % features);
        let angle = position as f64 / 10_000f64.powf((feature / 2 * 2) as f64 / features as f64);
        T::from_f64(if feature.is_multiple_of(2) { angle.sin() } else { angle.cos() })
    })
}
