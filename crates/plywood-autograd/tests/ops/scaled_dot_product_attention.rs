use plywood_autograd::AttentionOptions;
use plywood_gradcheck::prelude::*;
use plywood_tensor::Stream;

/// Query, key and value for two batch dimensions, an additive mask that excludes some keys.
fn operands() -> impl Strategy<Value = Vec<Shape>> {
    prop::collection::vec(1..=3usize, 6).prop_map(|n| {
        let [n, heads, queries, keys, width, value_width] = n[..] else { unreachable!() };
        vec![
            [n, heads, queries, width].into(),
            [n, heads, keys, width].into(),
            [n, heads, keys, value_width].into(),
            [n, 1, 1, keys].into(),
        ]
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn scaled_dot_product_attention(x in tensors(operands()), causal in any::<bool>(), masked in any::<bool>()) {
        let mask = masked.then(|| x[3].map(|m| if m < -0.5 { f64::NEG_INFINITY } else { m }));
        let mut options = AttentionOptions { mask, causal, ..Default::default() };
        if masked {
            options = options.with_dropout(0.4, &mut Stream::new(0)).unwrap();
        }
        gradcheck(|x| x[0].scaled_dot_product_attention(&x[1], &x[2], &options), &x[..3])?;
        let shown = |x: &[Var<f64>]| x[0].scaled_dot_product_attention_with_weights(&x[1], &x[2], &options);
        gradcheck(|x| shown(x).map(|(y, _)| y), &x[..3])?;
    }
}
