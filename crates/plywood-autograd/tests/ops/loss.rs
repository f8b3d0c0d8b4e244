use plywood_autograd::*;
use plywood_gradcheck::prelude::*;

fn reductions() -> impl Strategy<Value = Reduction> {
    prop::sample::select(vec![Reduction::None, Reduction::Mean, Reduction::Sum])
}

/// Scores `[classes]`, `[n, classes]` or `[n, classes, d]`, and a class for each place.
fn scores() -> impl Strategy<Value = (Tensor<f64>, Tensor<i64>)> {
    shapes(1..=3, 1..=4).prop_flat_map(|shape| {
        let dim = usize::from(shape.len() > 1);
        (tensors(fixed(shape)), integers(fixed(shape.remove(dim)), 0, shape[dim] as i64))
    })
}

fn pair() -> impl Strategy<Value = [Tensor<f64>; 2]> {
    tensors(shapes(0..=3, 1..=4).prop_map(|shape| (shape, shape))).prop_map(Into::into)
}

/// Pairs whose differences keep away from the kinks at 0 and ±`kink`.
fn apart(kink: f64) -> impl Strategy<Value = [Tensor<f64>; 2]> {
    let two = move |shape| {
        tensors(fixed(shape))
            .prop_flat_map(move |t| (tensors(fixed(shape)).away_from(&[-kink, 0.0, kink], 0.05), Just(t)))
    };
    shapes(0..=3, 1..=4)
        .prop_flat_map(two)
        .prop_map(|(gap, t)| [t.zip_map(&gap, |t, gap| t + gap).expect("one shape"), t])
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn cross_entropy_of_classes((x, classes) in scores(), smoothing in prop_oneof![Just(0.0), 0.0..1.0], reduction in reductions(), weighted: bool, ignore in 0..3i64) {
        let n = x.shape()[usize::from(x.rank() > 1)];
        let weight = weighted.then(|| Tensor::from_fn([n], |i| 0.5 + i as f64));
        // Where everything is ignored a mean is NaN, as in PyTorch.
        let all_ignored = classes.to_vec().iter().all(|&c| c == ignore);
        prop_assume!(!(all_ignored && reduction == Reduction::Mean));
        let options = CrossEntropy { weight, ignore_index: ignore, label_smoothing: smoothing, reduction };
        gradcheck(|x| cross_entropy_with(&x[0], &classes, &options), &[x])?;
    }

    #[test]
    fn cross_entropy_of_probabilities([x, q] in pair(), smoothing in prop_oneof![Just(0.0), 0.0..1.0], reduction in reductions()) {
        prop_assume!(x.rank() > 0);
        let options = CrossEntropy { label_smoothing: smoothing, reduction, ..Default::default() };
        gradcheck(|x| cross_entropy_with(&x[0], &x[1], &options), &[x, q])?;
    }

    #[test]
    fn nll((x, classes) in scores(), reduction in reductions(), weighted: bool) {
        let n = x.shape()[usize::from(x.rank() > 1)];
        let weight = weighted.then(|| Tensor::from_fn([n], |i| 0.5 + i as f64));
        gradcheck(|x| nll_loss_with(&x[0], &classes, &NllLoss { weight: weight.clone(), reduction, ..Default::default() }), &[x])?;
    }

    #[test]
    fn squares_and_logits([x, t] in pair(), reduction in reductions()) {
        gradcheck(|x| mse_loss(&x[0], &x[1], reduction), &[&x, &t])?;
        gradcheck(|x| binary_cross_entropy_with_logits(&x[0], &x[1], reduction), &[&x, &t])?;
        let pos_weight = t.map(|t| t.abs());
        gradcheck(|x| binary_cross_entropy_with_logits_weighted(&x[0], &x[1], &pos_weight, reduction), &[&x, &t])?;
        gradcheck(|x| kl_div(&x[0], &x[1], true, reduction), &[x, t])?;
    }

    #[test]
    fn absolute_differences([x, t] in apart(0.7), reduction in reductions()) {
        gradcheck(|x| l1_loss(&x[0], &x[1], reduction), &[&x, &t])?;
        gradcheck(|x| huber_loss(&x[0], &x[1], 0.7, reduction), &[&x, &t])?;
        gradcheck(|x| smooth_l1_loss(&x[0], &x[1], 0.7, reduction), &[x, t])?;
    }

    #[test]
    fn probabilities(x in tensors(shapes(0..=3, 1..=4)).within(0.05, 0.95), reduction in reductions()) {
        let t = x.map(|x| 1.0 - x * x);
        gradcheck(|x| binary_cross_entropy(&x[0], &x[1], reduction), &[&x, &t])?;
        gradcheck(|x| kl_div(&x[0], &x[1], false, reduction), &[&x, &t])?;
    }

    #[test]
    fn hinge_embedding(x in tensors(shapes(0..=3, 1..=4)).away_from(&[0.4], 0.05), reduction in reductions()) {
        let mut sign = -1.0;
        let t = Var::from(Tensor::from_fn(x.shape(), |_| { sign = -sign; sign }));
        gradcheck(|x| hinge_embedding_loss(&x[0], &t, 0.4, reduction), &[x])?;
    }

    #[test]
    fn cosine_embedding((a, b) in tensors(shapes(1..=2, 1..=4).prop_map(|shape| (shape, shape))), reduction in reductions(), first in prop::sample::select(vec![1.0, -1.0])) {
        let cosines = a.shape().remove(a.rank() - 1);
        let mut sign = -first;
        let t = Tensor::from_fn(cosines, |_| { sign = -sign; sign });
        // Cosines lie between -1 and 1: nothing is near the kinks at these margins.
        for margin in [-1.5, 1.5] {
            gradcheck(|x| cosine_embedding_loss(&x[0], &x[1], &t, margin, reduction), &[&a, &b])?;
        }
    }

    #[test]
    fn triplet_margin(
        [a, b, c] in shapes(1..=2, 1..=4).prop_flat_map(|shape| [tensors(fixed(shape)), tensors(fixed(shape)), tensors(fixed(shape)).within(5.0, 9.0)]),
        p in prop::sample::select(vec![1.0, 2.0, 3.0]),
        swap: bool,
        reduction in reductions(),
    ) {
        // With a margin of 100 each triplet counts; with one of 0.01 none does, as the negative is far away.
        for margin in [100.0, 0.01] {
            let options = TripletMargin { margin, p, swap, reduction, ..Default::default() };
            gradcheck(|x| triplet_margin_loss_with(&x[0], &x[1], &x[2], options), &[&a, &b, &c])?;
        }
        // A positive far away and a negative close by: each triplet counts at any margin.
        let near = a.zip_map(&b, |a, b| a + 0.1 * b).expect("one shape");
        gradcheck(|x| triplet_margin_loss(&x[0], &x[1], &x[2]), &[&a, &c, &near])?;
    }

    #[test]
    fn ctc(x in tensors(fixed([6, 2, 3])).within(-3.0, -0.1), targets in integers(fixed([2, 2]), 1, 3), reduction in reductions()) {
        let options = CtcLoss { reduction, ..Default::default() };
        // The rule is right for what comes from a log-softmax.
        gradcheck(|x| ctc_loss(&x[0].log_softmax(2)?, &targets, &[6, 5], &[2, 1], options), &[x])?;
    }
}

