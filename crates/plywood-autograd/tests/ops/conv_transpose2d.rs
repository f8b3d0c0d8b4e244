use plywood_autograd::{ConvTranspose2dOptions, Padding};
use plywood_gradcheck::prelude::*;

/// Input, weight and bias of a transposed convolution, with its options.
fn convolutions() -> impl Strategy<Value = ((Shape, Shape, Shape), ConvTranspose2dOptions)> {
    let two = |range: std::ops::RangeInclusive<usize>| (range.clone(), range);
    (two(1..=2), two(1..=3), 1..=2usize, two(2..=3), (two(1..=3), two(1..=2), any::<bool>()), 1..=2usize).prop_map(
        |((n, c), (h, w), groups, (kh, kw), (stride, dilation, cut), o)| {
            let options = ConvTranspose2dOptions {
                stride: stride.into(),
                padding: Padding::Zeros([[0, usize::from(cut)], [usize::from(cut), 0]]),
                output_padding: [stride.0 - 1, 0],
                dilation: dilation.into(),
                groups,
                ..Default::default()
            };
            let (input, weight) = ([n, c * groups, h, w], [c * groups, o, kh, kw]);
            ((Shape::from(input), Shape::from(weight), Shape::from([o * groups])), options)
        },
    )
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn conv_transpose2d(((x, weight, bias), options) in
        convolutions().prop_flat_map(|(shapes, options)| (tensors(Just(shapes)), Just(options))))
    {
        gradcheck(|x| x[0].conv_transpose2d(&x[1], None, options), &[&x, &weight])?;
        gradcheck(|x| x[0].conv_transpose2d(&x[1], Some(&x[2]), options), &[x, weight, bias])?;
    }
}
