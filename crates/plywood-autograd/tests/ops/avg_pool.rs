use plywood_autograd::AvgWindow;
use plywood_gradcheck::prelude::*;

use crate::pool_windows::images;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn avg_pool((x, window) in images().prop_flat_map(|(s, w)| (tensors(fixed(s)), Just(w)))) {
        let window = AvgWindow::from(window.dilation(1));
        for window in [window, window.exclude_pad(), window.divisor(3)] {
            gradcheck(|x| x[0].avg_pool2d(window), &[&x])?;
            gradcheck(|x| x[0].flatten(2)?.avg_pool1d(window), &[&x])?;
        }
    }
}
