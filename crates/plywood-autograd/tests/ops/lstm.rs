use plywood_gradcheck::prelude::*;

use crate::recurrent::{layers, looked_up, same_as_over_values, walk, weights};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn lstm(layer in layers(4)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        gradcheck(|x| x[0].lstm(&weights(x, true), Some(&x[5]), Some(&x[6]), walk), inputs)?;
        gradcheck(|x| x[0].lstm(&weights(x, false), None, None, walk), &inputs[..3])?;
    }

    #[test]
    fn lstm_over_rows_of_a_table((layer, index) in looked_up(4)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        same_as_over_values(inputs, &index, |x, p| x.lstm(&weights(p, true), Some(&p[5]), Some(&p[6]), walk))?;
        gradcheck(|p| {
            let x = p[0].embedding(&index, None)?;
            x.lstm(&weights(p, true), Some(&p[5]), Some(&p[6]), walk)
        }, inputs)?;
    }
}
