use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn masked_fill_and_select(
        (x, mask) in broadcasting(shapes(0..=3, 1..=3)).prop_flat_map(|(x, m)| (tensors(fixed(x)), booleans(fixed(m)))),
    ) {
        gradcheck(|x| x[0].masked_select(&mask), &[&x])?;
        let shape = x.shape().broadcast(mask.shape(), "test").unwrap();
        gradcheck(|x| x[0].expand(shape)?.masked_fill(&mask, -3.5), &[x])?;
    }
}
