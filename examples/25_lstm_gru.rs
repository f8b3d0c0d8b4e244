//! What LSTM and GRU remember: `cargo run --release --example 25_lstm_gru`.
//!
//! An RNN rewrites its whole state at each step, so a gradient through T steps has T factors, and vanishes. An LSTM
//! adds to a cell instead, c(t) = f · c(t − 1) + i · g, with gates f and i between 0 and 1; a GRU mixes,
//! h(t) = z · h(t − 1) + (1 − z) · n. With f or z near 1 the past is kept, and so is its gradient: f^T in the place of
//! T matrix products. That takes gates that start open, about 1 − 1/T (Tallec and Ollivier 2018), which an RNN hasn't got.
//!
//! The task: the first of T symbols is one of four signals, the rest is noise. At the end, which one was it?

use plywood::optim::{Adam, clip_grad_norm};
use plywood::prelude::*;
use plywood::train::plots::{Chart, Color, LineChart};
use plywood_examples::languages::signals_in_noise;
use plywood_examples::{agreement, claim, picture};

const TOPIC: &str = "25_lstm_gru";
const HIDDEN: usize = 24;
const CELLS: [CellKind; 3] = [CellKind::Rnn(Nonlinearity::Tanh), CellKind::Lstm, CellKind::Gru];

#[derive(Module)]
struct Memory<T: Scalar = f32> {
    recurrent: Recurrent<T>,
    output: Linear<T>,
}

impl Memory {
    /// With gates that keep a state for some number of steps up to `steps`.
    fn new(kind: CellKind, steps: usize, random: &mut Stream) -> Self {
        let recurrent = Recurrent::new(kind, 8, HIDDEN, RecurrentOptions::default(), random);
        let mut model = Self { recurrent, output: Linear::new(HIDDEN, 4, random) };
        // A gate of σ(ln t) = 1 − 1 / (1 + t) keeps a state for about t steps; each unit draws its own t.
        let open: Vec<f32> = (0..HIDDEN).map(|_| (1.0 + (steps as f64 - 1.0) * random.unit()).ln() as f32).collect();
        model.for_each_parameter_mut(&mut |name, bias| {
            // An LSTM's biases are those of i, f, g, o, a GRU's those of r, z, n: f and z, which keep, come second.
            if name == "recurrent.bias_ih_l0" && !matches!(kind, CellKind::Rnn(_)) {
                bias.make_mut()[HIDDEN..2 * HIDDEN].copy_from_slice(&open);
                if kind == CellKind::Lstm {
                    // What keeps much takes in little.
                    bias.make_mut()[..HIDDEN].iter_mut().zip(&open).for_each(|(i, f)| *i = -f);
                }
            }
        });
        model
    }

    /// Scores `[n, 4]` of the signal that `x [steps, n, 8]` began with.
    fn forward(&self, x: &Var, cx: &mut Context) -> Result<Var> {
        let (_, state) = self.recurrent.forward_from(x, None, cx)?;
        self.output.forward(&state.h.select(0, 0)?, cx)
    }
}

/// Trains on sequences of some length; returns how many percent of fresh ones are answered rightly, and how large the
/// loss's gradient at the first input was before training, as a share of that at the last one.
fn run(kind: CellKind, steps: usize) -> Result<(f64, f64)> {
    let random = &mut Stream::new(7);
    let mut model = Memory::new(kind, steps, random);
    let (mut optimizer, mut cx) = (Adam::new(&model, 0.005)?, Context::train(0));

    let (x, signals) = signals_in_noise(steps, 64, random)?;
    let x = Var::leaf(x);
    let gradients = cross_entropy(&model.forward(&x, &mut cx)?, &signals)?.backward()?;
    let size = |t: usize| -> Result<f32> { Ok(gradients.of(&x)?.select(0, t)?.map(f32::abs).sum()) };
    let share = f64::from(size(0)? / size(steps - 1)?);

    for _ in 0..450 {
        let (x, signals) = signals_in_noise(steps, 32, random)?;
        let loss = cross_entropy(&model.forward(&x.into(), &mut cx)?, &signals)?;
        let mut gradients = loss.backward()?;
        clip_grad_norm(&mut gradients, 1.0)?;
        optimizer.step(&mut model, &gradients)?;
    }
    let (x, signals) = signals_in_noise(steps, 400, random)?;
    let said = model.forward(&x.into(), &mut Context::eval())?.value().argmax(1, false)?;
    Ok((agreement(&said, &signals), share))
}

fn main() -> Result<()> {
    let lengths = [5, 10, 25, 50, 100];
    println!("Signals remembered after training (guessing: 25 %), and the share of a gradient that reaches the start:");
    println!("{:6}{}", "steps", CELLS.map(|kind| format!("{:>22}", kind.name())).concat());
    let mut results = Vec::new();
    for steps in lengths {
        let row = CELLS.map(|kind| run(kind, steps)).into_iter().collect::<Result<Vec<_>>>()?;
        let words = row.iter().map(|(right, share)| format!("{right:10.1} %  {share:9.1e}"));
        println!("{steps:5} {}", words.collect::<String>());
        results.push(row);
    }
    let mut right = LineChart::new("What is remembered of the first symbol")
        .x_label("length of the sequence (steps)")
        .y_label("right on fresh sequences (%)")
        .y_range(0.0, 105.0);
    let mut share = LineChart::new("How much of the gradient reaches the first symbol")
        .x_label("length of the sequence (steps)")
        .y_label("share of the gradient at the last symbol")
        .log_y();
    for (cell, kind) in CELLS.iter().enumerate() {
        let points = |of: fn(&(f64, f64)) -> f64| {
            lengths.iter().zip(&results).map(|(&steps, row)| [steps as f64, of(&row[cell])]).collect::<Vec<_>>()
        };
        (right, share) = (right.line(kind.name(), points(|r| r.0)), share.line(kind.name(), points(|r| r.1)));
    }
    right = right.reference("guessing", [[5.0, 25.0], [100.0, 25.0]]);
    right = right.note([100.0, results[4][2].0], "LSTM and GRU", Color::series(2));
    right.scene()?.beside(share.scene()?).save(picture(TOPIC, "memory.png"))?;

    let [(rnn, vanished), (lstm, kept), (gru, kept_too)] = results[4][..] else {
        unreachable!("three cells were trained")
    };
    claim(results[0].iter().all(|(right, _)| *right > 95.0), "over 5 steps all three remember")?;
    let memory = format!("over 100 steps: RNN {rnn} %, LSTM {lstm} %, GRU {gru} %");
    claim(rnn < 75.0 && lstm > 95.0 && gru > 95.0, &memory)?;
    let words =
        format!("of a gradient, {vanished:.0e} reach the start in an RNN, {kept:.0e} and {kept_too:.0e} through gates");
    claim(vanished < 1e-9 && kept.min(kept_too) > 1e-3, &words)
}
