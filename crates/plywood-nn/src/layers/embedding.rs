//! Embedding tables.

use plywood_autograd::{Result, Scalar, Tensor, Var};
use plywood_tensor::Stream;

use crate::{Context, Module, Param};

/// A table of vectors, looked up by index: `[…]` to `[…, embedding_dim]`. Not a [`Layer`](crate::Layer), since its input
/// isn't a variable but a tensor of indices.
///
/// A recurrent layer that gets the result as it is works on the table itself in training, where that has half as many rows
/// as there are time steps or fewer: the same mathematics in less time, with other roundings.
///
/// ```
/// use plywood_nn::{Context, Embedding, Stream, Tensor};
/// let table = Embedding::<f32>::new(10, 3, &mut Stream::new(0)).padding_idx(0);
/// let y = table.forward(&Tensor::from([[1, 0], [2, 3]]), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[2, 2, 3]);
/// assert_eq!(y.value().to_vec()[3..6], [0.0; 3]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct Embedding<T: Scalar = f32> {
    /// `[num_embeddings, embedding_dim]`, drawn from the standard normal distribution.
    pub weight: Param<T>,
    #[module(skip)]
    padding_idx: Option<usize>,
}

impl<T: Scalar> Embedding<T> {
    /// So many vectors of so many values.
    pub fn new(num_embeddings: usize, embedding_dim: usize, random: &mut Stream) -> Self {
        Self { weight: Param::new(random.normal([num_embeddings, embedding_dim], 0.0, 1.0)), padding_idx: None }
    }

    /// With a row that stands for nothing: it is set to zero here, and gets no gradient.
    pub fn padding_idx(mut self, row: usize) -> Self {
        let [rows, width] = [self.weight.shape()[0], self.weight.shape()[1]];
        if row < rows {
            self.weight.make_mut()[row * width..][..width].fill(T::ZERO);
        }
        self.padding_idx = Some(row);
        self
    }

    /// The vectors that `index` names.
    ///
    /// # Errors
    /// If an index, or that of the padding, isn't that of a vector.
    pub fn forward(&self, index: &Tensor<i64>, cx: &mut Context) -> Result<Var<T>> {
        let weight = self.weight.var(cx);
        let kind = || format!("Embedding({}, {})", self.weight.shape()[0], self.weight.shape()[1]);
        // The table stands in for the input in a trace, which knows no indices.
        cx.layer(Some(&self.weight), kind, &weight, |_| weight.embedding(index, self.padding_idx))
    }
}
