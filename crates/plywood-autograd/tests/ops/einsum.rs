use plywood_autograd::{Var, einsum};
use plywood_gradcheck::prelude::*;

fn extents() -> impl Strategy<Value = (Shape, Shape)> {
    shapes(4..=4, 1..=3).prop_map(|s| (Shape::from([s[0], s[1], s[2]]), Shape::from([s[0], s[2], s[3]])))
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn einsum_of_two((a, b) in tensors(extents())) {
        for equation in ["bij,bjk->bik", "bij,bjk->kb", "bij,bjk->", "bij,cjk->bcik", "bij,cdk->dji"] {
            gradcheck(|x| einsum(equation, &[&x[0], &x[1]]), &[&a, &b])?;
        }
    }

    #[test]
    fn einsum_of_one_and_three((a, b) in tensors(extents())) {
        gradcheck(|x| einsum("ijk->ki", &[&x[0]]), &[&a])?;
        gradcheck(|x| einsum("bij,bjk,bij->ik", &[&x[0], &x[1], &x[0]]), &[a, b])?;
    }
}

#[test]
fn sums_follow_the_definition() {
    let a = Tensor::<f64>::from_fn([2, 3], |i| i as f64);
    let b = Tensor::from_fn([3, 2], |i| (i * i) as f64 - 4.0);
    let got = einsum("ij,jk->ki", &[&Var::from(a.clone()), &Var::from(b.clone())]).unwrap();
    for (k, i) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let expected: f64 = (0..3).map(|j| a.get(&[i, j]).unwrap() * b.get(&[j, k]).unwrap()).sum();
        assert_eq!(got.value().get(&[k, i]).unwrap(), expected);
    }
}

#[test]
fn a_wrong_equation_is_named() {
    let x = Var::from(Tensor::<f32>::ones([2, 3]));
    for equation in ["ij", "ii->i", "ij->k", "ij,jk->ik", "ijk->i", "i1->i"] {
        assert!(einsum(equation, &[&x]).unwrap_err().to_string().starts_with("einsum"), "{equation}");
    }
    assert!(
        einsum("ij,ij->", &[&x, &Var::from(Tensor::ones([2, 4]))]).unwrap_err().to_string().contains("extent of j")
    );
}
