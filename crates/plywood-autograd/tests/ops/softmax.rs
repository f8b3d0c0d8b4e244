use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn softmax_and_log_softmax(
        (x, dim) in shapes(1..=4, 0..=5).prop_flat_map(|shape| (tensors(fixed(shape)), 0..shape.len() as isize)),
    ) {
        gradcheck(|x| x[0].softmax(dim), &[&x])?;
        gradcheck(|x| x[0].log_softmax(dim), &[&x])?;
    }
}
