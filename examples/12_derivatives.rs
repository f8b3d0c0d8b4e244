//! Where gradients come from: `cargo run --release --example 12_derivatives`.
//!
//! A derivative says how much f changes when x does, f'(x) ≈ (f(x + h) − f(x − h)) / 2h. A network is a chain of small
//! functions, and the chain rule, ∂f/∂x = ∂f/∂g · ∂g/∂x, walks it backwards: f = wx + b is g + b with g = wx.

use plywood::autograd::Graph;
use plywood::prelude::*;
use plywood::train::plots::{Anchor, Color, Mark, Rect, Scene, Stroke, Text, text_width};
use plywood_examples::{claim, picture};

type Function = fn(&Var<f64>) -> Var<f64>;

fn main() -> Result<()> {
    println!("  f(x)          x     f(x)  by difference     by autograd");
    let functions: [(&str, f64, Function); 6] = [
        ("3", 1.5, |x| x * 0.0 + 3.0),
        ("2x", 1.5, |x| x * 2.0),
        ("x²", 1.5, Var::square),
        ("eˣ", 1.5, Var::exp),
        ("σ(x)", 1.5, Var::sigmoid),
        ("x·sin(x²)", 1.5, |x| x * &x.square().sin()),
    ];
    let mut worst: f64 = 0.0;
    for (name, at, f) in functions {
        let value = |x| f(&Var::from(Tensor::scalar(x))).item();
        let h = 1e-5;
        let numeric = (value(at + h)? - value(at - h)?) / (2.0 * h);
        let x = Var::leaf(Tensor::scalar(at));
        let exact = f(&x).backward()?.of(&x)?.item()?;
        println!("  {name:10} {at:4} {:8.4} {numeric:14.8} {exact:15.8}", value(at)?);
        worst = worst.max((numeric - exact).abs());
    }
    claim(worst < 1e-8, &format!("difference and autograd agree to {worst:.0e}"))?;

    // f = wx + b with w = −2, x = 5, b = 3.
    let [w, x, b] = [("w", -2.0), ("x", 5.0), ("b", 3.0)].map(|(name, v)| Var::named_leaf(name, Tensor::scalar(v)));
    let g = &w * &x;
    let f = &g + &b;
    println!("Forward:  g = wx = {}, f = g + b = {}", g.item()?, f.item()?);
    let (graph, values) = (f.graph(), [&w, &x, &b, &g, &f].map(Var::item));
    let gradients = f.backward()?;
    let [dw, dx, db] = [&w, &x, &b].map(|leaf| gradients.of(leaf)?.item());
    let (dw, dx, db) = (dw?, dx?, db?);
    println!("Backward: ∂f/∂b = {db}, ∂f/∂g = 1, ∂f/∂w = ∂f/∂g · x = {dw}, ∂f/∂x = ∂f/∂g · w = {dx}");
    claim([dw, dx, db] == [5.0, -2.0, 1.0], "the gradients are x = 5 for w, w = −2 for x, and 1 for b")?;
    let values = values.into_iter().collect::<Result<Vec<_>>>()?;
    draw(&graph, &values, &[dw, dx, db, 1.0, 1.0]).save(picture("12_derivatives", "graph.png"))
}

/// The graph from left to right, with the value and the gradient at each node, and the slope along each edge.
fn draw(graph: &Graph, values: &[f64], gradients: &[f64]) -> Scene {
    let (blue, orange) = (Color::series(0), Color::series(1));
    let mut scene = Scene::new(680.0, 400.0);
    scene.text(Text::new([24.0, 34.0], "f = wx + b, forwards and backwards", 17.0).bold());
    scene.text(Text::new([24.0, 58.0], "value, from left to right", 13.0).color(blue));
    let rule = "gradient of f, from right to left: the gradient ahead × the slope on the way";
    scene.text(Text::new([24.0, 78.0], rule, 13.0).color(orange));
    let places = [[90.0, 150.0], [90.0, 245.0], [90.0, 340.0], [330.0, 197.0], [570.0, 270.0]];
    let slopes = ["slope x = 5", "slope w = −2", "slope 1", "slope 1"];
    for (i, node) in graph.nodes.iter().enumerate() {
        for &input in &node.inputs {
            let [from, to] = [[places[input][0] + 60.0, places[input][1]], [places[i][0] - 60.0, places[i][1]]];
            scene.line(from, to, Stroke::new(Color::SOFT, 1.6));
            let ([x, y], wide) =
                ([(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0], text_width(slopes[input], 13.0) + 8.0);
            scene.fill(Rect::new(x - wide / 2.0, y - 10.0, wide, 20.0), Color::WHITE);
            scene.text(Text::new([x, y + 4.0], slopes[input], 13.0).anchor(Anchor::Middle).color(orange));
        }
    }
    for (i, (node, [x, y])) in graph.nodes.iter().zip(places).enumerate() {
        let area = Rect::new(x - 60.0, y - 33.0, 120.0, 66.0);
        scene.push(Mark::Rect(area, Some(Color::WHITE), Some(Stroke::new(Color::INK, 1.6))));
        let title = match (node.name.as_deref(), node.op) {
            (Some(name), _) => name,
            (None, "mul") => "g = w · x",
            (None, _) => "f = g + b",
        };
        let mut write = |down, text: String, color| {
            scene.text(Text::new([x, y + down], text.replace('-', "−"), 13.0).anchor(Anchor::Middle).color(color));
        };
        write(-12.0, title.to_owned(), Color::INK);
        write(6.0, values[i].to_string(), blue);
        write(24.0, gradients[i].to_string(), orange);
    }
    scene
}
