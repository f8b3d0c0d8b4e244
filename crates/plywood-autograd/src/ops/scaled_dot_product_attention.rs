//! Scaled dot-product attention.

use plywood_kernels::attention::{self, Attention, AttentionDims, Mask};
use plywood_kernels::dropout::Dropout;
use plywood_tensor::{Error, Result, Scalar, Shape, Stream, Tensor};

use crate::Var;

const OP: &str = "scaled_dot_product_attention";

/// What bends an attention besides its scores. [`Default`] is plain attention.
#[derive(Clone, Debug)]
pub struct AttentionOptions<T: Scalar = f32> {
    /// Added to the scores, broadcast to `[batch…, queries, keys]`; negative infinity excludes a key. A query whose keys
    /// are all excluded yields zeros. A constant: no gradient goes to it.
    pub mask: Option<Tensor<T>>,
    /// Whether a query attends only to keys at its own position and before.
    pub causal: bool,
    /// Multiplies the scores; `1 / sqrt(width)` if `None`.
    pub scale: Option<f64>,
    /// Which of the weights after the softmax are dropped; see [`with_dropout`](Self::with_dropout).
    pub dropout: Option<Dropout>,
}

impl<T: Scalar> Default for AttentionOptions<T> {
    fn default() -> Self {
        Self { mask: None, causal: false, scale: None, dropout: None }
    }
}

impl<T: Scalar> AttentionOptions<T> {
    /// The same options, with each weight dropped with probability `p` and the others multiplied by `1 / (1 - p)`.
    ///
    /// # Errors
    /// If `p` isn't between 0 and 1.
    pub fn with_dropout(self, p: f64, random: &mut Stream) -> Result<Self> {
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::value(OP, "dropout", "a probability between 0 and 1", p));
        }
        Ok(Self { dropout: Some(Dropout::new(random.bits(), p)), ..self })
    }
}

impl<T: Scalar> Var<T> {
    /// `softmax(self keyᵀ · scale + mask) value`, this being the queries (Vaswani et al. 2017, section 3.2.1).
    ///
    /// This is `[batch…, queries, width]`, `key` `[batch…, keys, width]`, `value` `[batch…, keys, value_width]`, with equal
    /// batch dimensions (sequences and heads, as a rule); the result is `[batch…, queries, value_width]`.
    ///
    /// # Errors
    /// If shapes don't agree, or the mask doesn't broadcast to the scores.
    ///
    /// ```
    /// use plywood_autograd::{AttentionOptions, Tensor, Var};
    ///
    /// let x = Var::leaf(Tensor::from([[1.0, 0.0], [0.0, 1.0]]));
    /// let causal = AttentionOptions { causal: true, ..Default::default() };
    /// let y = x.scaled_dot_product_attention(&x, &x, &causal)?;
    /// assert_eq!(y.value().select(0, 0)?.to_vec(), [1.0, 0.0]); // the first position sees only itself
    /// # Ok::<(), plywood_autograd::Error>(())
    /// ```
    pub fn scaled_dot_product_attention(
        &self,
        key: &Self,
        value: &Self,
        options: &AttentionOptions<T>,
    ) -> Result<Self> {
        Ok(self.scaled_dot_product_attention_with_weights(key, value, options)?.0)
    }

    /// As [`scaled_dot_product_attention`](Self::scaled_dot_product_attention), with the weights after the softmax and
    /// before dropout, `[batch…, queries, keys]`: to be looked at; no gradient flows through them.
    ///
    /// # Errors
    /// As there.
    pub fn scaled_dot_product_attention_with_weights(
        &self,
        key: &Self,
        value: &Self,
        options: &AttentionOptions<T>,
    ) -> Result<(Self, Tensor<T>)> {
        let operands = [("query", self.shape()), ("key", key.shape()), ("value", value.shape())];
        let dims = AttentionDims::new(self.shape(), key.shape(), value.shape())
            .map_err(|m| Error::mismatch(OP, m, &operands))?;
        let outer = self.shape().len() - 2;
        let mut scores = *self.shape();
        scores[outer + 1] = dims.keys;
        let mut out_shape = *self.shape();
        out_shape[outer + 1] = dims.value_width;
        let bends = Bends::new(options, &dims, &scores)?;

        let inputs = [self, key, value].map(|x| x.value().contiguous().into_tensor());
        let mut weights = Tensor::build(scores, |_| {});
        let out = Tensor::build(out_shape, |out| {
            attention::forward(&dims, &bends.view(), slices(&inputs), out, weights.make_mut());
        });
        let kept = weights.clone();
        let out = Self::op(OP, &[self, key, value], out, |_| {
            move |dout, sink| {
                let mut wanted = [0, 1, 2].map(|i| sink.wants(i).then(|| Tensor::build(*sink.shape(i), |_| {})));
                let gradients = wanted.each_mut().map(|d| d.as_mut().map(Tensor::make_mut));
                let (weights, dout) = (kept.values(), dout.contiguous());
                attention::backward(&dims, &bends.view(), slices(&inputs), &weights, &dout, gradients);
                for (i, gradient) in wanted.into_iter().enumerate() {
                    if let Some(gradient) = gradient {
                        sink.add(i, || Ok(gradient))?;
                    }
                }
                Ok(())
            }
        });
        Ok((out, weights))
    }
}

fn slices<T: Scalar>(inputs: &[Tensor<T>; 3]) -> [&[T]; 3] {
    inputs.each_ref().map(|x| x.as_slice().unwrap_or_default())
}

/// The options, laid out as the kernels take them.
struct Bends<T: Scalar> {
    scale: T,
    causal: bool,
    /// The mask with the shape of the scores, and where that of each attention begins.
    mask: Option<(Tensor<T>, Vec<usize>)>,
    dropout: Option<Dropout>,
}

impl<T: Scalar> Bends<T> {
    fn new(options: &AttentionOptions<T>, dims: &AttentionDims, scores: &Shape) -> Result<Self> {
        let mask = match &options.mask {
            Some(mask) => {
                // After the copy no stride is negative, which the kernels rely on.
                let mask = mask.contiguous().into_tensor().expand(scores)?;
                let (_, offset, strides) = mask.raw();
                let outer = &scores[..scores.len() - 2];
                let begin = |b: usize| {
                    let walk = outer.iter().zip(strides).rev().fold((b, offset), |(rest, at), (&extent, &stride)| {
                        (rest / extent, at + rest % extent * stride as usize)
                    });
                    walk.1
                };
                let offsets = (0..dims.batch).map(begin).collect();
                Some((mask, offsets))
            }
            None => None,
        };
        let scale = T::from_f64(options.scale.unwrap_or_else(|| 1.0 / (dims.width as f64).sqrt()));
        Ok(Self { scale, causal: options.causal, mask, dropout: options.dropout })
    }

    fn view(&self) -> Attention<'_, T> {
        let mask = self.mask.as_ref().map(|(mask, offsets)| {
            let (values, _, strides) = mask.raw();
            let [.., query_stride, key_stride] = *strides else { unreachable!("scores have 2 dimensions or more") };
            Mask { values, offsets, query_stride: query_stride as usize, key_stride: key_stride as usize }
        });
        Attention { scale: self.scale, causal: self.causal, mask, dropout: self.dropout }
    }
}
