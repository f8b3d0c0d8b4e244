//! Attention with several heads.

use plywood_autograd::{AttentionOptions, Error, Result, Scalar, Shape, Tensor, Var};
use plywood_tensor::Stream;

use crate::{Context, Layer, Linear, Module, Param};

/// Multi-head attention (Vaswani et al. 2017, section 3.2.2): each head attends in a subspace of its own.
///
/// Parameters as in PyTorch: `in_proj_weight [3 * embed_dim, embed_dim]` (query, key, value), `in_proj_bias`,
/// `out_proj.weight`, `out_proj.bias`.
///
/// ```
/// use plywood_nn::{AttentionMasks, Context, MultiheadAttention, Stream, Tensor, Var};
/// let attention = MultiheadAttention::<f32>::new(16, 4, &mut Stream::new(0))?.batch_first();
/// let (words, image) = (Var::from(Tensor::ones([2, 5, 16])), Var::from(Tensor::ones([2, 9, 16])));
/// let y = attention.attend(&words, &image, &image, &AttentionMasks::default(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[2, 5, 16]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct MultiheadAttention<T: Scalar = f32> {
    in_proj_weight: Param<T>,
    in_proj_bias: Option<Param<T>>,
    out_proj: Linear<T>,
    num_heads: usize,
    dropout: f64,
    batch_first: bool,
}

/// What an attention leaves out.
#[derive(Clone, Debug)]
pub struct AttentionMasks<T: Scalar = f32> {
    /// Keys that count as padding, `[batch, keys]` (`[keys]` without a batch): `true` excludes.
    pub key_padding_mask: Option<Tensor<bool>>,
    /// Added to the scores: `[queries, keys]`, or `[batch * heads, queries, keys]`; negative infinity excludes. See
    /// [`excluding`] for one made of truth values.
    pub attn_mask: Option<Tensor<T>>,
    /// Whether a query attends only to keys at its own position and before.
    pub is_causal: bool,
}

impl<T: Scalar> Default for AttentionMasks<T> {
    fn default() -> Self {
        Self { key_padding_mask: None, attn_mask: None, is_causal: false }
    }
}

/// The additive mask that excludes what is `true`, PyTorch's meaning of a mask of truth values in attention layers.
pub fn excluding<T: Scalar>(mask: &Tensor<bool>) -> Tensor<T> {
    mask.map(|excluded| if excluded { T::NEG_INFINITY } else { T::ZERO })
}

impl<T: Scalar> MultiheadAttention<T> {
    /// `num_heads` heads of `embed_dim / num_heads` features each, time first, without dropout.
    ///
    /// Input weights are drawn evenly from ±√(6 / (4 · embed_dim)) (Glorot and Bengio 2010), as in PyTorch; biases are 0.
    ///
    /// # Errors
    /// If `num_heads` doesn't divide `embed_dim`.
    pub fn new(embed_dim: usize, num_heads: usize, random: &mut Stream) -> Result<Self> {
        if num_heads == 0 || !embed_dim.is_multiple_of(num_heads) {
            let expected = format!("a divisor of embed_dim, {embed_dim}");
            return Err(Error::value("multihead_attention", "num_heads", expected, num_heads));
        }
        let bound = (6.0 / (4 * embed_dim) as f64).sqrt();
        let mut out_proj = Linear::new(embed_dim, embed_dim, random);
        out_proj.bias = Some(Param::new(Tensor::zeros([embed_dim])));
        Ok(Self {
            in_proj_weight: Param::new(random.uniform([3 * embed_dim, embed_dim], -bound, bound)),
            in_proj_bias: Some(Param::new(Tensor::zeros([3 * embed_dim]))),
            out_proj,
            num_heads,
            dropout: 0.0,
            batch_first: false,
        })
    }

    /// The same layer with input and output `[batch, positions, embed_dim]`.
    pub fn batch_first(self) -> Self {
        Self { batch_first: true, ..self }
    }

    /// The same layer with weights dropped with probability `p` in training.
    pub fn dropout(self, p: f64) -> Self {
        Self { dropout: p, ..self }
    }

