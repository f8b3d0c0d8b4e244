use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn adaptive_pool(x in tensors(shapes(3..=4, 1..=6)).distinct(0.01), h in 1..=4usize, w in 1..=4usize) {
        gradcheck(|x| x[0].adaptive_avg_pool2d([h, w]), &[&x])?;
        gradcheck(|x| x[0].adaptive_max_pool2d([h, w]), &[&x])?;
        gradcheck(|x| x[0].flatten(2)?.adaptive_avg_pool1d(w), &[&x])?;
        gradcheck(|x| x[0].flatten(2)?.adaptive_max_pool1d(w), &[&x])?;
    }
}
