//! What the optimizers share: errors, frozen parameters, groups, exact resumption; and L-BFGS, averages, accumulation.

use plywood_autograd::{Gradients, Tensor, Var};
use plywood_nn::{Context, Layer, Linear, Module, Param, Stream};
use plywood_optim::*;

#[derive(Module, Clone)]
struct Net {
    a: Linear<f32>,
    b: Linear<f32>,
}

fn net() -> Net {
    let random = &mut Stream::new(3);
    Net { a: Linear::new(3, 4, random), b: Linear::new(4, 2, random) }
}

/// Gradients of one step on made-up data; each step another.
fn gradients(net: &Net, step: u64) -> Gradients {
    let mut cx = Context::train(0);
    let x = Stream::new(step).normal([5, 3], 0.0, 1.0);
    let y = net.b.forward(&net.a.forward(&Var::from(x), &mut cx).unwrap(), &mut cx).unwrap();
    y.backward_with(Stream::new(100 + step).normal(*y.shape(), 0.0, 1.0)).unwrap()
}

fn values(net: &Net) -> Vec<f32> {
    net.named_parameters().iter().flat_map(|(_, p)| p.value().to_vec()).collect()
}

fn step(optimizer: &mut impl Optimizer<f32>, model: &mut Net, step: u64) {
    let grads = gradients(model, step);
    optimizer.step(model, &grads).unwrap();
}

fn resumes<O: Optimizer<f32>>(make: impl Fn(&Net) -> Result<O>) {
    let mut model = net();
    let mut optimizer = make(&model).unwrap();
    for n in 0..3 {
        step(&mut optimizer, &mut model, n);
    }
    // Another model, as a new process would make it, with other keys.
    let mut copy = net();
    copy.load_state_dict(&model.state_dict()).unwrap();
    let mut resumed = make(&copy).unwrap();
    let file = optimizer.state_dict().to_safetensors().to_bytes();
    let reader = plywood_tensor::safetensors::Reader::from_bytes(file, "optimizer").unwrap();
    resumed.load_state_dict(&plywood_nn::StateDict::from_safetensors(&reader).unwrap()).unwrap();
    for n in 3..6 {
        step(&mut optimizer, &mut model, n);
        step(&mut resumed, &mut copy, n);
        assert_eq!(values(&model), values(&copy));
    }
}

#[test]
fn every_optimizer_resumes_exactly() {
    resumes(|m| SGDConfig::new(0.1).momentum(0.9).nesterov(true).build(m));
    resumes(|m| SGD::new(m, 0.1));
    resumes(|m| Adam::new(m, 0.01));
    resumes(|m| AdamWConfig::new(0.01).amsgrad(true).build(m));
    resumes(|m| Adamax::new(m, 0.01));
    resumes(|m| NAdam::new(m, 0.01));
    resumes(|m| RAdam::new(m, 0.01));
    resumes(|m| AdagradConfig::new(0.01).lr_decay(0.1).build(m));
    resumes(|m| Adadelta::new(m, 1.0));
    resumes(|m| RMSpropConfig::new(0.01).momentum(0.9).centered(true).build(m));
    resumes(|m| Rprop::new(m, 0.01));
    resumes(|m| Lion::new(m, 0.01));
}

#[test]
fn settings_out_of_range_are_refused() {
    let model = net();
    let says = |result: Result<()>| result.unwrap_err().to_string();
    let nan = says(Adam::new(&model, f64::NAN).map(drop));
    assert_eq!(nan, "Adam: learning rate: expected a finite number of at least 0, got NaN");
    assert!(SGD::new(&model, -0.1).is_err() && SGD::new(&model, f64::INFINITY).is_err());
    assert!(SGDConfig::new(0.1).momentum(-1.0).build(&model).is_err());
    assert!(SGDConfig::new(0.1).nesterov(true).build(&model).is_err());
    assert!(AdamConfig::new(0.1).betas((0.9, 1.0)).build(&model).is_err());
    assert!(AdamConfig::new(0.1).eps(f64::NAN).build(&model).is_err());
    assert!(RpropConfig::new(0.1).etas((1.5, 1.2)).build(&model).is_err());
    assert!(LionConfig::new(0.1).weight_decay(-1.0).build(&model).is_err());
    let mut adam = Adam::new(&model, 0.1).unwrap();
    assert!(adam.set_lr(f64::NAN).is_err() && adam.lr() == 0.1);
    let group = says(SGDConfig::new(0.1).group(Group::new("c.*")).build(&model).map(drop));
    assert!(group.contains("group 'c.*'") && group.contains("a.weight, a.bias, b.weight, b.bias"), "{group}");
    assert!(RpropConfig::new(0.1).group(Group::new("*").weight_decay(0.1)).build(&model).is_err());
    let mut frozen = net();
    frozen.freeze(|_| true);
    assert!(says(SGD::new(&frozen, 0.1).map(drop)).contains("at least one to train, got 4, all frozen"));
}

