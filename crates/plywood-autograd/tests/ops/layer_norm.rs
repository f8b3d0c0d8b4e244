use plywood_gradcheck::prelude::*;

/// Input, and the shape of its last `k` dimensions for weight and bias.
fn operands() -> impl Strategy<Value = (Shape, Shape, Shape)> {
    (shapes(1..=4, 2..=3), 1..=4usize).prop_map(|(x, k)| {
        let last = Shape::from_slice(&x[x.len() - k.min(x.len())..]).unwrap();
        (x, last, last)
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn layer_norm((x, weight, bias) in tensors(operands())) {
        let shape = weight.shape().to_vec();
        gradcheck(|x| x[0].layer_norm(&shape, None, None, 0.1), &[&x])?;
        gradcheck(|x| x[0].layer_norm(&shape, Some(&x[1]), None, 0.1), &[&x, &weight])?;
        gradcheck(|x| x[0].layer_norm(&shape, None, Some(&x[1]), 0.1), &[&x, &bias])?;
        gradcheck(|x| x[0].layer_norm(&shape, Some(&x[1]), Some(&x[2]), 0.1), &[x, weight, bias])?;
    }

    #[test]
    fn rms_norm((x, weight, _) in tensors(operands())) {
        let shape = weight.shape().to_vec();
        gradcheck(|x| x[0].rms_norm(&shape, None, 0.1), &[&x])?;
        gradcheck(|x| x[0].rms_norm(&shape, Some(&x[1]), 0.1), &[x, weight])?;
    }
}
