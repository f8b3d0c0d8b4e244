use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn expand((a, b) in broadcasting(shapes(0..=3, 1..=3)).prop_flat_map(|(a, b)| (tensors(fixed(a)), Just(b)))) {
        let shape = a.shape().broadcast(&b, "test").unwrap();
        gradcheck(|x| x[0].expand(shape), &[a])?;
    }

    #[test]
    fn unflatten(x in tensors(fixed([2, 6, 2]))) {
        gradcheck(|x| x[0].unflatten(1, &[2, 1, 3]), &[&x])?;
        gradcheck(|x| x[0].unflatten(-1, &[2, 1]), &[x])?;
    }
}
