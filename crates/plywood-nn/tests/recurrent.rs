//! What recurrent layers and attention promise beyond their values.

use plywood_nn::{
    AttentionMasks, CellKind, Context, LSTM, LSTMCell, Layer, Module, MultiheadAttention, Nonlinearity, Recurrent,
    RecurrentOptions, Stream, Tensor, Var,
};

const KINDS: [CellKind; 4] =
    [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Rnn(Nonlinearity::Relu), CellKind::Lstm, CellKind::Gru];

fn stack(kind: CellKind) -> Recurrent<f64> {
    let options = RecurrentOptions { num_layers: 2, bidirectional: true, batch_first: true, ..Default::default() };
    Recurrent::new(kind, 3, 4, options, &mut Stream::new(1))
}

#[test]
fn parameters_have_the_names_and_the_order_of_pytorch() {
    let names = stack(CellKind::Gru).named_parameters().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let expected = ["l0", "l0_reverse", "l1", "l1_reverse"]
        .map(|suffix| ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map(|kind| format!("{kind}_{suffix}")))
        .concat();
    assert_eq!(names, expected);
    let names = |m: &dyn Module<f32>| m.named_parameters().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let random = &mut Stream::new(0);
    assert_eq!(names(&LSTM::new(2, 3, random)), ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]);
    assert_eq!(names(&LSTMCell::new(2, 3, random).without_bias()), ["weight_ih", "weight_hh"]);
    let attention = MultiheadAttention::new(4, 2, random).unwrap();
    assert_eq!(names(&attention), ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]);
}

#[test]
fn padding_never_matters() {
    let lengths = [2usize, 5, 0, 3];
    for kind in KINDS {
        let layer = stack(kind);
        let x = Stream::new(2).normal::<f64>([4, 5, 3], 0.0, 1.0);
        let spoilt = Tensor::from_fn([4, 5, 3], |i| {
            let (sequence, time) = (i / 15, i / 3 % 5);
            if time < lengths[sequence] { x.to_vec()[i] } else { f64::NAN }
        });
        let run = |x: Tensor<f64>| {
            let x = Var::leaf(x);
            let (y, state) = layer.forward_from((&x, &lengths[..]), None, &mut Context::train(0)).unwrap();
            let gradient = y.sum().add(&state.h.sum()).unwrap().backward().unwrap().get(&x).unwrap().to_vec();
            (y.value().to_vec(), state.h.value().to_vec(), gradient)
        };
        assert_eq!(run(x.clone()), run(spoilt));
        // Each sequence by itself, without its padding, ends in the same state.
        let (_, together) = layer.forward_from((&Var::from(&x), &lengths[..]), None, &mut Context::eval()).unwrap();
        let alone = Var::from(x.narrow(0, 3, 1).unwrap().narrow(1, 0, 3).unwrap());
        let (_, alone) = layer.forward_from(&alone, None, &mut Context::eval()).unwrap();
        assert_eq!(together.h.value().narrow(1, 3, 1).unwrap().to_vec(), alone.h.value().to_vec());
    }
}

#[test]
fn a_long_sequence_may_come_in_pieces() {
    let options = RecurrentOptions { num_layers: 2, ..Default::default() };
    for kind in KINDS {
        let layer = Recurrent::<f64>::new(kind, 3, 4, options, &mut Stream::new(1));
        let x = Var::from(Stream::new(2).normal::<f64>([6, 2, 3], 0.0, 1.0));
        let cx = &mut Context::train(0);
        let whole = layer.forward(&x, cx).unwrap();
        let (_, state) = layer.forward_from(&x.narrow(0, 0, 4).unwrap(), None, cx).unwrap();
        let (rest, _) = layer.forward_from(&x.narrow(0, 4, 2).unwrap(), Some(&state), cx).unwrap();
        assert_eq!(rest.value().to_vec(), whole.value().narrow(0, 4, 2).unwrap().to_vec());
        assert!(state.h.requires_grad() && !state.detach().h.requires_grad());
    }
}

#[test]
fn a_single_sequence_needs_no_batch() {
    for kind in KINDS {
        let layer = stack(kind);
        let x = Stream::new(2).normal::<f64>([5, 3], 0.0, 1.0);
        let (y, state) = layer.forward_from(&Var::from(&x), None, &mut Context::eval()).unwrap();
        let batch = Var::from(x.unsqueeze(0).unwrap());
        let (batch, _) = layer.forward_from(&batch, None, &mut Context::eval()).unwrap();
        assert_eq!((y.shape(), state.h.shape()), (&[5, 8].into(), &[4, 4].into()));
        assert_eq!(y.value().to_vec(), batch.value().to_vec());
    }
}

#[test]
fn wrong_input_is_named_with_the_layer() {
    let layer = stack(CellKind::Lstm);
    let cx = &mut Context::eval();
    let message = |x: Tensor<f64>, cx: &mut Context| layer.forward(&x.into(), cx).unwrap_err().to_string();
    let text = message(Tensor::ones([2, 5, 7]), cx);
    assert!(text.starts_with("LSTM(3, 4, 2 layers, bidirectional): lstm: features of the input"), "{text}");
    let none = Recurrent::<f32>::new(
        CellKind::Gru,
        3,
        4,
        RecurrentOptions { num_layers: 0, ..Default::default() },
        &mut Stream::new(0),
    );
    assert!(none.forward(&Tensor::ones([2, 1, 3]).into(), cx).unwrap_err().to_string().contains("num_layers"));
    assert!(MultiheadAttention::<f32>::new(6, 4, &mut Stream::new(0)).is_err());
}

#[test]
fn attention_ignores_padding_and_shows_its_weights() {
    let layer = MultiheadAttention::<f64>::new(4, 2, &mut Stream::new(0)).unwrap().batch_first();
    let x = Var::from(Stream::new(3).normal::<f64>([2, 3, 4], 0.0, 1.0));
    let padding = Tensor::from([[false, false, true], [false, false, false]]);
    let masks = AttentionMasks { key_padding_mask: Some(padding), ..Default::default() };
    let cx = &mut Context::eval();
    let (y, weights) = layer.attend_with_weights(&x, &x, &x, &masks, cx).unwrap();
    assert_eq!(weights.shape(), &[2, 3, 3]);
    assert_eq!(weights.get(&[0, 1, 2]).unwrap(), 0.0);
    for row in weights.to_vec().chunks(3) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // One projection for all three inputs or one for each: the same mathematics, and so is the time dimension first.
    let same = layer.self_attend(&x, &masks, cx).unwrap();
    let first = x.transpose(0, 1).unwrap();
    let other = MultiheadAttention::<f64>::new(4, 2, &mut Stream::new(0)).unwrap();
    let turned = other.self_attend(&first, &masks, cx).unwrap().transpose(0, 1).unwrap();
    for z in [same, turned] {
        assert!(z.value().to_vec().iter().zip(y.value().to_vec()).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
