use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn prelu(x in tensors(shapes(2..=4, 1..=3)).away_from(&[0.0], 0.01), slope in 0.1..0.9f64) {
        let channels = x.shape()[1];
        gradcheck(|x| x[0].prelu(&x[1]), &[&x, &Tensor::from([slope])])?;
        gradcheck(|x| x[0].prelu(&x[1]), &[x, Tensor::from_fn([channels], |c| slope + c as f64)])?;
    }
}
