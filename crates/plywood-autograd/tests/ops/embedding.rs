use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn embedding(table in tensors(fixed([5, 3])), index in integers(shapes(0..=2, 0..=4), 0, 5)) {
        gradcheck(|x| x[0].embedding(&index, None), &[&table])?;
        // The padding's row takes part, but gets no gradient: what gets one is the rest of the table.
        let others = Tensor::from_fn([4, 3], |i| table.to_vec()[i]);
        let padded = |x: &[Var<f64>]| {
            let row = Var::from(Tensor::zeros([1, 3]));
            let (before, after) = (x[0].narrow(0, 0, 2)?, x[0].narrow(0, 2, 2)?);
            plywood_autograd::cat(&[&before, &row, &after], 0)?.embedding(&index, Some(2))
        };
        gradcheck(padded, &[others])?;
    }
}

#[test]
fn padding_gets_no_gradient() {
    let table = Var::leaf(Tensor::<f64>::ones([3, 2]));
    let y = table.embedding(&Tensor::from([0, 1, 1, 2]), Some(1)).unwrap();
    let grads = y.backward_with(Tensor::ones([4, 2])).unwrap();
    assert_eq!(grads.get(&table).unwrap().to_vec(), [1.0, 1.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn what_does_not_fit_is_named() {
    let table = Var::from(Tensor::<f64>::zeros([3, 2]));
    let message = |index: [i64; 2], padding| table.embedding(&Tensor::from(index), padding).unwrap_err().to_string();
    assert_eq!(message([0, 3], None), "embedding: index 1: expected within 0..3, got 3 (weight [3, 2], input [2])");
    assert_eq!(message([0, 1], Some(3)), "embedding: padding_idx: expected less than 3, got 3");
}
