use plywood_gradcheck::prelude::*;

/// Input `[n, c, …]` with at least two values a channel, weight and bias `[c]`.
fn operands() -> impl Strategy<Value = (Shape, Shape, Shape)> {
    (2..=4usize, 1..=3usize, shapes(0..=2, 1..=3)).prop_map(|(n, c, rest)| {
        let shape = Shape::from_slice(&[&[n, c][..], &rest].concat()).unwrap();
        (shape, Shape::from([c]), Shape::from([c]))
    })
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn batch_norm((x, weight, bias) in tensors(operands())) {
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm(None, None, 0.1)?.0), &[&x])?;
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm(Some(&x[1]), None, 0.1)?.0), &[&x, &weight])?;
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm(None, Some(&x[1]), 0.1)?.0), &[&x, &bias])?;
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm(Some(&x[1]), Some(&x[2]), 0.1)?.0), &[x, weight, bias])?;
    }

    #[test]
    fn batch_norm_eval((x, weight, bias) in tensors(operands())) {
        let (mean, var) = (bias.map(|b| b - 0.5), weight.map(|w| w * w));
        gradcheck(
            |x| x[0].batch_norm_eval(&mean, &var, Some(&x[1]), Some(&x[2]), 0.1),
            &[x, weight, bias],
        )?;
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn batch_norm_relu((x, weight, bias) in tensors(operands())) {
        let inputs = [x, weight, bias];
        let away = |y: &Var<f64>| y.value().to_vec().iter().all(|y| y.abs() > 0.01);
        let [x, weight, bias] = inputs.each_ref().map(Var::from);
        prop_assume!(away(&x.batch_norm(Some(&weight), Some(&bias), 0.1)?.0));
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm_relu(Some(&x[1]), Some(&x[2]), 0.1)?.0), &inputs)?;

        let (mean, var) = (bias.value().map(|b| b - 0.5), weight.value().map(|w| w * w));
        prop_assume!(away(&x.batch_norm_eval(&mean, &var, Some(&weight), Some(&bias), 0.1)?));
        gradcheck(|x| x[0].batch_norm_relu_eval(&mean, &var, Some(&x[1]), Some(&x[2]), 0.1), &inputs)?;
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn batch_norm_add_relu(inputs in tensors(operands().prop_map(|(x, w, b)| vec![x, x, w, b]))) {
        let away = |y: &Var<f64>| y.value().to_vec().iter().all(|y| y.abs() > 0.01);
        let [x, residual, weight, bias] = [0, 1, 2, 3].map(|i| Var::from(&inputs[i]));
        let sum = x.batch_norm(Some(&weight), Some(&bias), 0.1)?.0.add(&residual)?;
        prop_assume!(away(&sum));
        let fused = x.batch_norm_add_relu(&residual, Some(&weight), Some(&bias), 0.1)?.0;
        prop_assert_eq!(fused.value().to_vec(), sum.relu().value().to_vec());
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm_add_relu(&x[1], Some(&x[2]), Some(&x[3]), 0.1)?.0), &inputs)?;
        // A residual that is the input itself, and one that nobody wants the gradient of.
        let plain = x.batch_norm(None, None, 0.1)?.0;
        prop_assume!(away(&plain.add(&x)?) && away(&plain.add(&residual)?));
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm_add_relu(&x[0], None, None, 0.1)?.0), &[&inputs[0]])?;
        gradcheck(|x| Ok::<_, Error>(x[0].batch_norm_add_relu(&residual, None, None, 0.1)?.0), &[&inputs[0]])?;

        let (mean, var) = (bias.value().map(|b| b - 0.5), weight.value().map(|w| w * w));
        let sum = x.batch_norm_eval(&mean, &var, Some(&weight), Some(&bias), 0.1)?.add(&residual)?;
        prop_assume!(away(&sum));
        gradcheck(
            |x| x[0].batch_norm_add_relu_eval(&x[1], &mean, &var, Some(&x[2]), Some(&x[3]), 0.1),
            &inputs,
        )?;
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let x = Var::from(Tensor::<f64>::zeros([2, 3, 4]));
    let message = |y: Result<Var<f64>, Error>| y.unwrap_err().to_string();
    let weight = Var::from(Tensor::zeros([4]));
    assert_eq!(
        message(x.batch_norm(Some(&weight), None, 1e-5).map(|y| y.0)),
        "batch_norm: shape of the weight: expected [3], got [4] (input [2, 3, 4])"
    );
    assert_eq!(
        message(x.batch_norm_eval(&Tensor::zeros([3]), &Tensor::zeros([2]), None, None, 1e-5)),
        "batch_norm: shape of running_var: expected [3], got [2] (input [2, 3, 4], running_var [2])"
    );
    assert_eq!(
        message(x.batch_norm_add_relu(&weight, None, None, 1e-5).map(|y| y.0)),
        "batch_norm_add_relu: shape of the residual: expected [2, 3, 4], got [4]"
    );
    let single = Var::from(Tensor::<f64>::zeros([1, 3]));
    assert_eq!(
        message(single.batch_norm(None, None, 1e-5).map(|y| y.0)),
        "batch_norm: values per channel in training mode: expected 2 or more, got 1 (batch of 1 with 1 each) \
         (input [1, 3])"
    );
}
