//! Data that come in a stream: `cargo run --release --example 10_online_learning`.
//!
//! A cost is a mean over samples, so it can be averaged chunk by chunk: cost = Σₖ (mₖ / m) costₖ, and its gradient
//! likewise. Nothing has to be held in memory but a chunk. Online learning goes further: it takes a step after each
//! chunk and forgets the data, so that the model follows when the world changes.

use plywood::prelude::*;
use plywood::train::plots::{Chart, LineChart};
use plywood_examples::{claim, picture};

/// Chunk number `k` of the stream: up to 128 samples of y = 2x₁ − x₂ + noise, `[m, 2]` and `[m, 1]`.
fn chunk(k: usize, samples: usize, truth: [f64; 2]) -> Result<[Var<f64>; 2]> {
    let random = &mut Stream::new(0).fork(k as u64);
    let x: Tensor<f64> = random.normal([samples, 2], 0.0, 1.0);
    let noise: Tensor<f64> = random.normal([samples, 1], 0.0, 0.5);
    let y = Var::from(&x).matmul(&Var::from(Tensor::from(truth.map(|w| [w]))))? + Var::from(noise);
    Ok([x.into(), y])
}

fn errors(w: &Var<f64>, [x, y]: &[Var<f64>; 2], reduction: Reduction) -> Result<Var<f64>> {
    mse_loss(&x.matmul(w)?, y, reduction)
}

fn main() -> Result<()> {
    // 2000 samples in 16 chunks, the last one smaller than the others.
    let sizes: Vec<usize> = (0..2000).step_by(128).map(|start| 128.min(2000 - start)).collect();
    let chunks: Vec<_> = sizes.iter().enumerate().map(|(k, &m)| chunk(k, m, [2.0, -1.0])).collect::<Result<_>>()?;
    let everything = [0, 1].map(|i| plywood::autograd::cat(&chunks.iter().map(|c| &c[i]).collect::<Vec<_>>(), 0));
    let [x, y] = everything;
    let everything = [x?, y?];

    let mut at_once = Tensor::zeros([2, 1]);
    let mut by_chunk = Tensor::zeros([2, 1]);
    for _ in 0..50 {
        let w = Var::leaf(at_once.clone());
        let gradients = errors(&w, &everything, Reduction::Mean)?.backward()?;
        at_once = at_once.zip_map(gradients.of(&w)?, |w, g| w - 0.1 * g)?;

        let w = Var::leaf(by_chunk.clone());
        let mut gradients = Gradients::new();
        for chunk in &chunks {
            let share = errors(&w, chunk, Reduction::Sum)? / 2000.0;
            gradients.accumulate(share.backward()?);
        }
        by_chunk = by_chunk.zip_map(gradients.of(&w)?, |w, g| w - 0.1 * g)?;
    }
    println!("All at once:    w = {:.6?}\nChunk by chunk: w = {:.6?}", at_once.to_vec(), by_chunk.to_vec());
    let apart = at_once.zip_map(&by_chunk, |a, b| (a - b).abs())?.to_vec().into_iter().fold(0.0, f64::max);
    claim(apart < 1e-12, &format!("averaged over chunks, it comes to the same weights: the difference is {apart}"))?;

    // Online: one step a chunk. After 60 chunks the world changes.
    let (mut online, frozen) = (Tensor::zeros([2, 1]), Var::from(&at_once));
    let mut curves = [vec![], vec![]];
    for k in 0..120 {
        let new = chunk(k, 128, if k < 60 { [2.0, -1.0] } else { [-1.0, 0.5] })?;
        let w = Var::leaf(online.clone());
        let cost = errors(&w, &new, Reduction::Mean)?;
        curves[0].push([k as f64, cost.item()?]);
        curves[1].push([k as f64, errors(&frozen, &new, Reduction::Mean)?.item()?]);
        let gradients = cost.backward()?;
        online = online.zip_map(gradients.of(&w)?, |w, g| w - 0.1 * g)?;
    }
    let late = |curve: &[[f64; 2]], chunks: std::ops::Range<usize>| {
        let n = chunks.len() as f64;
        curve[chunks].iter().map(|point| point[1]).sum::<f64>() / n
    };
    let [before, after] = [late(&curves[0], 40..60), late(&curves[0], 100..120)];
    println!("Online: mean cost {before:.3} before the change and {after:.3} in the end; the noise alone makes 0.25.");
    claim((before - 0.25).abs() < 0.02, "a step a chunk, each sample seen once, comes down to the noise")?;
    let left = late(&curves[1], 100..120);
    claim(
        after < 0.3 && left > 10.0 * after,
        &format!("and follows the change; the model learned before stays at {left:.1}"),
    )?;
    let [online, frozen] = curves;
    LineChart::new("A stream whose world changes after 60 chunks")
        .x_label("chunk of 128 samples")
        .y_label("cost on the chunk before learning from it (log scale)")
        .log_y()
        .line("online: a step a chunk", online)
        .line("learned from 16 chunks, then left alone", frozen)
        .reference("the noise", [[0.0, 0.25], [119.0, 0.25]])
        .save(picture("10_online_learning", "stream.png"))
}
