//! Convolution by hand: `cargo run --release --example 18_convolution`.
//!
//! A filter of F×F weights slides over an image of N×N pixels and takes at each place the sum of products,
//! y[i, j] = Σ w[a, b] x[i s + a, j s + b]. With a stride s and p rows of zeros around the image there are
//! (N + 2p − F) / s + 1 places in each direction. What a filter looks for is in its weights: edges, blobs, strokes.

use plywood::autograd::{Conv2dOptions, Padding};
use plywood::data::{digits, split};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood::train::metrics::Accuracy;
use plywood::train::plots::{Chart, ColorMap, ImageGrid, feature_maps, filters};
use plywood_examples::shapes::square_and_disc;
use plywood_examples::{claim, picture};

const TOPIC: &str = "18_convolution";

/// Four nested loops: a filter `[f, f]` over an image `[n, n]`.
fn by_hand(image: &Tensor, filter: &Tensor, stride: usize, padding: usize) -> Result<Tensor> {
    let (n, f) = (image.shape()[0], filter.shape()[0]);
    let places = (n + 2 * padding - f) / stride + 1;
    let pixel = |i: usize, j: usize| match (i.checked_sub(padding), j.checked_sub(padding)) {
        (Some(i), Some(j)) if i < n && j < n => image.get(&[i, j]),
        _ => Ok(0.0),
    };
    let mut output = Vec::new();
    for i in 0..places {
        for j in 0..places {
            let mut sum = 0.0;
            for a in 0..f {
                for b in 0..f {
                    sum += filter.get(&[a, b])? * pixel(i * stride + a, j * stride + b)?;
                }
            }
            output.push(sum);
        }
    }
    Tensor::from_vec([places, places], output)
}

/// The same through the library, which takes batches of images and of filters.
fn by_library(image: &Tensor, filter: &Tensor, stride: usize, padding: usize) -> Result<Tensor> {
    let options = Conv2dOptions { stride: [stride; 2], padding: Padding::from(padding), ..Default::default() };
    let batched = |x: &Tensor| Var::from(x).unsqueeze(0)?.unsqueeze(0);
    batched(image)?.conv2d(&batched(filter)?, None, options)?.squeeze(0)?.squeeze(0).map(Var::into_value)
}

fn table(x: &Tensor) -> String {
    let row = |row: &[f32]| row.iter().map(|v| format!("{v:4.0}")).collect::<String>() + "\n";
    x.to_vec().chunks(x.shape()[1]).map(row).collect()
}

#[derive(Module)]
struct Net<T: Scalar = f32> {
    conv: Conv2d<T>,
    output: Linear<T>,
}

impl<T: Scalar> Layer<T> for Net<T> {
    fn forward(&self, x: &Var<T>, cx: &mut Context) -> Result<Var<T>> {
        let x = self.conv.forward(x, cx)?.relu().max_pool2d(2)?;
        self.output.forward(&x.flatten(1)?, cx)
    }
}

fn main() -> Result<()> {
    let image = Tensor::from_fn([5, 5], |i| if i % 5 >= 3 { 9.0 } else { 0.0 });
    let edge = Tensor::from([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]);
    let answer = by_hand(&image, &edge, 1, 0)?;
    println!("An image with a vertical edge, and what the filter below makes of it:");
    println!("{}\n{}\n{}", table(&image), table(&edge), table(&answer));

    let random = &mut Stream::new(0);
    println!("  N  F  stride  padding  (N + 2p − F) / s + 1  output");
    let mut same = true;
    for (n, f, stride, padding) in
        [(5, 3, 1, 0), (7, 3, 1, 0), (7, 3, 2, 0), (7, 3, 1, 1), (32, 5, 1, 2), (63, 11, 4, 2)]
    {
        let (x, w) = (random.normal([n, n], 0.0, 1.0), random.normal([f, f], 0.0, 1.0));
        let (hand, library) = (by_hand(&x, &w, stride, padding)?, by_library(&x, &w, stride, padding)?);
        let places = (n + 2 * padding - f) / stride + 1;
        println!("{n:3} {f:2}  {stride:6}  {padding:7}  {places:20}  {}", library.shape());
        let close = hand.values().iter().zip(&*library.values()).all(|(a, b)| (a - b).abs() < 1e-4);
        same &= close && library.shape() == &[places, places];
    }

    // A square and a disc, seen by filters that are chosen, not learned.
    let drawn = square_and_disc();
    let left_right = by_library(&drawn, &edge, 1, 0)?;
    let top_bottom = by_library(&drawn, &edge.transpose(0, 1)?, 1, 0)?;
    let blurred = by_library(&drawn, &Tensor::full([9, 9], 1.0 / 81.0), 1, 0)?;
    let grid = ImageGrid::new("One picture through filters that were chosen by hand").columns(4).size(150.0);
    let grid = grid.subtitle("Red: brighter to the right or below, blue: darker, white: no edge.");
    let grid = grid.range(0.0, 1.0).image(&drawn, "the picture")?.image(&blurred, "9×9 mean: blurred")?;
    let grid = grid.range(-4.0, 4.0).colors(ColorMap::Signed).image(&left_right, "left-right differences")?;
    grid.image(&top_bottom, "top-bottom differences")?.save(picture(TOPIC, "edges.png"))?;

    // Filters that a network finds by itself.
    let (train, test) = split::stratified(digits(), 0.2, 0)?;
    let mut net = Net::<f32> { conv: Conv2d::new(1, 8, 3, random).padding(1), output: Linear::new(8 * 16, 10, random) };
    let mut trainer = Trainer::new(Adam::new(&net, 3e-3)?, |scores, digit| cross_entropy(scores, digit)).epochs(15);
    trainer = trainer.metric(Accuracy::new()).quiet();
    trainer.fit(&mut net, &DataLoader::new(&train).batch_size(32).shuffle(0))?;
    let accuracy = trainer.evaluate(&net, &DataLoader::new(&test).batch_size(512))?.get("accuracy").unwrap_or(0.0);
    let digit = test.get(3)?.input;
    let maps = net.conv.forward(&Var::from(digit.unsqueeze(0)?), &mut Context::eval())?.relu().select(0, 0)?;
    let seen = ImageGrid::new("A digit that goes in").size(110.0).image(&digit, "8×8 pixels")?.scene()?;
    let found = filters("Eight filters of 3×3 that the network found", net.conv.weight.value())?.scene()?;
    let maps = feature_maps("What each of them makes of the digit, after ReLU", maps.value())?.scene()?;
    seen.beside(found).above(maps).save(picture(TOPIC, "learned.png"))?;

    claim(same, "four loops and the library agree, in values and in (N + 2p − F) / s + 1 places")?;
    let at_edge = answer.values().iter().enumerate().all(|(k, &y)| (y != 0.0) == (k % 3 > 0));
    claim(at_edge, "the filter answers at the edge alone")?;
    let inside = |map: &Tensor| map.get(&[28, 11]).map(f32::abs);
    let apart = inside(&left_right)? > 1.0 && inside(&top_bottom)? < 1e-6;
    claim(apart, "at the square's left side one filter answers, and the same filter turned doesn't")?;
    claim(accuracy > 0.93, &format!("with learned filters {:.1} % of unseen digits are read", 100.0 * accuracy))
}
