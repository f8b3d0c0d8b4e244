use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn local_response_norm(
        x in tensors(shapes(3..=4, 1..=4)), size in 1..=5usize, beta in prop::sample::select(vec![0.75, 0.6, 1.0]),
    ) {
        gradcheck(|x| x[0].local_response_norm(size, 0.5, beta, 2.0), &[x])?;
    }
}
