use plywood_gradcheck::prelude::*;

use crate::recurrent::{layers, walk, weights};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn lstm(layer in layers(4)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        gradcheck(|x| x[0].lstm(&weights(x, true), Some(&x[5]), Some(&x[6]), walk), inputs)?;
        gradcheck(|x| x[0].lstm(&weights(x, false), None, None, walk), &inputs[..3])?;
    }
}
