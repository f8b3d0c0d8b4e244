//! Max pooling: `cargo run --release --example 19_max_pooling`.
//!
//! y[i, j] = max of x over the k×k window at (k i, k j): what was found is kept, where in the window is forgotten.
//! So a picture that moves by a pixel changes much less after pooling. In the backward pass, y[i, j]'s gradient goes to
//! the pixel that won.

use plywood::prelude::*;
use plywood::train::plots::{Chart, ColorMap, ImageGrid};
use plywood_examples::{claim, picture};

const TOPIC: &str = "19_max_pooling";

/// How much two pictures differ, in percent of the first one's brightness.
fn change(before: &Var, after: &Var) -> Result<f64> {
    Ok(100.0 * f64::from(before.sub(after)?.abs().sum().item()? / before.abs().sum().item()?))
}

fn main() -> Result<()> {
    let values = [[1.0, 3.0, 2.0, 1.0], [4.0, 2.0, 0.0, 5.0], [0.0, 1.0, 7.0, 6.0], [2.0, 0.0, 8.0, 3.0]];
    let x = Var::leaf(Tensor::from([[values]]));
    let y = x.max_pool2d(2)?;
    let gradient = y.sum().backward()?.of(&x)?.to_vec();
    println!("           input          pooled 2×2     gradient of the sum");
    for (i, row) in values.iter().enumerate() {
        let pooled = if i % 2 == 0 { format!("{:?}", &y.value().to_vec()[i..i + 2]) } else { String::new() };
        println!("  {row:?}   {pooled:12}  {:?}", &gradient[4 * i..4 * i + 4]);
    }

    // A dot that moves within its window.
    let dot = |at: usize| Var::from(Tensor::from_fn([1, 1, 4, 4], |i| if i == at { 1.0f32 } else { 0.0 }));
    let stays = dot(0).max_pool2d(2)?.value().equals(dot(1).max_pool2d(2)?.value());
    let leaves = !dot(1).max_pool2d(2)?.value().equals(dot(2).max_pool2d(2)?.value());

    // Scribbles of a thin pen on 32×32 pixels, and the same moved to the right by one pixel.
    let random = &mut Stream::new(0);
    let mut pixels = vec![0.0f32; 200 * 1024];
    for scribble in pixels.chunks_mut(1024) {
        let (across, down) = (1.0 + random.below(2) as f64, 1.0 + random.below(2) as f64);
        let (start, wide, high) = (6.0 * random.unit(), 7.0 + 5.0 * random.unit(), 7.0 + 5.0 * random.unit());
        for t in (0..630).map(|t| t as f64 / 100.0) {
            let (x, y) = (15.0 + wide * (across * t + start).sin(), 15.5 + high * (down * t).cos());
            scribble[y.round() as usize * 32 + x.round() as usize] = 1.0;
        }
    }
    let strokes = Var::from(Tensor::from_vec([200, 1, 32, 32], pixels)?);
    let moved = strokes.roll(&[(-1, 1)])?;
    let every = |x: &Var, k: isize| x.slice(-1, 0, None, k)?.slice(-2, 0, None, k);
    let mut changes = vec![("all 32×32 pixels", change(&strokes, &moved)?)];
    for (k, name, thinned) in [(2, "16×16 maxima", "16×16, every 2nd pixel"), (4, "8×8 maxima", "8×8, every 4th pixel")]
    {
        changes.push((name, change(&strokes.max_pool2d(k)?, &moved.max_pool2d(k)?)?));
        changes.push((thinned, change(&every(&strokes, k as isize)?, &every(&moved, k as isize)?)?));
    }
    println!("\nHow much 200 scribbles change when they move to the right by one pixel:");
    changes.iter().for_each(|(name, change)| println!("  {name:24} {change:5.1} %"));

    let mut grid = ImageGrid::new("A scribble and the same scribble one pixel to the right").columns(3).size(150.0);
    grid = grid.subtitle("Red: brighter before, blue: brighter after the move. Each row is pooled more.");
    for (k, name) in [(1, "32×32 pixels"), (2, "maxima of 2×2"), (4, "maxima of 4×4")] {
        let [before, after] = [&strokes, &moved].map(|x| x.narrow(0, 1, 1).and_then(|x| x.max_pool2d(k)));
        let (before, after) = (before?.select(0, 0)?, after?.select(0, 0)?);
        let words = format!("changed by {:.0} %", change(&before, &after)?);
        grid =
            grid.range(0.0, 1.0).colors(ColorMap::Gray).image(before.value(), name)?.image(after.value(), "moved")?;
        grid = grid.range(-1.0, 1.0).colors(ColorMap::Signed).image(before.sub(&after)?.value(), words)?;
    }
    grid.save(picture(TOPIC, "shifted.png"))?;

    let winners = gradient.iter().filter(|&&g| g == 1.0).count();
    claim(
        winners == 4 && gradient.iter().sum::<f32>() == 4.0,
        "each window's gradient goes to its greatest pixel alone",
    )?;
    claim(stays && leaves, "a dot that moves within its window changes nothing, one that leaves it does")?;
    let [all, two, every_2nd, four, every_4th] = [0, 1, 2, 3, 4].map(|i| changes[i].1);
    claim(all > two && two > four, "the larger the windows, the less a shift by one pixel changes")?;
    claim(two < every_2nd && four < every_4th, "that is the maximum's doing: leaving out pixels doesn't help so much")
}
