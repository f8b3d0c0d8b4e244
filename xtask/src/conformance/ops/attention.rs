//! Attention, and the layers that are made of it.

use plywood_autograd::AttentionOptions;
use plywood_nn::{
    AttentionMasks, Context, MultiheadAttention, TransformerActivation, TransformerEncoderLayer, TransformerOptions,
};
use plywood_tensor::{Scalar, Stream};

use super::Runner;
use crate::conformance::case::{Inputs, output};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "scaled_dot_product_attention" => |x| {
            let causal = x.attrs.flag_or("causal", false)? || x.attrs.flag_or("is_causal", false)?;
            let mask = x.optional("attn_mask")?.map(|mask| mask.value().clone());
            let options = AttentionOptions { mask, causal, scale: x.attrs.float("scale")?, ..Default::default() };
            let (query, key, value) = (x.var("query")?, x.var("key")?, x.var("value")?);
            let (y, _) = query.scaled_dot_product_attention_with_weights(&key, &value, &options)?;
            Ok(output(y))
        },
        "multihead_attention" => |x| {
            // The manifest gives every attention layer the arguments of the whole Transformer layer.
            transformer_options(x)?;
            let (embed_dim, num_heads) = (x.attrs.size_needed("embed_dim")?, x.attrs.size_needed("num_heads")?);
            let mut layer = MultiheadAttention::new(embed_dim, num_heads, &mut Stream::new(0))?.batch_first();
            x.load(&mut layer)?;
            let masks = AttentionMasks { is_causal: x.attrs.flag_or("causal", false)?, ..Default::default() };
            Ok(output(layer.self_attend(&x.var("input")?, &masks, &mut Context::train(0))?))
        },
        "transformer_encoder_layer" | "transformer_encoder_layer_pre_norm" => |x| {
            let options = transformer_options(x)?;
            let (embed_dim, num_heads) = (x.attrs.size_needed("embed_dim")?, x.attrs.size_needed("num_heads")?);
            let mut layer = TransformerEncoderLayer::new(embed_dim, num_heads, options, &mut Stream::new(0))?;
            x.load(&mut layer)?;
            let masks = AttentionMasks { is_causal: x.attrs.flag_or("causal", false)?, ..Default::default() };
            Ok(output(layer.forward_masked(&x.var("input")?, &masks, &mut Context::train(0))?))
        },
        _ => return None,
    })
}

fn transformer_options<T: Scalar>(x: &Inputs<T>) -> Result<TransformerOptions, Stop> {
    let activation = match x.attrs.word_or("activation", "relu")? {
        "relu" => TransformerActivation::Relu,
        "gelu" => TransformerActivation::Gelu,
        other => return Err(unsupported(format!("activation {other}"))),
    };
    Ok(TransformerOptions {
        dim_feedforward: x.attrs.size_or("feedforward", 2048)?,
        dropout: 0.0,
        activation,
        norm_first: x.attrs.flag_or("norm_first", false)?,
        batch_first: true,
    })
}
