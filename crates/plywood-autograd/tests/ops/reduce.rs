use plywood_autograd::Dims;
use plywood_gradcheck::prelude::*;

/// A shape, some of its dimensions (counted from either end), and whether they stay.
fn over(extent: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = (Shape, Dims, bool)> {
    (shapes(0..=4, extent), any::<[bool; 4]>(), any::<bool>(), any::<bool>()).prop_map(
        |(shape, chosen, end, keepdim)| {
            let rank = shape.len();
            let place = |d: usize| if end { d as isize - rank as isize } else { d as isize };
            let dims: Vec<isize> = (0..rank).filter(|&d| chosen[d]).map(place).collect();
            (shape, Dims::from(&dims[..]), keepdim)
        },
    )
}

fn values() -> impl Strategy<Value = (Tensor<f64>, Dims, bool)> {
    over(0..=4).prop_flat_map(|(shape, dims, keepdim)| (tensors(fixed(shape)), Just(dims), Just(keepdim)))
}

/// At least one value to a result, all different, none near 0 and no two of one magnitude.
fn distinct() -> impl Strategy<Value = (Tensor<f64>, Dims, bool)> {
    over(1..=4).prop_flat_map(|(shape, dims, keepdim)| {
        let signed = tensors(fixed(shape)).within(0.2, 2.0).distinct(1e-3).prop_perturb(|x, mut rng| {
            let signs = Tensor::from_fn(*x.shape(), |_| if rng.random_bool(0.5) { 1.0 } else { -1.0 });
            x.zip_map(&signs, |x, sign| x * sign).expect("one shape")
        });
        (signed, Just(dims), Just(keepdim))
    })
}

/// A tensor of different values and one of its dimensions.
fn line() -> impl Strategy<Value = (Tensor<f64>, isize)> {
    shapes(1..=4, 1..=4).prop_flat_map(|shape| {
        let rank = shape.len() as isize;
        (tensors(fixed(shape)).distinct(1e-3), -rank..rank)
    })
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn sum_and_mean((x, dims, keepdim) in values()) {
        gradcheck(|x| x[0].sum_dim(dims.clone(), keepdim), &[&x])?;
        gradcheck(|x| x[0].sum(), &[&x])?;
        prop_assume!(!x.is_empty());
        gradcheck(|x| x[0].mean_dim(dims.clone(), keepdim), &[&x])?;
        gradcheck(|x| x[0].mean(), &[&x])?;
    }

    #[test]
    fn var_and_std((x, dims, keepdim) in distinct(), correction in 0..2usize) {
        let n = x.elements() / x.sum_of(&dims);
        prop_assume!(n > correction.max(1));
        gradcheck(|x| x[0].var(dims.clone(), correction, keepdim), &[&x])?;
        gradcheck(|x| x[0].std(dims.clone(), correction, keepdim), &[&x])?;
    }

    #[test]
    fn amax_and_amin((x, dims, keepdim) in distinct()) {
        gradcheck(|x| x[0].amax(dims.clone(), keepdim), &[&x])?;
        gradcheck(|x| x[0].amin(dims.clone(), keepdim), &[&x])?;
    }

    #[test]
    fn logsumexp((x, dims, keepdim) in values()) {
        prop_assume!(!x.is_empty());
        gradcheck(|x| x[0].logsumexp(dims.clone(), keepdim), &[&x])?;
    }

    #[test]
    fn norm((x, dims, keepdim) in distinct(), p in prop::sample::select(vec![2.0, 1.0, 3.5, 0.5, f64::INFINITY, f64::NEG_INFINITY])) {
        gradcheck(|x| x[0].norm(p, dims.clone(), keepdim), &[&x])?;
    }

    #[test]
    fn prod((x, dims, keepdim) in values(), zeros in 0..3usize) {
        let mut x = x;
        x.make_mut().iter_mut().step_by(2).take(zeros).for_each(|x| *x = 0.0);
        gradcheck(|x| x[0].prod(dims.clone(), keepdim), &[&x])?;
    }

    #[test]
    fn max_and_min((x, dim) in line(), keepdim: bool) {
        gradcheck(|x| x[0].max(dim, keepdim).map(|y| y.0), &[&x])?;
        gradcheck(|x| x[0].min(dim, keepdim).map(|y| y.0), &[&x])?;
    }

    #[test]
    fn cumsum((x, dim) in line()) {
        gradcheck(|x| x[0].cumsum(dim), &[&x])?;
    }

    #[test]
    fn sort_and_topk((x, dim) in line(), up: bool, k in 0..4usize) {
        gradcheck(|x| x[0].sort(dim, up).map(|y| y.0), &[&x])?;
        let n = x.shape()[x.shape().dim(dim, "test").unwrap()];
        gradcheck(|x| x[0].topk(k.min(n), dim, up).map(|y| y.0), &[&x])?;
    }
}

/// How many results a reduction has.
trait Results {
    fn sum_of(&self, dims: &Dims) -> usize;
}

impl Results for Tensor<f64> {
    fn sum_of(&self, dims: &Dims) -> usize {
        Var::from(self).sum_dim(dims.clone(), false).expect("a valid reduction").value().elements()
    }
}

fn gradient(y: Var<f64>, x: &Var<f64>) -> Vec<f64> {
    y.sum().backward().unwrap().get(x).unwrap().to_vec()
}

#[test]
fn ties_share_or_the_first_takes_all() {
    let x = Var::leaf(Tensor::from([[3.0, 3.0, 1.0], [2.0, 0.0, 0.0]]));
    assert_eq!(gradient(x.amax(1, false).unwrap(), &x), [0.5, 0.5, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(gradient(x.amin([], false).unwrap(), &x), [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
    assert_eq!(gradient(x.max(1, true).unwrap().0, &x), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(gradient(x.norm(f64::INFINITY, [], false).unwrap(), &x), [0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn at_the_origin() {
    let x = Var::leaf(Tensor::<f64>::zeros([3]));
    for p in [2.0, 1.0, 3.0, 0.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(gradient(x.norm(p, 0, false).unwrap(), &x), [0.0; 3], "{p}");
    }
    assert_eq!(gradient(x.std(0, 1, false).unwrap(), &x), [0.0; 3]);
}

#[test]
fn a_single_value_has_one_dimension_where_asked() {
    let x = Var::leaf(Tensor::from(2.0));
    assert_eq!(x.sum_dim(-1, false).unwrap().item().unwrap(), 2.0);
    assert_eq!(x.softmax(0).unwrap().item().unwrap(), 1.0);
    assert_eq!(x.cumsum(0).unwrap().item().unwrap(), 2.0);
    let (values, indices) = x.max(0, false).unwrap();
    assert_eq!((values.item().unwrap(), indices.item().unwrap()), (2.0, 0));
    let (values, indices) = x.sort(0, false).unwrap();
    assert_eq!((gradient(values, &x), indices.to_vec()), (vec![1.0], vec![0]));
}

#[test]
fn misuse_is_explained() {
    let x = Var::<f32>::from(Tensor::zeros([2, 0]));
    let message = |y: Result<Var<f32>, Error>| y.unwrap_err().to_string();
    assert_eq!(message(x.amax(1, false)), "amax: number of values: expected at least 1, got 0 ([2, 0])");
    assert_eq!(
        message(x.sum_dim([1, -1], false)),
        "sum: dimensions: expected each one once, got dimension 1 twice ([2, 0])"
    );
    assert!(message(x.sum_dim(2, false)).contains("expected -2 to 1, got 2"));
    assert!(message(x.topk(3, 0, true).map(|y| y.0)).contains("at most 2"));
    assert!(message(x.norm(f64::NAN, 0, false)).contains("NaN"));
    assert_eq!(x.sum_dim(1, true).unwrap().value().to_vec(), [0.0, 0.0]);
}
