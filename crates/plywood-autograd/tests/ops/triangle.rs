use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn tril_and_triu(x in tensors(shapes(2..=4, 1..=4)), diagonal in -3..=3i64) {
        gradcheck(|x| x[0].tril(diagonal), &[&x])?;
        gradcheck(|x| x[0].triu(diagonal), &[x])?;
    }
}
