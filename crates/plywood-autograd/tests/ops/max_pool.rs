use plywood_gradcheck::prelude::*;

use crate::pool_windows::images;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn max_pool((x, window) in images().prop_flat_map(|(s, w)| (tensors(fixed(s)).distinct(0.01), Just(w)))) {
        gradcheck(|x| x[0].max_pool2d(window), &[&x])?;
        gradcheck(|x| x[0].flatten(2)?.max_pool1d(window), &[x])?;
    }

    #[test]
    fn max_pool_of_large_windows(x in tensors(fixed([1, 2, 300])).distinct(0.01)) {
        gradcheck(|x| x[0].max_pool1d(280), &[x])?;
    }
}
