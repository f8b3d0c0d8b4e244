//! A recurrent network learns "hello": `cargo run --release --example 24_rnn_hello`.
//!
//! h(t) = tanh(W_hh h(t − 1) + W_hx x(t)), y(t) = W_hy h(t): at each step it sees a letter, keeps what it needs in h,
//! and says which letter comes next. After the first l comes another l, after the second an o: the same input with two
//! right answers, which only a network that remembers can give.

use plywood::optim::Adam;
use plywood::prelude::*;
use plywood_examples::drawings::unrolled;
use plywood_examples::{claim, picture};

const TOPIC: &str = "24_rnn_hello";
const LETTERS: [char; 4] = ['h', 'e', 'l', 'o'];
const HIDDEN: usize = 8;

#[derive(Module)]
struct CharRnn<T: Scalar = f32> {
    w_hx: Param<T>,
    w_hh: Param<T>,
    w_hy: Param<T>,
}

impl CharRnn {
    fn new(random: &mut Stream) -> Self {
        let mut weights = |rows, columns| Param::new(random.normal([rows, columns], 0.0, 0.5));
        Self { w_hx: weights(HIDDEN, 4), w_hh: weights(HIDDEN, HIDDEN), w_hy: weights(4, HIDDEN) }
    }

    /// From a letter and the state before it to the state after it and the scores of the next letter.
    fn step(&self, letter: usize, h: &Var, cx: &mut Context) -> Result<(Var, Var)> {
        let x = Var::from(Tensor::from_fn([1, 4], |i| if i == letter { 1.0 } else { 0.0 }));
        let h = x.linear(&self.w_hx.var(cx), None)?.add(&h.linear(&self.w_hh.var(cx), None)?)?.tanh();
        let y = h.linear(&self.w_hy.var(cx), None)?;
        Ok((h, y))
    }

    /// The states and scores over a word; without memory, each state is forgotten at once.
    fn read(&self, word: &[usize], remembers: bool, cx: &mut Context) -> Result<Vec<(Var, Var)>> {
        let nothing = Var::from(Tensor::zeros([1, HIDDEN]));
        let (mut h, mut steps) = (nothing.clone(), Vec::new());
        for &letter in word {
            let (after, y) = self.step(letter, if remembers { &h } else { &nothing }, cx)?;
            h = after.clone();
            steps.push((after, y));
        }
        Ok(steps)
    }
}

/// Trains on "hell" → "ello" and returns the network with its last loss.
fn train(remembers: bool) -> Result<(CharRnn, f32)> {
    let mut model = CharRnn::new(&mut Stream::new(0));
    let (mut optimizer, mut cx, mut last) = (Adam::new(&model, 0.03)?, Context::train(0), 0.0);
    for step in 0..=100 {
        let mut loss = Var::from(Tensor::scalar(0.0));
        for ((_, y), next) in model.read(&[0, 1, 2, 2], remembers, &mut cx)?.iter().zip([1, 2, 2, 3]) {
            loss = loss.add(&cross_entropy(y, &Tensor::from([next]))?.mul_scalar(0.25))?;
        }
        last = loss.item()?;
        if step % 25 == 0 {
            println!("  step {step:3}: loss {last:.4}");
        }
        optimizer.step(&mut model, &loss.backward()?)?;
    }
    Ok((model, last))
}

fn main() -> Result<()> {
    println!("Without memory, h(t) = tanh(W_hx x(t)):");
    let (_, forgetful) = train(false)?;
    println!("With memory, h(t) = tanh(W_hh h(t − 1) + W_hx x(t)):");
    let (model, loss) = train(true)?;
    let mut cx = Context::eval();
    let steps = model.read(&[0, 1, 2, 2], true, &mut cx)?;
    let shown =
        steps.iter().map(|(h, y)| Ok((h.value().clone(), y.softmax(1)?.into_value()))).collect::<Result<Vec<_>>>()?;
    unrolled("A recurrent network reads h e l l and says what comes next", &LETTERS, &[0, 1, 2, 2], &shown)
        .save(picture(TOPIC, "unrolled.png"))?;

    // What it says after h, fed back to it.
    let (mut word, mut letter, mut h) = (String::from("h"), 0, Var::from(Tensor::zeros([1, HIDDEN])));
    while word.len() < 5 {
        let (after, y) = model.step(letter, &h, &mut cx)?;
        (letter, h) = (y.value().argmax(1, false)?.item()? as usize, after);
        word.push(LETTERS[letter]);
    }

    // The library's layer computes the same states in one call, `[steps, batch, letters]` to `[steps, batch, hidden]`.
    let mut layer = RNN::<f32>::with(
        4,
        HIDDEN,
        Nonlinearity::Tanh,
        RecurrentOptions { bias: false, ..Default::default() },
        &mut Stream::new(1),
    );
    layer.for_each_parameter_mut(&mut |name, weight| {
        let own = if name.starts_with("weight_ih") { &model.w_hx } else { &model.w_hh };
        weight.set(own.value().clone()).expect("the shapes are the same");
    });
    let input = Tensor::from_fn([4, 1, 4], |i| if [0, 1, 2, 2][i / 4] == i % 4 { 1.0 } else { 0.0 });
    let states = layer.forward(&Var::from(input), &mut cx)?.value().to_vec();
    let by_hand = steps.iter().flat_map(|(h, _)| h.value().to_vec());

    let floor = 0.5 * std::f32::consts::LN_2;
    claim(forgetful > floor - 1e-3, &format!("without memory the loss can't fall below ln 2 / 2 = {floor:.3}"))?;
    claim(
        loss < 0.05 && word == "hello",
        &format!("with memory it falls to {loss:.3}, and after h the network writes {word}"),
    )?;
    claim(by_hand.zip(states).all(|(a, b)| (a - b).abs() < 1e-5), "the library's RNN computes the same states")
}