#[test]
fn a_parameter_without_a_gradient_is_named_and_nothing_changes() {
    let mut model = net();
    let mut optimizer = SGD::new(&model, 0.1).unwrap();
    let before = values(&model);
    let y = model.b.forward(&Tensor::ones([1, 4]).into(), &mut Context::train(0)).unwrap();
    let grads = y.backward_with(Tensor::ones([1, 2])).unwrap();
    let error = optimizer.step(&mut model, &grads).unwrap_err().to_string();
    assert!(error.starts_with("SGD: no gradient came for a.weight, a.bias: "), "{error}");
    assert_eq!(values(&model), before);
    model.freeze(|name| name.starts_with("a."));
    optimizer.step(&mut model, &grads).unwrap();
    let after = values(&model);
    assert!(after[..16] == before[..16] && after[16..].iter().zip(&before[16..]).all(|(a, b)| a != b));
}

#[test]
fn groups_have_their_own_settings() {
    let mut model = net();
    let config = SGDConfig::new(0.1).weight_decay(0.5).group(Group::new("*.bias").weight_decay(0.0).lr(0.2));
    let mut optimizer = config.group(Group::new("b.*").lr(0.0)).build(&model).unwrap();
    optimizer.set_lr(0.05).unwrap();
    let (before, grads) = (net(), gradients(&model, 0));
    optimizer.step(&mut model, &grads).unwrap();
    let moves = |p: fn(&Net) -> &Param<f32>, lr: f32, decay: f32| {
        let (old, new) = (p(&before).value().to_vec(), p(&model).value().to_vec());
        let g = grads.by_key(p(&model).key()).unwrap().to_vec();
        for i in 0..old.len() {
            assert!((new[i] - (old[i] - lr * (g[i] + decay * old[i]))).abs() < 1e-6);
        }
    };
    moves(|m| &m.a.weight, 0.05, 0.5);
    // The group that was added first counts, and its rate follows the other's.
    moves(|m| m.b.bias.as_ref().unwrap(), 0.1, 0.0);
    moves(|m| &m.b.weight, 0.0, 0.5);
}

#[test]
fn a_foreign_state_dict_is_refused_whole() {
    let mut model = net();
    let mut adam = Adam::new(&model, 0.1).unwrap();
    step(&mut adam, &mut model, 0);
    let before = adam.state_dict().to_safetensors().to_bytes();
    let other = Linear::<f32>::new(3, 4, &mut Stream::new(0));
    let error = adam.load_state_dict(&SGD::new(&other, 0.1).unwrap().state_dict());
    assert!(error.is_ok(), "a state dict from before the first step has nothing that doesn't fit");
    let renamed = |name: &str| Some(if name == "a.bias.exp_avg" { "x".into() } else { name.to_owned() });
    let mut adam = Adam::new(&model, 0.1).unwrap();
    step(&mut adam, &mut model, 0);
    let error = adam.load_state_dict(&adam.state_dict().renamed(renamed)).unwrap_err().to_string();
    assert!(error.contains("a.bias.exp_avg is missing; x is unexpected"), "{error}");
    assert_eq!(adam.state_dict().to_safetensors().to_bytes().len(), before.len());
}

/// Rosenbrock's valley, (1 - x)² + 100 (y - x²)².
fn rosenbrock(model: &Point) -> Result<Var<f64>> {
    let p = model.0.var(&Context::train(0));
    let [x, y] = [p.value().to_vec()[0], p.value().to_vec()[1]];
    let valley = y - x * x;
    let value = Tensor::scalar((1.0 - x) * (1.0 - x) + 100.0 * valley * valley);
    let gradient = Tensor::from([-2.0 * (1.0 - x) - 400.0 * x * valley, 200.0 * valley]);
    Ok(Var::op("rosenbrock", &[&p], value, |_| {
        move |dy, sink| {
            let dy = dy.item()?;
            sink.add(0, || Ok(gradient.map(|g| g * dy)))
        }
    }))
}

#[derive(Module)]
#[module(f64)]
struct Point(Param<f64>);

