use plywood_gradcheck::prelude::*;

/// A tensor, a shape for indices that may be smaller but for one dimension, and that dimension.
fn operands() -> impl Strategy<Value = (Shape, Shape, usize)> {
    (shapes(1..=3, 2..=4), shapes(3..=3, 1..=2), 0..3usize)
        .prop_map(|(x, index, dim)| (x, Shape::from_slice(&index[..x.len()]).unwrap(), dim % x.len()))
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn gather_and_scatter(
        (x, source, index, dim) in operands().prop_flat_map(|(x, index, dim)| {
            (tensors(fixed(x)), tensors(fixed(index)), integers(fixed(index), 0, 2), Just(dim as isize))
        }),
    ) {
        gradcheck(|x| x[0].gather(dim, &index), &[&x])?;
        gradcheck(|x| x[0].scatter_add(dim, &index, &x[1]), &[&x, &source])?;
        // A source that is larger than the indices.
        let larger = Tensor::from_fn(Shape::from_slice(&vec![3; x.rank()]).unwrap(), |i| i as f64);
        gradcheck(|x| x[0].scatter_add(dim, &index, &x[1]), &[x, larger])?;
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::from(Tensor::<f64>::zeros([2, 3]));
    assert_eq!(
        x.gather(1, &Tensor::from([[0], [3]])).unwrap_err().to_string(),
        "gather: index 1: expected within 0..3, got 3 (input [2, 3], index [2, 1])"
    );
    assert_eq!(
        x.scatter_add(0, &Tensor::from([[0, 1]]), &Var::from(Tensor::zeros([1, 1]))).unwrap_err().to_string(),
        "scatter_add: shape of the source: expected one that holds the index's [1, 2], got [1, 1]"
    );
}
