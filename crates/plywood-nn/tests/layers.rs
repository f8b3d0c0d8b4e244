//! What layers do beyond their operation: modes, running statistics, names, places in messages.

use plywood_nn::*;

fn names<T: Scalar>(module: &impl Module<T>) -> Vec<String> {
    module.state_dict().iter().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn batch_norm_trains_by_the_batch_and_serves_by_running_statistics() {
    let norm = BatchNorm1d::<f64>::new(1);
    assert_eq!(names(&norm), ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);
    let x = Var::from(Tensor::from([[1.0], [3.0]]));
    let y = norm.forward(&x, &mut Context::train(0)).unwrap().value().to_vec();
    assert!((y[0] + 1.0).abs() < 1e-4 && (y[1] - 1.0).abs() < 1e-4, "{y:?}");
    let running = |norm: &BatchNorm1d<f64>| {
        let [mean, var] = [&norm.running_mean, &norm.running_var].map(|b| b.as_ref().unwrap().value().item().unwrap());
        (mean, var, norm.num_batches_tracked.as_ref().unwrap().value())
    };
    // The mean is 2, the unbiased variance 2, and both move by a tenth.
    let (mean, var, batches) = running(&norm);
    assert!((mean - 0.2).abs() < 1e-12 && (var - 1.1).abs() < 1e-12 && batches == 1, "{mean} {var} {batches}");
    let y = norm.forward(&x, &mut Context::eval()).unwrap();
    assert!((y.value().to_vec()[0] - 0.8 / (1.1f64 + 1e-5).sqrt()).abs() < 1e-12);
    assert_eq!(running(&norm), (mean, var, batches));
}

#[test]
fn batch_norm_with_addition_and_relu_is_all_one_after_the_other() {
    let x = Var::from(Stream::new(5).normal::<f32>([6, 3, 5, 5], 0.5, 2.0));
    let residual = Var::from(Stream::new(6).normal::<f32>([6, 3, 5, 5], 0.0, 1.0));
    let (fused, apart) = (BatchNorm2d::new(3), BatchNorm2d::new(3));
    for cx in [&mut Context::train(0), &mut Context::eval()] {
        let together = fused.forward_relu(&x, cx).unwrap();
        assert!(together.value().equals(apart.forward(&x, cx).unwrap().relu().value()));
        let together = fused.forward_add_relu(&x, &residual, cx).unwrap();
        assert!(together.value().equals(apart.forward(&x, cx).unwrap().add(&residual).unwrap().relu().value()));
    }
    assert!(fused.running_var.unwrap().value().equals(&apart.running_var.unwrap().value()));
}

#[test]
fn without_momentum_running_statistics_are_averages() {
    let norm = BatchNorm2d::<f64>::new(1).momentum(None);
    for values in [[1.0, 3.0], [5.0, 9.0], [0.0, 0.0]] {
        let x = Tensor::from([[[values]]]);
        norm.forward(&x.into(), &mut Context::train(0)).unwrap();
    }
    let mean = norm.running_mean.unwrap().value().item().unwrap();
    let var = norm.running_var.unwrap().value().item().unwrap();
    assert!((mean - 3.0).abs() < 1e-12 && (var - 10.0 / 3.0).abs() < 1e-12, "{mean} {var}");
}

#[test]
fn instance_norm_keeps_statistics_only_if_asked() {
    let x = Var::from(Tensor::<f64>::from_fn([2, 3, 4], |i| (i * i % 7) as f64));
    let plain = InstanceNorm1d::<f64>::new(3);
    assert!(names(&plain).is_empty());
    let (train, eval) = (plain.forward(&x, &mut Context::train(0)), plain.forward(&x, &mut Context::eval()));
    assert!(train.unwrap().value().equals(eval.unwrap().value()));
    let tracked = InstanceNorm1d::<f64>::new(3).affine().running_stats(1.0);
    tracked.forward(&x, &mut Context::train(0)).unwrap();
    let mean = tracked.running_mean.as_ref().unwrap().value().to_vec();
    let expected = |c: usize| (0..8).map(|i| x.value().get(&[i / 4, c, i % 4]).unwrap()).sum::<f64>() / 8.0;
    assert!((0..3).all(|c| (mean[c] - expected(c)).abs() < 1e-12), "{mean:?}");
}

#[test]
fn messages_name_layer_and_shapes() {
    let random = &mut Stream::new(0);
    let net = Sequential::<f32>::new().then(Linear::new(4, 6, random)).then(BatchNorm1d::new(5));
    let names = names(&net);
    assert_eq!(names[2..4], ["1.weight", "1.bias"]);
    let message = |x: Tensor, cx: &mut Context| net.forward(&x.into(), cx).unwrap_err().to_string();
    assert_eq!(
        message(Tensor::ones([2, 4]), &mut Context::train(0)),
        "1: batch_norm: channels of the input (dimension 1): expected 5, got 6 (input [2, 6])"
    );
    let pool = MaxPool2d::new(3);
    let error = pool.forward(&Tensor::<f32>::ones([1, 1, 2, 2]).into(), &mut Context::eval()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "MaxPool2d(kernel 3×3, stride 3×3): max_pool2d: height of the input: expected at least 3, since a window spans 3 \
         with padding 0, got 2 (input [1, 1, 2, 2])"
    );
    let single = BatchNorm1d::<f32>::new(3).forward(&Tensor::ones([1, 3]).into(), &mut Context::train(0));
    let message = single.unwrap_err().to_string();
    assert!(message.contains("values per channel in training mode: expected 2 or more, got 1"), "{message}");
}

#[test]
fn dropout_only_drops_in_training_and_repeats_with_its_seed() {
    let x = Var::from(Tensor::<f32>::ones([4, 8, 3, 3]));
    let layers: [&dyn Layer<f32>; 3] = [&Dropout::new(0.4), &Dropout2d::new(0.4), &AlphaDropout::new(0.4)];
    for layer in layers {
        assert!(layer.forward(&x, &mut Context::eval()).unwrap().value().equals(x.value()));
        let run = |seed| layer.forward(&x, &mut Context::train(seed)).unwrap().into_value();
        assert!(run(1).equals(&run(1)) && !run(1).equals(&run(2)));
    }
}

#[test]
fn branches_are_merged() {
    let x = Var::from(Tensor::from([[1.0f64, -2.0]]));
    let merged = |parallel: Parallel<f64>| {
        let both = parallel.with(ReLU::default()).with(LeakyReLU::new(0.5));
        both.forward(&x, &mut Context::eval()).unwrap().value().to_vec()
    };
    assert_eq!(merged(Parallel::concat(-1)), [1.0, 0.0, 1.0, -1.0]);
    assert_eq!(merged(Parallel::sum()), [2.0, -1.0]);
    assert_eq!(merged(Parallel::product()), [1.0, 0.0]);
    let residual = Residual::<f64>::new(ReLU::default());
    assert_eq!(residual.forward(&x, &mut Context::eval()).unwrap().value().to_vec(), [2.0, -2.0]);
    let projected = Residual::<f64>::new(ReLU::default()).shortcut(LeakyReLU::new(0.0));
    assert_eq!(projected.forward(&x, &mut Context::eval()).unwrap().value().to_vec(), [2.0, 0.0]);
    let none = Parallel::<f64>::sum().forward(&x, &mut Context::eval()).unwrap_err().to_string();
    assert!(none.contains("number of branches: expected 1 or more, got 0"), "{none}");
}

#[test]
fn every_layer_stands_in_a_sequential_in_both_types() {
    fn net<T: Scalar>() -> Sequential<T> {
        let random = &mut Stream::new(0);
        Sequential::new()
            .then(Conv2d::new(3, 8, 3, random).padding(1))
            .then(GroupNorm::new(2, 8))
            .then(PReLU::new(8))
            .then(MaxPool2d::new(2))
            .then(LocalResponseNorm::new(3))
            .then(InstanceNorm2d::new(8))
            .then(AvgPool2d::new(Window::from(2).stride(1)))
            .then(BatchNorm2d::new(8))
            .then(GELU::default())
            .then(Upsample::bilinear(2.0))
            .then(AdaptiveMaxPool2d::new([3, 3]))
            .then(AdaptiveAvgPool2d::new([2, 2]))
            .then(Dropout::new(0.1))
            .then(Flatten::new())
            .then(Maxout::new(32, 6, 2, random))
            .then(LayerNorm::new([6]))
            .then(RMSNorm::new([6]))
            .then(Unflatten::new(1, [3, 2]))
            .then(Repeat::new(2, |_| MaxPool1d::new(Window::from(1))))
            .then(AvgPool1d::new(1))
            .then(AdaptiveAvgPool1d::new(2usize))
            .then(AdaptiveMaxPool1d::new(1usize))
    }
    let x = Stream::new(1).normal::<f32>([4, 3, 8, 8], 0.0, 1.0);
    let single = net::<f32>().forward(&x.clone().into(), &mut Context::train(3)).unwrap();
    assert_eq!(single.shape(), &[4, 3, 1]);
    let double = net::<f64>().forward(&x.cast().into(), &mut Context::train(3)).unwrap();
    assert_eq!(double.shape(), &[4, 3, 1]);
    for (a, b) in single.value().to_vec().into_iter().zip(double.value().to_vec()) {
        assert!((f64::from(a) - b).abs() < 1e-4, "{a} in f32, {b} in f64");
    }
}
