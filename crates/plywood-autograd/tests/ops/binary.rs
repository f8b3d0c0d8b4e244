use plywood_gradcheck::prelude::*;

type Function = fn(&Var<f64>, &Var<f64>) -> Result<Var<f64>, Error>;

fn pairs() -> impl Strategy<Value = [Tensor<f64>; 2]> {
    tensors(broadcasting(shapes(0..=4, 0..=3))).prop_map(Into::into)
}

fn positive() -> impl Strategy<Value = [Tensor<f64>; 2]> {
    tensors(broadcasting(shapes(0..=4, 0..=3))).positive().prop_map(Into::into)
}

/// Pairs whose values differ everywhere: one has halves, the other doesn't.
fn apart() -> impl Strategy<Value = [Tensor<f64>; 2]> {
    pairs().prop_map(|[a, b]| [a.map(f64::round), b.map(|b| b.floor() + 0.5)])
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn add_sub_and_mul(x in pairs(), f in prop::sample::select(vec![Var::add as Function, Var::sub, Var::mul])) {
        gradcheck(|x| f(&x[0], &x[1]), &x)?;
    }

    #[test]
    fn div_and_pow(x in positive(), f in prop::sample::select(vec![Var::div as Function, Var::pow])) {
        gradcheck(|x| f(&x[0], &x[1]), &x)?;
    }

    #[test]
    fn maximum_and_minimum(x in apart(), f in prop::sample::select(vec![Var::maximum as Function, Var::minimum])) {
        gradcheck(|x| f(&x[0], &x[1]), &x)?;
    }

    #[test]
    fn operators([a, b] in positive(), c in 0.5..2.0) {
        gradcheck(|x| (-&x[0] + c) * (c - &x[1]) / (c + &x[1]) - c * &x[0] / c, &[&a, &b])?;
    }

    #[test]
    fn binary_of_one_value_twice(x in tensors(shapes(0..=2, 1..=3)).positive()) {
        gradcheck(|x| (&x[0] * &x[0]).div(&(&x[0] + 1.0))?.pow(&x[0]), &[x])?;
    }
}

#[test]
fn operators_panic_with_the_message_of_the_error() {
    let (a, b) = (Var::from(Tensor::<f32>::zeros([2, 3])), Var::from(Tensor::<f32>::zeros([4])));
    let error = a.add(&b).unwrap_err().to_string();
    assert_eq!(error, "add: dimension 1: expected equal extents, or 1 in one of them, got 3 and 4 ([2, 3] and [4])");
    let panic = std::panic::catch_unwind(|| &a + &b).unwrap_err();
    assert_eq!(*panic.downcast::<String>().unwrap(), error);
}

#[test]
fn scalars_from_either_side() {
    let x = Var::<f32>::from(Tensor::from([2.0, 4.0]));
    assert_eq!((10.0 - &x).value().to_vec(), [8.0, 6.0]);
    assert_eq!((8.0 / x.clone()).value().to_vec(), [4.0, 2.0]);
    assert_eq!((&x - 1.0).value().to_vec(), [1.0, 3.0]);
    assert_eq!((x * 0.5 + 1.0).value().to_vec(), [2.0, 3.0]);
}

#[test]
fn a_gradient_that_only_passes_through_is_not_copied() {
    let (a, b) = (Var::leaf(Tensor::<f32>::zeros([8])), Var::leaf(Tensor::zeros([8])));
    let seed = Tensor::ones([8]);
    let grads = (&a + &b).backward_with(seed.clone()).unwrap();
    assert_eq!(grads.get(&a).unwrap().raw().0.as_ptr(), seed.raw().0.as_ptr());
    assert_eq!(grads.get(&b).unwrap().raw().0.as_ptr(), seed.raw().0.as_ptr());
}
