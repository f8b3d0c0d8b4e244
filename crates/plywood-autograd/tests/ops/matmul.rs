use plywood_autograd::Var;
use plywood_gradcheck::prelude::*;

/// Operands whose leading dimensions broadcast, or that have fewer of them.
fn operands() -> impl Strategy<Value = (Shape, Shape)> {
    (shapes(3..=5, 1..=3), 0..=4usize, 0..=4usize, 1..=3usize, any::<[bool; 4]>()).prop_map(
        |(a, cut_a, cut_b, n, one)| {
            let (rank, k) = (a.len(), a[a.len() - 1]);
            let mut b = a;
            (b[rank - 2], b[rank - 1]) = (k, n);
            let mut a = a;
            for i in 0..rank - 2 {
                if one[i % 2] {
                    a[i] = 1;
                } else if one[2 + i % 2] {
                    b[i] = 1;
                }
            }
            let cut = |s: Shape, n: usize| Shape::from_slice(&s[n.min(rank - 1)..]).unwrap();
            // A vector on the right is as long as the depth.
            let b = if cut_b >= rank - 1 { Shape::from([k]) } else { cut(b, cut_b) };
            (cut(a, cut_a), b)
        },
    )
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn matmul((a, b) in tensors(operands())) {
        gradcheck(|x| x[0].matmul(&x[1]), &[a, b])?;
    }

    #[test]
    fn matmul_of_views((a, b) in tensors(fixed([4, 3]).prop_map(|s| (s, s)))) {
        gradcheck(|x| x[0].transpose(0, 1)?.slice(0, -1, None, -1)?.matmul(&x[1]), &[a, b])?;
    }
}

#[test]
fn empty_sums_are_zero() {
    let (a, b) = (Var::leaf(Tensor::<f64>::ones([2, 0])), Var::leaf(Tensor::ones([0, 3])));
    assert_eq!(a.matmul(&b).unwrap().value().to_vec(), [0.0; 6]);
    let (a, b) = (Var::leaf(Tensor::<f64>::ones([0, 2, 3])), Var::leaf(Tensor::ones([1, 3, 2])));
    let y = a.matmul(&b).unwrap();
    assert_eq!(y.shape(), &[0, 2, 2]);
    let grads = y.backward_with(Tensor::ones([0, 2, 2])).unwrap();
    assert_eq!(grads.get(&b).unwrap().to_vec(), [0.0; 6]);
}

#[test]
fn what_does_not_fit_is_named() {
    let var = |shape: &[usize]| Var::from(Tensor::<f32>::ones(Shape::from_slice(shape).unwrap()));
    let error = |a: &[usize], b: &[usize]| var(a).matmul(&var(b)).unwrap_err().to_string();
    assert!(error(&[2, 3], &[4, 5]).contains("expected 4"), "{}", error(&[2, 3], &[4, 5]));
    assert!(error(&[], &[4, 5]).contains("single value"));
    assert!(error(&[2, 2, 3], &[3, 3, 5]).contains("[2]"), "{}", error(&[2, 2, 3], &[3, 3, 5]));
}
