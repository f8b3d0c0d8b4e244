//! Building blocks of networks: `cargo run --release --example 16_building_blocks`.
//!
//! - feed-forward: y = f₂(f₁(x)), one layer after the other;
//! - skip: y = x + f(x), where the input also takes a shortcut;
//! - split and merge: y = [f₁(x), f₂(x), f₃(x)], several views of one input;
//! - recurrent: h(t) = tanh(W h(t − 1) + U x(t)), one layer used again at each step;
//! - free: whatever a program computes, with several inputs and outputs.
//!
//! All are plain Rust over `Var`s. The picture is drawn from the graphs that they record.

use plywood::autograd::cat;
use plywood::prelude::*;
use plywood_examples::drawings::graph;
use plywood_examples::{claim, picture};

const TOPIC: &str = "16_building_blocks";

#[derive(Module)]
struct Recurrent<T: Scalar = f32> {
    of_input: Linear<T>,
    of_state: Linear<T>,
}

impl Recurrent {
    fn forward(&self, h: &Var, steps: &[Var], cx: &mut Context) -> Result<Var> {
        let mut h = h.clone();
        for x in steps {
            h = self.of_state.forward(&h, cx)?.add(&self.of_input.forward(x, cx)?)?.tanh();
        }
        Ok(h)
    }
}

fn input(name: &str) -> Var {
    Var::named_leaf(name, Tensor::ones([1, 8]))
}

fn main() -> Result<()> {
    let (random, mut cx) = (&mut Stream::new(0), Context::train(0));
    let body = |random: &mut Stream| {
        let layers = Sequential::<f32>::new().then(Linear::new(8, 16, random)).then(ReLU::default());
        layers.then(Linear::new(16, 8, random)).named()
    };

    // The same body with all weights 0, plain and with a shortcut: what reaches the input?
    let (mut plain, mut skip) = (body(random), Residual::new(body(random)).named());
    plain.for_each_parameter_mut(&mut |_, weight| weight.make_mut().fill(0.0));
    skip.for_each_parameter_mut(&mut |_, weight| weight.make_mut().fill(0.0));
    let (x, through) = (input("x"), |y: &Var, x: &Var| Ok(y.sum().backward()?.get(x).map_or(0.0, Tensor::mean)));
    let (feed_forward, skipped) = (plain.forward(&x, &mut cx)?, skip.forward(&x, &mut cx)?);
    let page = graph("feed-forward: one layer after the other", &feed_forward.graph());
    let page = page.above(graph("skip: x is added to what the layers make of it", &skipped.graph()));
    let gradients: [f32; 2] = [through(&feed_forward, &x)?, through(&skipped, &x)?];
    println!("Mean gradient at the input, all weights being 0: feed-forward {}, skip {}", gradients[0], gradients[1]);

    let branches =
        Parallel::concat(1).with(Linear::new(8, 4, random)).with(body(random)).with(Linear::new(8, 2, random));
    let merged = branches.named().forward(&input("x"), &mut cx)?;
    let page = page.above(graph("split and merge: three branches see x, their outputs are joined", &merged.graph()));

    let recurrent = Recurrent { of_input: Linear::new(8, 8, random), of_state: Linear::new(8, 8, random) }.named();
    let (h, steps) = (input("h(0)"), ["x(1)", "x(2)", "x(3)"].map(input));
    let page =
        page.above(graph("recurrent: the same layers at each step", &recurrent.forward(&h, &steps, &mut cx)?.graph()));
    let long: Vec<Var> = (0..30).map(|_| input("x")).collect();
    let gradients_of_long = recurrent.forward(&h, &long, &mut cx)?.sum().backward()?;

    // A gate lets one input decide how much of the other passes; the sum of two losses ends in one number.
    let (picture_of, question) = (input("picture"), input("question"));
    let (gate, class, rating) = (Linear::new(8, 8, random), Linear::new(8, 3, random), Linear::new(16, 1, random));
    let (gate, class, rating) = (gate.named(), class.named(), rating.named());
    let seen = picture_of.mul(&gate.forward(&question, &mut cx)?.sigmoid())?;
    let rated = rating.forward(&cat(&[&seen, &question], 1)?, &mut cx)?;
    let loss = rated.square().mean().add(&class.forward(&seen, &mut cx)?.square().mean())?;
    page.above(graph("free: two inputs, two losses", &loss.graph())).save(picture(TOPIC, "graphs.png"))?;
    let gradients_of_free = loss.backward()?;

    claim(
        gradients == [0.0, 1.0],
        "dead layers stop a feed-forward net's gradient; through a shortcut it comes whole",
    )?;
    claim(merged.shape() == &[1, 4 + 8 + 2], "split and merge: widths 4, 8 and 2 make 14")?;
    let counted = gradients_of_long.len() - long.len() - 1; // without those of x(t) and h(0)
    claim(counted == 4, "recurrent: 30 steps have the same four parameters as 3, and each gets one gradient")?;
    let reached = [&picture_of, &question].iter().all(|x| gradients_of_free.get(x).is_some());
    claim(reached && gradients_of_free.len() == 2 + 6, "free: one backward pass reaches both inputs and all parameters")
}
