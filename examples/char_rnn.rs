//! A machine that writes, a character at a time:
//! `cargo run --release --example char_rnn -- --data FILE [--cell rnn|lstm|gru] [--prompt TEXT] [--epochs N] [--seed N]`.
//!
//! Reads a text (Shakespeare's, say), holds its last tenth out, and learns which character comes next by truncated
//! back-propagation: the text runs through the network in parallel streams, a stretch at a time; the state goes on from
//! stretch to stretch, the gradient stops at its beginning (Williams and Peng 1990).

use std::path::{Path, PathBuf};
use std::time::Instant;

use plywood::data::Batch;
use plywood::data::text::{CharTokenizer, TokenWindows, Tokenizer};
use plywood::models::{CharLm, Sampling, SequenceOptions};
use plywood::optim::{Adam, OneCycleLR, Schedule, clip_grad_norm};
use plywood::prelude::*;
use plywood::train::Progress;
use plywood::train::metrics::Mean;
use plywood::train::plots::{Better, Chart, LearningCurves};
use plywood_examples::flag;

/// Characters of a stretch, through which gradients flow back.
const STEPS: usize = 64;
/// Parts of the text that are read side by side.
const STREAMS: usize = 32;
const HIDDEN: usize = 384;
const PEAK: f64 = 4e-3;

fn main() -> Result<()> {
    let missing = || Error::value("char_rnn", "--data", "a text file, such as tinyshakespeare.txt", "nothing");
    let data: PathBuf = flag("--data")?.ok_or_else(missing)?;
    let cell = flag("--cell")?.unwrap_or(CellKind::Lstm);
    let prompt = flag("--prompt")?.unwrap_or("\n".to_owned());
    let epochs = flag("--epochs")?.unwrap_or(4);
    let seed = flag("--seed")?.unwrap_or(0);

    let text = plywood::data::formats::text(&data)?;
    let tokenizer = CharTokenizer::train(&text);
    let tokens = tokenizer.encode(&text);
    let (train, held_out) = tokens.split_at(tokens.len() - tokens.len() / 10);
    let symbols = tokenizer.vocabulary_size();
    println!("{} characters to learn from, {} held out; {symbols} symbols", train.len(), held_out.len());
    let train = TokenWindows::new(train, STEPS, STEPS)?;
    let held_out = TokenWindows::new(held_out, STEPS, STEPS)?;

    let options = SequenceOptions { cell, embedding: 64, hidden: HIDDEN, ..Default::default() };
    let mut model = CharLm::<f32>::new(symbols, &options, &mut Stream::new(seed));
    let mut optimizer = Adam::new(&model, PEAK)?;
    let schedule = OneCycleLR::new(PEAK, epochs * (train.len() / STREAMS))?.pct_start(0.15)?;
    println!("{}: {} parameters", cell.name(), model.num_parameters());

    let (start, mut step, mut cx) = (Instant::now(), 0, Context::train(seed));
    let mut losses: [Vec<f64>; 2] = Default::default();
    for epoch in 1..=epochs {
        let mut bar = Progress::new(format!("epoch {epoch}/{epochs}"), train.len() / STREAMS);
        let (mut state, mut mean) = (None, Mean::new());
        for batch in in_streams(&train, STREAMS) {
            let (loss, after) = pass(&model, &batch?, state.as_ref(), &mut cx)?;
            state = Some(after.detach());
            let mut grads = loss.backward()?;
            clip_grad_norm(&mut grads, 1.0)?;
            optimizer.set_lr(schedule.lr(PEAK, step))?;
            optimizer.step(&mut model, &grads)?;
            step += 1;
            mean.add(loss.item()? as f64, 1);
            bar.advance(1, &[("loss", mean.value())]);
        }
        let validation = measure(&model, &held_out)?;
        bar.finish(&[("loss", mean.value()), ("val_loss", validation)]);
        let (learned, seconds) = (mean.value(), start.elapsed().as_secs_f64());
        println!("epoch {epoch:2}: {learned:.3}, held out {validation:.4} nats a character; {seconds:.0} s");
        losses[0].push(learned);
        losses[1].push(validation);
    }

    let sampling = Sampling { temperature: 0.8, ..Default::default() };
    let written = model.generate(&tokenizer.encode(&prompt), 800, &sampling, &mut Stream::new(seed))?;
    println!("\n{prompt}{}\n", tokenizer.decode(&written)?);

    let folder = Path::new("target/char_rnn");
    LearningCurves::new(format!("{} of {HIDDEN} units, a character at a time", cell.name()))
        .panel("Loss", "nats a character", Better::Lower, &[("training", &losses[0]), ("held out", &losses[1])])
        .save(folder.join("learning_curve.png"))?;
    model.save(folder.join("model.safetensors"))?;
    tokenizer.save(folder.join("tokenizer.json"))?;
    println!("The model, its tokenizer and its learning curve are in {}.", folder.display());
    Ok(())
}

/// The text in `streams` parts that are read side by side, as successive batches of a stretch of each.
fn in_streams(text: &TokenWindows, streams: usize) -> impl Iterator<Item = Result<Batch<Tensor<i64>>>> {
    let stretches = text.len() / streams;
    (0..stretches).map(move |i| text.batch(&(0..streams).map(|s| s * stretches + i).collect::<Vec<_>>()))
}

/// The mean loss of a stretch of each stream, in nats a character, and the state after it.
fn pass(
    model: &CharLm,
    batch: &Batch<Tensor<i64>>,
    state: Option<&RecurrentState>,
    cx: &mut Context,
) -> Result<(Var, RecurrentState)> {
    let (logits, state) = model.forward(&batch.input, state, cx)?;
    // [streams, steps, symbols] to [streams * steps, symbols]
    let [streams, steps, symbols] = logits.value().dims("char_rnn", "[streams, steps, symbols]")?;
    let loss = cross_entropy(&logits.reshape([streams * steps, symbols])?, &batch.target.flatten(0)?)?;
    Ok((loss, state))
}

/// The mean loss over a text that the model hasn't learned from, read in few streams, as each begins without a state.
fn measure(model: &CharLm, text: &TokenWindows) -> Result<f64> {
    let (mut cx, mut state, mut mean) = (Context::eval(), None, Mean::new());
    for batch in in_streams(text, 16) {
        let (loss, after) = pass(model, &batch?, state.as_ref(), &mut cx)?;
        state = Some(after);
        mean.add(loss.item()? as f64, 1);
    }
    Ok(mean.value())
}
