//! The gradients of `snake` at points that proptest draws, against difference quotients.

use own_layer::{first_try, snake};
use plywood_gradcheck::{Kind, prelude::*};

/// What gradcheck says of the rule with the mistake: run `cargo test -- --nocapture` to read it.
#[test]
fn the_mistake_is_found() {
    let (x, a) = (Tensor::from([0.5, -1.0]), Tensor::scalar(2.0));
    let failure = gradcheck(|x| first_try(&x[0], &x[1]), &[x, a]).unwrap_err();
    println!("{failure}");
    assert_eq!(failure.kind(), Kind::Wrong);
    // The rule of x is right: every wrong entry is one of the derivative by a, input 1.
    assert!(failure.to_string().contains("d input 1"));
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn snake_has_right_gradients(x in tensors(shapes(0..=3, 1..=4)), a in tensors(fixed([1])).away_from(&[0.0], 0.3)) {
        gradcheck(|x| snake(&x[0], &x[1]), &[x, a])?;
    }
}

#[test]
fn a_frequency_for_each_value_is_refused() {
    let [x, a] = [Var::from(Tensor::from([1.0, 2.0])), Var::from(Tensor::from([1.0, 2.0]))];
    let message = snake(&x, &a).unwrap_err().to_string();
    assert_eq!(message, "snake: the frequency: expected one number, got [2]");
}
