//! One of everything that TensorBoard shows: `cargo run -p plywood-train --features tensorboard --example tensorboard`,
//! then `tensorboard --logdir target/tensorboard`. `cargo xtask tensorboard` reads the files back.

use plywood_autograd::Var;
use plywood_autograd::anomaly::detect_anomaly;
use plywood_nn::{Context, Layer, Linear, Module, Scalar, Stream, Tensor};
use plywood_train::Result;
use plywood_train::plots::{ColorMap, bitmap};
use plywood_train::tensorboard::EventWriter;

#[derive(Module)]
struct Net<T: Scalar = f32> {
    hidden: Linear<T>,
    output: Linear<T>,
}

impl<T: Scalar> Layer<T> for Net<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        self.output.forward(&self.hidden.forward(x, cx)?, cx)
    }
}

fn main() -> Result<()> {
    let mut random = Stream::new(0);
    for (run, lr) in [("slow", 0.05), ("fast", 0.2)] {
        let mut events = EventWriter::create(format!("target/tensorboard/{run}"))?;
        for step in 0..100 {
            events.scalar("loss", step, (-lr * step as f64).exp())?;
            if step % 10 == 0 {
                let spread = 1.0 / (1.0 + lr * step as f64);
                events.histogram("weights", step, &random.normal::<f32>([1000], 0.0, spread))?;
            }
        }
        let settings = [("lr", lr.into()), ("optimizer", "adam".into()), ("nesterov", false.into())];
        events.hparams(&settings, &[("final loss", (-lr * 99.0).exp())])?;
    }
    let mut events = EventWriter::create("target/tensorboard/net")?;
    events.text("notes", 0, "A *small* network:\n\n| layer | size |\n|---|---|\n| hidden | 16 |")?;
    let picture = Tensor::from_fn([3, 32, 32], |i| ((i % 32) as f32 * 0.3).sin() * (i / 32 % 32) as f32 / 32.0);
    events.image("waves", 0, &bitmap(&picture, -1.0, 1.0, ColorMap::Gray)?)?;

    let net = Net { hidden: Linear::<f32>::new(8, 16, &mut random), output: Linear::new(16, 2, &mut random) };
    net.named_parameters(); // tells each parameter its name
    let input = Var::from(&random.normal([4, 8], 0.0, 1.0));
    // Looking for anomalies, operations know which layer they are of.
    let output = detect_anomaly(|| net.forward(&input, &mut Context::train(0)))?;
    events.graph(&output.graph())?;

    let labels: Vec<String> = (0..60).map(|i| format!("class {}", i % 3)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let vectors = Tensor::from_fn([60, 5], |i| if i % 5 == i / 5 % 3 { 3.0 } else { 0.0 } + random.gaussian() as f32);
    let sprite = |i: usize| bitmap(&Tensor::full([8, 8], (i % 3) as f32), 0.0, 3.0, ColorMap::Heights);
    let sprites = (0..60).map(sprite).collect::<Result<Vec<_>>>()?;
    events.embedding("three groups", &vectors, &labels, &sprites)
}