#[test]
fn bad_targets_are_named() {
    let x = Var::<f64>::leaf(Tensor::zeros([2, 3]));
    let says = |result: Result<Var<f64>>| result.unwrap_err().to_string();
    assert_eq!(
        says(cross_entropy(&x, &Tensor::from([0, -1]))),
        "cross_entropy: label at flat index 1: expected 0 to 2, got -1"
    );
    assert_eq!(
        says(cross_entropy(&x, &Tensor::from([0, 1, 2]))),
        "cross_entropy: shape of the target: expected [2], got [3]"
    );
    assert_eq!(says(nll_loss(&x, &Tensor::from([0, 3]))), "nll_loss: label at flat index 1: expected 0 to 2, got 3");
    let t = Var::from(Tensor::zeros([3, 2]));
    assert!(says(mse_loss(&x, &t, Reduction::Mean)).contains("expected [2, 3], the input's, got [3, 2]"));
    let p = Var::from(Tensor::full([2, 3], 1.5));
    assert!(says(binary_cross_entropy(&p, &x, Reduction::Mean)).contains("probabilities, 0 to 1, got 1.5"));
    let (time, labels) = (Var::from(Tensor::<f64>::zeros([4, 1, 3])), Tensor::from([[1, 0]]));
    assert!(
        says(ctc_loss(&time, &labels, &[5], &[1], CtcLoss::default())).contains("at most 4, the extent of time, got 5")
    );
    assert!(says(ctc_loss(&time, &labels, &[4], &[2], CtcLoss::default())).contains("not the blank"));
    assert!(says(ctc_loss(&time, &labels, &[4], &[3], CtcLoss::default())).contains("at most 2, got 3"));
}
