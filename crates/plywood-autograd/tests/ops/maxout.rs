use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn maxout(x in tensors(shapes(0..=3, 1..=3).prop_map(|s| s.insert(s.len(), 6).unwrap())).distinct(0.01)) {
        for pieces in [1, 2, 3, 6] {
            gradcheck(|x| x[0].maxout(pieces), &[&x])?;
        }
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::from(Tensor::<f64>::zeros([2, 5]));
    assert_eq!(
        x.maxout(2).unwrap_err().to_string(),
        "maxout: last extent of the input: expected a multiple of the 2 pieces, got 5 ([2, 5])"
    );
}
