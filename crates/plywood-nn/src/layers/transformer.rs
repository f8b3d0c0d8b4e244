//! The encoder of a Transformer (Vaswani et al. 2017, section 3).

use plywood_autograd::{Result, Scalar, Var};
use plywood_tensor::Stream;

use crate::{AttentionMasks, Context, Layer, LayerNorm, Linear, Module, MultiheadAttention};

/// The function between the two linear maps of a [`TransformerEncoderLayer`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransformerActivation {
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x Φ(x)` (Hendrycks and Gimpel 2016), exact.
    Gelu,
}

/// The options of a [`TransformerEncoderLayer`], under PyTorch's names and with its defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransformerOptions {
    /// Features between the two linear maps. 2048 by default.
    pub dim_feedforward: usize,
    /// The probability with which a value is dropped in training: attention's weights, and what each of the two parts adds.
    /// 0.1 by default.
    pub dropout: f64,
    /// The function between the two linear maps.
    pub activation: TransformerActivation,
    /// Whether each part normalises what goes in (Xiong et al. 2020), not what comes out.
    pub norm_first: bool,
    /// Whether input and output are `[batch, positions, d_model]`, not `[positions, batch, d_model]`.
    pub batch_first: bool,
}

impl Default for TransformerOptions {
    fn default() -> Self {
        let activation = TransformerActivation::Relu;
        Self { dim_feedforward: 2048, dropout: 0.1, activation, norm_first: false, batch_first: false }
    }
}

/// Self-attention and then two linear maps, each added to its input and normalised.
///
/// Parameters as in PyTorch: `self_attn`, `linear1`, `linear2`, `norm1`, `norm2`.
///
/// ```
/// use plywood_nn::{Context, Layer, Stream, Tensor, TransformerEncoderLayer, TransformerOptions};
/// let options = TransformerOptions { dim_feedforward: 32, batch_first: true, ..Default::default() };
/// let layer = TransformerEncoderLayer::<f32>::new(16, 4, options, &mut Stream::new(0))?;
/// let y = layer.forward(&Tensor::ones([2, 5, 16]).into(), &mut Context::eval())?;
/// assert_eq!(y.shape(), &[2, 5, 16]);
/// # Ok::<(), plywood_nn::Error>(())
/// ```
#[derive(Clone, Debug, Module)]
pub struct TransformerEncoderLayer<T: Scalar = f32> {
    self_attn: MultiheadAttention<T>,
    linear1: Linear<T>,
    linear2: Linear<T>,
    norm1: LayerNorm<T>,
    norm2: LayerNorm<T>,
    #[module(skip)]
    options: TransformerOptions,
}

impl<T: Scalar> TransformerEncoderLayer<T> {
    /// With `d_model` features, seen by `nhead` heads.
    ///
    /// # Errors
    /// If `nhead` doesn't divide `d_model`.
    pub fn new(d_model: usize, nhead: usize, options: TransformerOptions, random: &mut Stream) -> Result<Self> {
        let attention = MultiheadAttention::new(d_model, nhead, random)?.dropout(options.dropout);
        Ok(Self {
            self_attn: if options.batch_first { attention.batch_first() } else { attention },
            linear1: Linear::new(d_model, options.dim_feedforward, random),
            linear2: Linear::new(options.dim_feedforward, d_model, random),
            norm1: LayerNorm::new([d_model]),
            norm2: LayerNorm::new([d_model]),
            options,
        })
    }

    /// The layer's output where some positions are left out.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn forward_masked(&self, x: &Var<T>, masks: &AttentionMasks<T>, cx: &mut Context) -> Result<Var<T>> {
        if self.options.norm_first {
            let x = x.add(&self.attention(&self.normalize(&self.norm1, "norm1", x, cx)?, masks, cx)?)?;
            x.add(&self.feedforward(&self.normalize(&self.norm2, "norm2", &x, cx)?, cx)?)
        } else {
            let x = x.add(&self.attention(x, masks, cx)?)?;
            let x = self.normalize(&self.norm1, "norm1", &x, cx)?;
            let x = x.add(&self.feedforward(&x, cx)?)?;
            self.normalize(&self.norm2, "norm2", &x, cx)
        }
    }

    fn normalize(&self, norm: &LayerNorm<T>, name: &str, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        cx.scope(name, |cx| norm.forward(x, cx))
    }

    fn attention(&self, x: &Var<T>, masks: &AttentionMasks<T>, cx: &mut Context) -> Result<Var<T>> {
        let y = cx.scope("self_attn", |cx| self.self_attn.self_attend(x, masks, cx))?;
        self.dropped(&y, cx)
    }

    fn feedforward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let y = cx.scope("linear1", |cx| self.linear1.forward(x, cx))?;
        let y = match self.options.activation {
            TransformerActivation::Relu => y.relu(),
            TransformerActivation::Gelu => y.gelu(),
        };
        let y = self.dropped(&y, cx)?;
        let y = cx.scope("linear2", |cx| self.linear2.forward(&y, cx))?;
        self.dropped(&y, cx)
    }

    fn dropped(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        if cx.is_training() && self.options.dropout != 0.0 {
            x.dropout(self.options.dropout, cx.random())
        } else {
            Ok(x.clone())
        }
    }
}

/// Without masks.
impl<T: Scalar> Layer<T> for TransformerEncoderLayer<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.forward_masked(x, &AttentionMasks::default(), cx)
    }
}

/// Layers of a Transformer's encoder one after the other, and a last normalisation if there is one (as there should be
/// after layers that are `norm_first`).
#[derive(Clone, Debug, Module)]
pub struct TransformerEncoder<T: Scalar = f32> {
    layers: Vec<TransformerEncoderLayer<T>>,
    norm: Option<LayerNorm<T>>,
}

impl<T: Scalar> TransformerEncoder<T> {
    /// These layers, and a normalisation of the last one's output if given.
    pub fn new(layers: Vec<TransformerEncoderLayer<T>>, norm: Option<LayerNorm<T>>) -> Self {
        Self { layers, norm }
    }

    /// The encoder's output where some positions are left out.
    ///
    /// # Errors
    /// If shapes don't fit.
    pub fn forward_masked(&self, x: &Var<T>, masks: &AttentionMasks<T>, cx: &mut Context) -> Result<Var<T>> {
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            x = cx.scope(&format!("layers.{i}"), |cx| layer.forward_masked(&x, masks, cx))?;
        }
        match &self.norm {
            Some(norm) => cx.scope("norm", |cx| norm.forward(&x, cx)),
            None => Ok(x),
        }
    }
}

/// Without masks.
impl<T: Scalar> Layer<T> for TransformerEncoder<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.forward_masked(x, &AttentionMasks::default(), cx)
    }
}
