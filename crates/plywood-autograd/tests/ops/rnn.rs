use plywood_autograd::Nonlinearity;
use plywood_gradcheck::prelude::*;

use crate::recurrent::{layers, looked_up, same_as_over_values, walk, weights};

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn rnn(layer in layers(1)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        let tanh = Nonlinearity::Tanh;
        gradcheck(|x| x[0].rnn(&weights(x, true), Some(&x[5]), tanh, walk), &inputs[..6])?;
        gradcheck(|x| x[0].rnn(&weights(x, false), None, tanh, walk), &inputs[..3])?;
        // Positive everywhere, so no sum comes near the kink at 0.
        let positive: Vec<_> = inputs[..6].iter().map(|x| x.map(|x| 0.1 + x.abs())).collect();
        gradcheck(|x| x[0].rnn(&weights(x, true), Some(&x[5]), Nonlinearity::Relu, walk), &positive)?;
    }

    #[test]
    fn rnn_over_rows_of_a_table((layer, index) in looked_up(1)) {
        let (inputs, walk) = (&layer.0, walk(&layer));
        same_as_over_values(inputs, &index, |x, p| x.rnn(&weights(p, true), Some(&p[5]), Nonlinearity::Tanh, walk))?;
        gradcheck(|p| {
            let x = p[0].embedding(&index, None)?;
            x.rnn(&weights(p, true), Some(&p[5]), Nonlinearity::Tanh, walk)
        }, &inputs[..6])?;
    }
}
