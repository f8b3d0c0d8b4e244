use plywood_autograd::{Conv2dOptions, Padding, Var};
use plywood_gradcheck::prelude::*;

/// Input, weight and bias of a convolution that fits, with its options.
fn convolutions() -> impl Strategy<Value = ((Shape, Shape, Shape), Conv2dOptions)> {
    let two = |range: std::ops::RangeInclusive<usize>| (range.clone(), range);
    (two(1..=2), two(1..=3), 1..=2usize, two(1..=3), (two(1..=2), two(1..=2), two(0..=2), two(0..=2)), 0..=3usize)
        .prop_map(|((n, c), (o, extra), groups, (kh, kw), (stride, dilation, above, left), kind)| {
            let same = kind == 0;
            let options = Conv2dOptions {
                stride: if same { [1, 1] } else { stride.into() },
                padding: if same { Padding::Same } else { Padding::Zeros([above.into(), left.into()]) },
                dilation: dilation.into(),
                groups,
                ..Default::default()
            };
            let size = |k: usize, d: usize| (k - 1) * d + extra;
            let input = Shape::from([n, c * groups, size(kh, dilation.0), size(kw, dilation.1) + 1]);
            ((input, Shape::from([o * groups, c, kh, kw]), Shape::from([o * groups])), options)
        })
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn conv2d(((x, weight, bias), options) in
        convolutions().prop_flat_map(|(shapes, options)| (tensors(Just(shapes)), Just(options))))
    {
        gradcheck(|x| x[0].conv2d(&x[1], None, options), &[&x, &weight])?;
        gradcheck(|x| x[0].conv2d(&x[1], Some(&x[2]), options), &[x, weight, bias])?;
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let var = |shape: [usize; 4]| Var::from(Tensor::<f32>::ones(shape));
    let error = |x, w, options| var(x).conv2d(&var(w), None, options).unwrap_err().to_string();
    let channels = error([1, 4, 8, 8], [8, 3, 5, 5], Conv2dOptions::default());
    assert!(channels.contains("channels") && channels.contains("expected 3"), "{channels}");
    let same = Conv2dOptions { stride: [2, 2], padding: Padding::Same, ..Default::default() };
    assert!(error([1, 3, 8, 8], [8, 3, 5, 5], same).contains("same"));
    assert!(error([1, 3, 2, 8], [8, 3, 5, 5], Conv2dOptions::default()).contains("height"));
}
