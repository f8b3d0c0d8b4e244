use plywood_gradcheck::prelude::*;

use crate::recurrent::{layers, looked_up, same_as_over_values, walk, weights};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn gru(layer in layers(3)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        gradcheck(|x| x[0].gru(&weights(x, true), Some(&x[5]), walk), &inputs[..6])?;
        gradcheck(|x| x[0].gru(&weights(x, false), None, walk), &inputs[..3])?;
    }

    #[test]
    fn gru_over_rows_of_a_table((layer, index) in looked_up(3)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        same_as_over_values(inputs, &index, |x, p| x.gru(&weights(p, true), Some(&p[5]), walk))?;
        gradcheck(|p| {
            let x = p[0].embedding(&index, None)?;
            x.gru(&weights(p, true), Some(&p[5]), walk)
        }, &inputs[..6])?;
    }
}
