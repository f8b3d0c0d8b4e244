//! Recurrent layers and cells, by their layers.

use plywood_autograd::Nonlinearity;
use plywood_nn::{CellKind, Context, GRUCell, LSTMCell, RNNCell, Recurrent, RecurrentOptions, RecurrentState};
use plywood_tensor::{Scalar, Stream};

use super::Runner;
use crate::conformance::case::{Inputs, Output, Outputs};
use crate::conformance::outcome::{Stop, unsupported};

/// The runner for an operation of this family.
pub fn find<T: Scalar>(op: &str) -> Option<Runner<T>> {
    Some(match op {
        "rnn" => |x| layers(x, CellKind::Rnn(nonlinearity(x)?)),
        "lstm" => |x| layers(x, CellKind::Lstm),
        "gru" => |x| layers(x, CellKind::Gru),
        "rnncell" => |x| {
            let cell =
                RNNCell::new(input_size(x)?, hidden_size(x)?, &mut Stream::new(0)).nonlinearity(nonlinearity(x)?);
            let mut cell = if x.attrs.flag_or("bias", true)? { cell } else { cell.without_bias() };
            x.load(&mut cell)?;
            let h = cell.forward(&x.var("input")?, x.optional("h")?.as_ref(), &mut Context::train(0))?;
            Ok(vec![("h", Output::Float(h))])
        },
        "lstmcell" => |x| {
            let cell = LSTMCell::new(input_size(x)?, hidden_size(x)?, &mut Stream::new(0));
            let mut cell = if x.attrs.flag_or("bias", true)? { cell } else { cell.without_bias() };
            x.load(&mut cell)?;
            let (h, c) = (x.optional("h")?, x.optional("c")?);
            let state = h.as_ref().zip(c.as_ref()).map(|(h, c)| [h, c]);
            let [h, c] = cell.forward(&x.var("input")?, state, &mut Context::train(0))?;
            Ok(vec![("h", Output::Float(h)), ("c", Output::Float(c))])
        },
        "grucell" => |x| {
            let cell = GRUCell::new(input_size(x)?, hidden_size(x)?, &mut Stream::new(0));
            let mut cell = if x.attrs.flag_or("bias", true)? { cell } else { cell.without_bias() };
            x.load(&mut cell)?;
            let h = cell.forward(&x.var("input")?, x.optional("h")?.as_ref(), &mut Context::train(0))?;
            Ok(vec![("h", Output::Float(h))])
        },
        _ => return None,
    })
}

fn layers<T: Scalar>(x: &Inputs<T>, kind: CellKind) -> Result<Outputs<T>, Stop> {
    x.attrs.only("dropout", 0.0)?;
    x.attrs.only("proj_size", 0)?;
    let options = RecurrentOptions {
        num_layers: x.attrs.size_or("num_layers", 1)?,
        bidirectional: x.attrs.flag_or("bidirectional", false)?,
        batch_first: x.attrs.flag_or("batch_first", false)?,
        dropout: 0.0,
        bias: x.attrs.flag_or("bias", true)?,
    };
    let mut layers = Recurrent::new(kind, input_size(x)?, hidden_size(x)?, options, &mut Stream::new(0));
    x.load(&mut layers)?;
    let (h_0, c_0) = (x.optional("h0")?, x.optional("c0")?);
    let initial = h_0.map(|h| RecurrentState { h, c: c_0 });
    let (input, lengths) = (x.var("input")?, x.attrs.sizes("lengths")?);
    let padded = plywood_nn::Padded { values: &input, lengths: lengths.as_deref() };
    let (output, state) = layers.forward_from(padded, initial.as_ref(), &mut Context::train(0))?;
    let mut outputs = vec![("output", Output::Float(output)), ("hn", Output::Float(state.h))];
    outputs.extend(state.c.map(|c| ("cn", Output::Float(c))));
    Ok(outputs)
}

fn input_size<T: Scalar>(x: &Inputs<T>) -> Result<usize, Stop> {
    x.attrs.size_needed("input_size")
}

fn hidden_size<T: Scalar>(x: &Inputs<T>) -> Result<usize, Stop> {
    x.attrs.size_needed("hidden_size")
}

fn nonlinearity<T: Scalar>(x: &Inputs<T>) -> Result<Nonlinearity, Stop> {
    match x.attrs.word_or("nonlinearity", "tanh")? {
        "tanh" => Ok(Nonlinearity::Tanh),
        "relu" => Ok(Nonlinearity::Relu),
        other => Err(unsupported(format!("nonlinearity {other}"))),
    }
}
