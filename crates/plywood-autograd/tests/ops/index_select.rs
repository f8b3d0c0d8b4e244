use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn index_select(x in tensors(shapes(1..=4, 3..=3)), dim in -4..4isize, index in integers(shapes(1..=1, 0..=5), 0, 3)) {
        let rank = x.rank() as isize;
        gradcheck(|x| x[0].index_select(dim.rem_euclid(rank) - if dim < 0 { rank } else { 0 }, &index), &[x])?;
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::from(Tensor::<f64>::zeros([3, 2]));
    assert_eq!(
        x.index_select(1, &Tensor::from([0, 2])).unwrap_err().to_string(),
        "index_select: index 1: expected within 0..2, got 2 (input [3, 2], index [2])"
    );
}
