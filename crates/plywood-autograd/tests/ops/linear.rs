use plywood_gradcheck::prelude::*;

/// Input `[…, in]`, weight `[out, in]` and bias `[out]`.
fn operands() -> impl Strategy<Value = (Shape, Shape, Shape)> {
    (shapes(1..=4, 1..=4), 1..=5usize).prop_map(|(x, out)| {
        let features = x[x.len() - 1];
        (x, Shape::from([out, features]), Shape::from([out]))
    })
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn linear((x, weight, bias) in tensors(operands())) {
        gradcheck(|x| x[0].linear(&x[1], None), &[&x, &weight])?;
        gradcheck(|x| x[0].linear(&x[1], Some(&x[2])), &[x, weight, bias])?;
    }
}
