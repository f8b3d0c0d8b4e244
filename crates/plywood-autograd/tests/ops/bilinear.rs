use plywood_gradcheck::prelude::*;

/// Inputs `[…, in1]`, `[…, in2]` and weight `[out, in1, in2]`.
fn operands() -> impl Strategy<Value = (Shape, Shape, Shape)> {
    (shapes(1..=3, 1..=3), 1..=3usize, 1..=3usize).prop_map(|(x, in2, out)| {
        let mut z = x;
        z[x.len() - 1] = in2;
        (x, z, Shape::from([out, x[x.len() - 1], in2]))
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn bilinear((x, z, weight) in tensors(operands())) {
        gradcheck(|x| x[0].bilinear(&x[1], &x[2], None), &[&x, &z, &weight])?;
        // Any values of the right shape make a bias.
        gradcheck(|x| x[0].bilinear(&x[1], &x[2], Some(&x[2].select(1, 0)?.select(1, 0)?)), &[x, z, weight])?;
    }
}