    /// The same layer without biases.
    pub fn without_bias(self) -> Self {
        Self { in_proj_bias: None, out_proj: self.out_proj.without_bias(), ..self }
    }

    fn embed_dim(&self) -> usize {
        self.in_proj_weight.shape()[1]
    }

    /// What each query gathers from the values: `query [queries, batch, embed_dim]`, `key` and `value`
    /// `[keys, batch, embed_dim]` to `[queries, batch, embed_dim]`; with the batch first if so built; or without a batch.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn attend(
        &self,
        query: &Var<T>,
        key: &Var<T>,
        value: &Var<T>,
        masks: &AttentionMasks<T>,
        cx: &mut Context,
    ) -> Result<Var<T>> {
        Ok(self.place(Attending::Each([query, key, value]), masks, cx)?.0)
    }

    /// As [`attend`](Self::attend), with the weights that each query gives to the keys, averaged over the heads and
    /// before dropout, `[batch, queries, keys]`: to be looked at; no gradient flows through them.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn attend_with_weights(
        &self,
        query: &Var<T>,
        key: &Var<T>,
        value: &Var<T>,
        masks: &AttentionMasks<T>,
        cx: &mut Context,
    ) -> Result<(Var<T>, Tensor<T>)> {
        let (y, weights) = self.place(Attending::Each([query, key, value]), masks, cx)?;
        let heads = T::from_usize(self.num_heads);
        let [batch, _, queries, keys] = weights.dims("multihead_attention", "weights")?;
        let weights = weights.values();
        let mean = Tensor::from_fn([batch, queries, keys], |i| {
            let (n, place) = (i / (queries * keys), i % (queries * keys));
            (0..self.num_heads).map(|h| weights[(n * self.num_heads + h) * queries * keys + place]).sum::<T>() / heads
        });
        Ok(if y.shape().len() == 2 { (y, mean.squeeze(0)?) } else { (y, mean) })
    }

    /// Each position attends to all positions of its own sequence.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn self_attend(&self, x: &Var<T>, masks: &AttentionMasks<T>, cx: &mut Context) -> Result<Var<T>> {
        Ok(self.place(Attending::Itself(x), masks, cx)?.0)
    }

    /// Output, and weights `[batch, heads, queries, keys]`; brings any layout to one with the batch first.
    fn place(
        &self,
        inputs: Attending<&Var<T>>,
        masks: &AttentionMasks<T>,
        cx: &mut Context,
    ) -> Result<(Var<T>, Tensor<T>)> {
        let mut weights = None;
        let query = inputs.query();
        let describe = || format!("MultiheadAttention({}, {} heads)", self.embed_dim(), self.num_heads);
        let y = cx.layer(Some(&self.in_proj_weight), describe, query, |cx| {
            let (y, w) = if query.shape().len() == 2 {
                let (y, w) = self.heads(&inputs.map(|x| x.unsqueeze(0))?, masks, cx)?;
                (y.squeeze(0)?, w)
            } else if self.batch_first {
                self.heads(&inputs.map(|x| Ok(x.clone()))?, masks, cx)?
            } else {
                let (y, w) = self.heads(&inputs.map(|x| x.transpose(0, 1))?, masks, cx)?;
                (y.transpose(0, 1)?, w)
            };
            weights = Some(w);
            Ok(y)
        })?;
        Ok((y, weights.expect("set by the layer")))
    }

    fn heads(
        &self,
        inputs: &Attending<Var<T>>,
        masks: &AttentionMasks<T>,
        cx: &mut Context,
    ) -> Result<(Var<T>, Tensor<T>)> {
        let [query, key, value] = self.project(inputs, cx)?;
        let mut scores = *query.shape();
        scores[3] = key.shape()[2];
        let mut options =
            AttentionOptions { mask: masks.merged(&scores)?, causal: masks.is_causal, ..Default::default() };
        if cx.is_training() && self.dropout != 0.0 {
            options = options.with_dropout(self.dropout, cx.random())?;
        }
        let (y, weights) = query.scaled_dot_product_attention_with_weights(&key, &value, &options)?;
        let y = y.transpose(1, 2)?.flatten(2)?;
        Ok((cx.scope("out_proj", |cx| self.out_proj.forward(&y, cx))?, weights))
    }

    /// Query, key and value, `[batch, positions, embed_dim]` to `[batch, heads, positions, width]`.
    fn project(&self, inputs: &Attending<Var<T>>, cx: &Context) -> Result<[Var<T>; 3]> {
        let (embed_dim, width) = (self.embed_dim(), self.embed_dim() / self.num_heads);
        let weight = self.in_proj_weight.var(cx);
        let bias = self.in_proj_bias.as_ref().map(|b| b.var(cx));
        match inputs {
            Attending::Itself(x) => {
                let all = x.linear(&weight, bias.as_ref())?.unflatten(-1, &[3, self.num_heads, width])?;
                let all = all.permute(&[2, 0, 3, 1, 4])?;
                Ok([all.select(0, 0)?, all.select(0, 1)?, all.select(0, 2)?])
            }
            Attending::Each(inputs) => {
                let head = |i: usize| {
                    let bias = bias.as_ref().map(|b| b.narrow(0, i * embed_dim, embed_dim)).transpose()?;
                    let projected = inputs[i].linear(&weight.narrow(0, i * embed_dim, embed_dim)?, bias.as_ref())?;
                    projected.unflatten(-1, &[self.num_heads, width])?.transpose(1, 2)
                };
                Ok([head(0)?, head(1)?, head(2)?])
            }
        }
    }
}

