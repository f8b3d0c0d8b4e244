use plywood_gradcheck::prelude::*;

/// Input `[n, 4, s, 2]`, weight and bias `[4]`.
fn operands() -> impl Strategy<Value = (Shape, Shape, Shape)> {
    (1..=3usize, 1..=3usize).prop_map(|(n, s)| (Shape::from([n, 4, s, 2]), Shape::from([4]), Shape::from([4])))
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn group_norm((x, weight, bias) in tensors(operands()), groups in prop::sample::select(vec![1usize, 2, 4])) {
        gradcheck(|x| x[0].group_norm(groups, None, None, 0.1), &[&x])?;
        gradcheck(|x| x[0].group_norm(groups, Some(&x[1]), Some(&x[2]), 0.1), &[x, weight, bias])?;
    }

    #[test]
    fn instance_norm((x, weight, bias) in tensors(operands())) {
        gradcheck(
            |x| Ok::<_, Error>(x[0].instance_norm(Some(&x[1]), Some(&x[2]), 0.1)?.0),
            &[x, weight, bias],
        )?;
    }
}
