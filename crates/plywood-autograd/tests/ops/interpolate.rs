use plywood_autograd::{Interpolation, Resize};
use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn interpolate(x in tensors(shapes(4..=4, 1..=4)), h in 1..=7usize, w in 1..=7usize, scale in 1.0..3.0f64) {
        let bilinear = |align_corners| Interpolation::Bilinear { align_corners };
        for mode in [Interpolation::Nearest, bilinear(false), bilinear(true)] {
            gradcheck(|x| x[0].interpolate(Resize::Size([h, w]), mode), &[&x])?;
            gradcheck(|x| x[0].interpolate(Resize::Scale([scale, 1.5]), mode), &[&x])?;
        }
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::from(Tensor::<f64>::zeros([1, 1, 2, 2]));
    let message = |resize| x.interpolate(resize, Interpolation::Nearest).unwrap_err().to_string();
    assert_eq!(
        message(Resize::Scale([0.2, 1.0])),
        "interpolate: height: expected 1 or more in input and output, got 2 resized to 0 ([1, 1, 2, 2])"
    );
    assert_eq!(
        message(Resize::Scale([f64::NAN, 1.0])),
        "interpolate: scale: expected a positive number, not too large, got NaN"
    );
}