/// Query, key and value, or one that is all three: then they are projected by one product.
enum Attending<X> {
    Itself(X),
    Each([X; 3]),
}

impl<'a, T: Scalar> Attending<&'a Var<T>> {
    fn query(&self) -> &'a Var<T> {
        match self {
            Self::Itself(x) | Self::Each([x, ..]) => x,
        }
    }

    fn map(&self, f: impl Fn(&Var<T>) -> Result<Var<T>>) -> Result<Attending<Var<T>>> {
        Ok(match self {
            Self::Itself(x) => Attending::Itself(f(x)?),
            Self::Each([query, key, value]) => Attending::Each([f(query)?, f(key)?, f(value)?]),
        })
    }
}

impl<T: Scalar> AttentionMasks<T> {
    /// Both masks as one that broadcasts to the scores, `[batch, heads, queries, keys]`.
    fn merged(&self, scores: &Shape) -> Result<Option<Tensor<T>>> {
        const OP: &str = "multihead_attention";
        let [batch, heads, queries, keys] = [scores[0], scores[1], scores[2], scores[3]];
        let padding = match &self.key_padding_mask {
            Some(mask) if mask.elements() == batch * keys && mask.shape().last() == Some(&keys) => {
                Some(excluding::<T>(mask).reshape([batch, 1, 1, keys])?)
            }
            Some(mask) => {
                let expected = format!("[{batch}, {keys}]");
                return Err(Error::shape(OP, "shape of key_padding_mask", expected, mask.shape()));
            }
            None => None,
        };
        let attention = match &self.attn_mask {
            Some(mask) if mask.shape() == &[queries, keys] => Some(mask.clone()),
            Some(mask) if mask.shape() == &[batch * heads, queries, keys] => {
                Some(mask.reshape([batch, heads, queries, keys])?)
            }
            Some(mask) => {
                let expected = format!("[{queries}, {keys}] or [{}, {queries}, {keys}]", batch * heads);
                return Err(Error::shape(OP, "shape of attn_mask", expected, mask.shape()));
            }
            None => None,
        };
        Ok(match (padding, attention) {
            (Some(a), Some(b)) => Some(a.zip_map(&b, |a, b| a + b)?),
            (a, b) => a.or(b),
        })
    }
}

/// Self-attention without masks.
impl<T: Scalar> Layer<T> for MultiheadAttention<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.self_attend(x, &AttentionMasks::default(), cx)
    }
}