#[test]
fn lbfgs_follows_a_curved_valley_and_resumes_exactly() {
    let mut point = Point(Param::new(Tensor::from([-1.2, 1.0])));
    let make = || LBFGS::new(1.0).unwrap().max_iter(10).tolerances(1e-9, 1e-16).unwrap();
    let mut optimizer = make();
    optimizer.step(&mut point, rosenbrock).unwrap();
    let mut copy = Point(Param::new(point.0.value().clone()));
    let mut resumed = make();
    resumed.load_state_dict(&optimizer.state_dict()).unwrap();
    for _ in 0..4 {
        println!("{:?}", optimizer.step(&mut point, rosenbrock).unwrap());
        resumed.step(&mut copy, rosenbrock).unwrap();
    }
    assert_eq!(point.0.value().to_vec(), copy.0.value().to_vec());
    assert!(point.0.value().to_vec().iter().all(|x| (x - 1.0).abs() < 1e-6), "{:?}", point.0.value());
    let mut nowhere = Point(Param::new(Tensor::from([f64::NAN, 0.0])));
    assert!(LBFGS::new(1.0).unwrap().step(&mut nowhere, rosenbrock).unwrap_err().to_string().contains("LBFGS"));
}

#[test]
fn averages_follow_and_swap() {
    let mut model = net();
    let first = values(&model);
    let mut ema = Ema::new(&model, 0.75).unwrap();
    step(&mut SGD::new(&model, 0.1).unwrap(), &mut model, 0);
    ema.update(&model).unwrap();
    let last = values(&model);
    ema.swap(&mut model);
    for (average, (first, last)) in values(&model).iter().zip(first.iter().zip(&last)) {
        assert!((average - (0.75 * first + 0.25 * last)).abs() < 1e-6);
    }
    ema.swap(&mut model);
    assert_eq!(values(&model), last);
    let mut restored = Ema::new(&net(), 0.75).unwrap();
    restored.load_state_dict(&model, &ema.state_dict(&model)).unwrap();
    assert!(restored.load_state_dict(&model, &plywood_nn::StateDict::new()).is_err());
    assert!(Ema::new(&model, 1.5).is_err());
}

#[test]
fn clipping_keeps_directions_and_refuses_what_is_not_finite() {
    let w = Var::leaf(Tensor::from([0.0f32, 0.0]));
    let grads = |g: [f32; 2]| w.backward_with(Tensor::from(g)).unwrap();
    let mut small = grads([0.3, 0.4]);
    assert!((clip_grad_norm(&mut small, 1.0).unwrap() - 0.5).abs() < 1e-7);
    assert_eq!(small.get(&w).unwrap().to_vec(), [0.3, 0.4]);
    let mut huge = grads([3e30, 4e30]);
    clip_grad_norm(&mut huge, 1.0).unwrap();
    assert!((huge.get(&w).unwrap().to_vec()[1] - 0.8).abs() < 1e-6);
    assert!(clip_grad_norm(&mut grads([f32::NAN, 0.0]), 1.0).is_err());
    assert!(clip_grad_norm(&mut grads([1.0, 0.0]), f64::NAN).is_err());
    let mut some = grads([f32::NAN, -7.0]);
    clip_grad_value(&mut some, 0.5).unwrap();
    assert!(some.get(&w).unwrap().to_vec()[0].is_nan() && some.get(&w).unwrap().to_vec()[1] == -0.5);
}

#[test]
fn schedules_compose() {
    let cosine = CosineAnnealingLR::new(10).unwrap();
    let warm = cosine.warm_up(3);
    let rates: Vec<f64> = (0..5).map(|t| warm.lr(1.0, t)).collect();
    assert_eq!(rates[..4], [0.25, 0.5, 0.75, 1.0]);
    assert_eq!(rates[4], cosine.lr(1.0, 1));
    let both = StepLR::new(2, 0.5).unwrap().chain(ExponentialLR::new(0.1).unwrap());
    assert!((both.lr(1.0, 2) - 0.5 * 0.01).abs() < 1e-15);
    let then = ConstantLR::new(0.5, 9).unwrap().then(2, LambdaLR(|t| t as f64));
    assert_eq!((0..4).map(|t| then.lr(1.0, t)).collect::<Vec<_>>(), [0.5, 0.5, 0.0, 1.0]);
    assert!(StepLR::new(0, 0.5).is_err() && CosineAnnealingWarmRestarts::new(3, 0).is_err());
    assert!(OneCycleLR::new(1.0, 0).is_err() && OneCycleLR::new(1.0, 9).unwrap().pct_start(2.0).is_err());
    let restarts = CosineAnnealingWarmRestarts::new(3, 2).unwrap();
    assert!(restarts.lr(1.0, usize::MAX / 2).is_finite());
    let one = OneCycleLR::new(1.0, 1).unwrap();
    assert!((0..3).all(|t| one.lr(0.1, t).is_finite()));
}
