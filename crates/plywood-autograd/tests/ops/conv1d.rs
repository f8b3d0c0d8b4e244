use plywood_autograd::{Conv2dOptions, ConvTranspose2dOptions, Padding, Var};
use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn conv1d((x, weight) in tensors((1..=2usize, 1..=3usize, 1..=2usize, 1..=3usize, 3..=6usize).prop_map(
        |(n, c, o, k, l)| (Shape::from([n, c, l]), Shape::from([o, c, k])),
    )), step in 1..=2usize) {
        let options = Conv2dOptions { stride: [9, step], padding: Padding::from([9, 1]), ..Default::default() };
        gradcheck(|x| x[0].conv1d(&x[1], None, options), &[&x, &weight])?;
        let options = ConvTranspose2dOptions { stride: [9, step], output_padding: [9, step - 1], ..Default::default() };
        gradcheck(|x| x[0].conv_transpose1d(&x[1].transpose(0, 1)?, None, options), &[x, weight])?;
    }
}

#[test]
fn an_image_is_no_sequence() {
    let (x, weight) = (Var::from(Tensor::<f32>::ones([1, 2, 8, 8])), Var::from(Tensor::ones([3, 2, 3])));
    let error = x.conv1d(&weight, None, Conv2dOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with("conv1d") && error.contains("expected 3, got 4"), "{error}");
}
