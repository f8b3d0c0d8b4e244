//! The gradients of the models against differences of their values, in double precision, parameters and inputs.
//!
//! Each model is as small as its constructor allows. Seeds are fixed: with a step of 1e-6 a rectifier or a maximum
//! among thousands may otherwise stand at its kink, where a difference says nothing.

use plywood_autograd::cross_entropy;
use plywood_gradcheck::{Failure, Gradcheck, gradcheck_module};
use plywood_models::*;
use plywood_nn::*;

/// Numbers of a standard normal distribution.
fn normal(shape: impl Into<Shape>) -> Tensor<f64> {
    Stream::new(5).normal(shape, 0.0, 1.0)
}

/// Checks a model of one input.
#[track_caller]
fn check(mut model: impl Layer<f64>, input: Tensor<f64>) {
    gradcheck_module(&mut model, &[input], |model, x, cx| model.forward(&x[0], cx)).unwrap();
}

#[test]
fn regressions() {
    let random = &mut Stream::new(0);
    check(LinearRegression::new(4, 2, random), normal([3, 4]));
    check(LogisticRegression::new(4, 2, random), normal([3, 4]));
    check(SoftmaxRegression::new(4, 3, random), normal([3, 4]));
}

#[test]
fn perceptrons() {
    let random = &mut Stream::new(0);
    for activation in [Var::tanh, Var::sigmoid, Var::relu, |x: &Var<f64>| x.softplus(1.0, 20.0)] {
        check(MLP::new(&[4, 5, 3], activation, random).unwrap().dropout(0.3), normal([3, 4]));
    }
    check(MaxoutNet::new(&[4, 5, 3], 3, 0.3, random).unwrap(), normal([3, 4]));
    check(Autoencoder::new(&[6, 4, 2], Var::tanh, random).unwrap(), normal([3, 6]));
}

#[test]
fn boltzmann_machines() {
    let random = &mut Stream::new(0);
    let v = random.uniform([3, 5], 0.0, 1.0);
    let mut rbm = RBM::new(5, 4, random);
    gradcheck_module(&mut rbm, &[&v], |rbm, v, cx| rbm.free_energy(&v[0], cx)).unwrap();
    gradcheck_module(&mut rbm, &[&v], |rbm, v, cx| rbm.decode(&rbm.encode(&v[0], cx)?, cx)).unwrap();
    let net = DeepBeliefNet::new(&[5, 4, 3], random).unwrap();
    check(net.to_mlp(2, random), v);
}

#[test]
fn contrastive_divergence_follows_the_statistics_of_data_and_chain() {
    let random = &mut Stream::new(0);
    let mut rbm = RBM::<f64>::new(5, 4, random);
    rbm.for_each_parameter_mut(&mut |_, p| p.set(random.normal(*p.shape(), 0.0, 1.0)).unwrap());
    let v = random.uniform::<f64>([3, 5], 0.0, 1.0);
    for k in 1..=3 {
        let gradients = rbm.contrastive_divergence(&Var::from(&v), k, &mut Context::train(9)).unwrap().backward();
        let gradient = gradients.unwrap().by_key(rbm.weight.key()).unwrap().to_vec();
        let chain = rbm.sample(&v, k, Context::train(9).random()).unwrap();
        // Hinton 2002: the expectation of h vᵀ after the chain less that of the data.
        let statistics = |v: &Tensor<f64>| {
            let h = rbm.encode(&Var::from(v), &Context::eval()).unwrap().into_value();
            let sum = |j, i| (0..3).map(|n| h.get(&[n, j]).unwrap() * v.get(&[n, i]).unwrap()).sum::<f64>() / 3.0;
            (0..20).map(|place| sum(place / 5, place % 5)).collect::<Vec<_>>()
        };
        for ((g, data), chain) in gradient.iter().zip(statistics(&v)).zip(statistics(&chain)) {
            assert!((g - (chain - data)).abs() < 1e-12, "{k} steps: {g}, not {}", chain - data);
        }
    }
}

