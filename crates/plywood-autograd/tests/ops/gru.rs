use plywood_gradcheck::prelude::*;

use crate::recurrent::{layers, walk, weights};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn gru(layer in layers(3)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        gradcheck(|x| x[0].gru(&weights(x, true), Some(&x[5]), walk), &inputs[..6])?;
        gradcheck(|x| x[0].gru(&weights(x, false), None, walk), &inputs[..3])?;
    }
}
