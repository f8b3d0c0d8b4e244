use plywood_autograd::PadMode;
use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn pad(x in tensors(shapes(2..=4, 3..=4)), [a, b, c, d] in prop::array::uniform4(-1..=2isize)) {
        for mode in [PadMode::Constant(0.5), PadMode::Reflect, PadMode::Replicate, PadMode::Circular] {
            gradcheck(|x| x[0].pad(&[[a, b], [c, d]], mode), &[&x])?;
        }
    }

    #[test]
    fn roll_and_flip(x in tensors(shapes(2..=3, 1..=4)), shift in -5..=5isize) {
        gradcheck(|x| x[0].roll(&[(0, shift), (-1, 1), (0, 1)]), &[&x])?;
        gradcheck(|x| x[0].flip(&[-1, 0]), &[x])?;
    }
}

#[test]
fn values_are_where_they_should_be() {
    let x = Var::from(Tensor::from([[1.0f64, 2.0, 3.0], [4.0, 5.0, 6.0]]));
    let rolled = x.roll(&[(1, 1), (0, 1)]).unwrap();
    assert_eq!(rolled.value().to_vec(), [6.0, 4.0, 5.0, 3.0, 1.0, 2.0]);
    assert_eq!(x.roll(&[(1, 1), (1, 1)]).unwrap().value().to_vec(), [2.0, 3.0, 1.0, 5.0, 6.0, 4.0]);
    assert_eq!(x.flip(&[0, 1]).unwrap().value().to_vec(), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    assert_eq!(
        x.pad(&[[0, 0], [1, 2]], PadMode::Reflect).unwrap_err().to_string(),
        "pad: Reflect padding of dimension 0: expected at most 1 on either side of a size of 2, got 1 and 2 (input [2, 3])"
    );
    assert_eq!(
        x.flip(&[0, -2]).unwrap_err().to_string(),
        "flip: dimensions: expected each dimension once at most, got 0 twice"
    );
}