#[test]
fn lenet() {
    check(LeNet5::new(10, &mut Stream::new(0)), normal([1, 1, 28, 28]));
}

#[test]
fn inception() {
    let random = &mut Stream::new(0);
    check(Inception::new(3, [2, 2, 3, 2, 3, 2], random), normal([2, 3, 5, 5]));
    check(ConvBlock::new(2, 3, 3, 2, random), normal([2, 2, 6, 6]));
    let mut head = AuxiliaryHead::new(2, 3, random);
    // Its two million weights are an ordinary linear layer's.
    head.freeze(|name| name == "fc1.weight");
    check(head, normal([2, 2, 5, 5]));
}

#[test]
fn residual_blocks() {
    let random = &mut Stream::new(0);
    for pre_activation in [false, true] {
        for (inputs, stride) in [(3, 1), (3, 2), (4, 1)] {
            check(BasicBlock::new(inputs, 4, stride, pre_activation, random), normal([2, inputs, 4, 4]));
        }
        for (inputs, stride) in [(3, 2), (8, 1)] {
            check(Bottleneck::new(inputs, 2, stride, pre_activation, random), normal([2, inputs, 4, 4]));
        }
    }
}

#[test]
fn small_residual_networks() {
    let random = &mut Stream::new(0);
    let check = |mut model: CifarResNet<f64>| {
        let settings = Gradcheck { eps: 1e-8, ..Default::default() };
        settings.check_module(&mut model, &[normal([2, 3, 8, 8])], |model, x, cx| model.forward(&x[0], cx)).unwrap();
    };
    check(CifarResNet::new(8, 3, random).unwrap());
    check(CifarResNet::pre_activation(8, 3, random).unwrap());
}

const CELLS: [CellKind; 4] =
    [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];

fn options(cell: CellKind) -> SequenceOptions {
    SequenceOptions { cell, embedding: 3, hidden: 4, layers: 2, dropout: 0.2 }
}

/// Checks the parameters of a model whose input isn't numbers.
#[track_caller]
fn check_parameters<M: Module<f64>>(mut model: M, f: impl Fn(&M, &mut Context) -> Result<Var<f64>>) {
    let none: [Tensor<f64>; 0] = [];
    let checked: Result<(), Failure> = gradcheck_module(&mut model, &none, |model, _, cx| f(model, cx));
    checked.unwrap();
}

#[test]
fn sequences_of_symbols_over_each_cell() {
    let symbols = Tensor::from([[1i64, 4, 2, 0], [3, 3, 0, 0]]);
    let lengths = Some(&[4, 2][..]);
    for cell in CELLS {
        let (options, random) = (options(cell), &mut Stream::new(0));
        let model = SequenceClassifier::new(5, 3, &options, random);
        check_parameters(model, |model, cx| model.forward(&symbols, lengths, cx));
        let tags = Tensor::from([[0i64, 1, 2, 1], [2, 0, -100, -100]]);
        let model = SequenceTagger::new(5, 3, &options, random);
        check_parameters(model, |model, cx| {
            cross_entropy(&model.forward(&symbols, lengths, cx)?.transpose(1, 2)?, &tags)
        });
        let model = CharLm::new(5, &options, random);
        check_parameters(model, |model, cx| {
            // A text in two pieces, the state carried from one to the other.
            let (first, state) = model.forward(&symbols, None, cx)?;
            let (second, _) = model.forward(&symbols, Some(&state), cx)?;
            plywood_autograd::cat(&[&first, &second], 1)
        });
    }
}

#[test]
fn sequence_to_sequence_over_each_cell() {
    let source = Tensor::from([[2i64, 4, 3], [5, 2, 0]]);
    let target = Tensor::from([[2i64, 3, 1], [3, 1, 1]]);
    for cell in CELLS {
        let symbols = Symbols { source: 6, target: 4, start: 0, end: 1 };
        let model = Seq2Seq::new(symbols, &options(cell), &mut Stream::new(0));
        check_parameters(model, |model, cx| model.forward(&source, Some(&[3, 2]), &target, cx));
    }
}
