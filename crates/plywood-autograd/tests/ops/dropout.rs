use plywood_gradcheck::prelude::*;
use plywood_tensor::Stream;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn dropout(x in tensors(shapes(2..=4, 1..=4)), p in 0.0..=1.0f64, seed in any::<u64>()) {
        // The same seed each time: a function under test must not depend on anything but its inputs.
        gradcheck(|x| x[0].dropout(p, &mut Stream::new(seed)), &[&x])?;
        gradcheck(|x| x[0].dropout2d(p, &mut Stream::new(seed)), &[&x])?;
        gradcheck(|x| x[0].alpha_dropout(p, &mut Stream::new(seed)), &[x])?;
    }
}

#[test]
fn alpha_dropout_keeps_mean_and_variance() {
    let mut random = Stream::new(1);
    let x = Var::from(random.normal::<f64>([200_000], 0.0, 1.0));
    let y = x.alpha_dropout(0.3, &mut random).unwrap();
    let mean = y.value().mean();
    let variance = y.value().map(|y| (y - mean) * (y - mean)).mean();
    // Five deviations of mean and variance of 200,000 values.
    assert!(mean.abs() < 0.012 && (variance - 1.0).abs() < 0.02, "mean {mean}, variance {variance}");
}

#[test]
fn the_stream_is_advanced_by_one_number_and_p_is_checked() {
    let x = Var::from(Tensor::<f64>::ones([64]));
    let (mut a, mut b) = (Stream::new(3), Stream::new(3));
    let first = x.dropout(0.5, &mut a).unwrap();
    let second = x.dropout(0.5, &mut a).unwrap();
    assert!(!first.value().equals(second.value()));
    b.bits();
    assert!(x.dropout(0.5, &mut b).unwrap().value().equals(second.value()));
    let message = x.dropout(1.5, &mut a).unwrap_err().to_string();
    assert_eq!(message, "dropout: p: expected a probability between 0 and 1, got 1.5");
}
