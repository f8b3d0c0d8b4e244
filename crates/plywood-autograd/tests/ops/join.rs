use plywood_autograd::{cat, stack};
use plywood_gradcheck::prelude::*;

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn cat_of_different_extents(x in tensors(shapes(2..=3, 1..=3)), dim in -2..2isize, len in 0..=2usize) {
        let d = x.shape().dim(dim, "test").unwrap();
        let mut shape = *x.shape();
        shape[d] = len;
        let other = Tensor::full(shape, 0.5);
        gradcheck(|x| cat(&[&x[0], &x[1], &x[0]], dim), &[x, other])?;
    }

    #[test]
    fn stack_of_two((a, b) in tensors(shapes(0..=3, 1..=3).prop_map(|s| (s, s))), dim in 0..=3isize) {
        let dim = dim.min(a.rank() as isize);
        gradcheck(|x| stack(&[&x[0], &x[1]], dim), &[&a, &b])?;
        gradcheck(|x| stack(&[&x[0], &x[1]], -1), &[a, b])?;
    }

    #[test]
    fn split_chunk_unbind(x in tensors(fixed([5, 2]))) {
        gradcheck(|x| x[0].split(0, &[1, 0, 4]), &[&x])?;
        gradcheck(|x| x[0].chunk(-2, 3), &[&x])?;
        gradcheck(|x| x[0].unbind(1), &[x])?;
    }
}

#[test]
fn chunks_are_pytorchs() {
    let lens = |extent: usize, chunks| -> Vec<usize> {
        let x = Var::from(Tensor::<f64>::zeros([extent]));
        x.chunk(0, chunks).unwrap().iter().map(|x| x.shape()[0]).collect()
    };
    assert_eq!(lens(6, 4), [2, 2, 2]);
    assert_eq!(lens(5, 2), [3, 2]);
    assert_eq!(lens(2, 5), [1, 1]);
    assert_eq!(lens(0, 3), [0]);
}

#[test]
fn what_does_not_fit_is_named() {
    let (a, b) = (Var::from(Tensor::<f64>::zeros([2, 3])), Var::from(Tensor::zeros([2, 4])));
    assert_eq!(
        cat(&[&a, &b], 0).unwrap_err().to_string(),
        "cat: shape of tensor 1: expected [2, 3] but for dimension 0, got [2, 4]"
    );
    assert_eq!(cat::<f64>(&[], 0).unwrap_err().to_string(), "cat: number of tensors: expected 1 or more, got 0");
    assert_eq!(stack(&[&a, &b], 0).unwrap_err().to_string(), "stack: shape of tensor 1: expected [2, 3], got [2, 4]");
    assert_eq!(
        a.split(1, &[1, 1]).unwrap_err().to_string(),
        "split: sum of the parts: expected 3, got [1, 1] ([2, 3])"
    );
}
