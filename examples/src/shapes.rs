//! Pictures of shapes, made from a seed.

use plywood::data::TensorDataset;
use plywood::prelude::*;

/// The classes.
pub const NAMES: [&str; 4] = ["disc", "square", "triangle", "cross"];
/// Rows and columns of a picture.
pub const SIDE: usize = 24;

/// A bright square and a bright disc on a dark ground, `[96, 96]`.
pub fn square_and_disc() -> Tensor {
    Tensor::from_fn([96, 96], |k| {
        let (x, y) = ((k % 96) as f32, (k / 96) as f32);
        let square = (12.0..44.0).contains(&x) && (12.0..44.0).contains(&y);
        let disc = (x - 66.0).hypot(y - 62.0) < 22.0;
        if square || disc { 1.0 } else { 0.1 }
    })
}

/// `n` pictures, `[n, 3, 24, 24]`: a shape of random colour, size and place on a ground of another colour, with noise.
///
/// # Errors
/// None: the shapes fit each other.
pub fn pictures(n: usize, seed: u64) -> Result<TensorDataset> {
    let random = &mut Stream::new(seed);
    let mut pixels = Vec::with_capacity(n * 3 * SIDE * SIDE);
    for i in 0..n {
        let (size, mut place) = (5.0 + 4.0 * random.unit(), || 9.0 + 6.0 * random.unit());
        let (x, y) = (place(), place());
        let ground = [0; 3].map(|_| random.unit());
        let ink = ground.map(|v| (v + 0.3 + 0.4 * random.unit()) % 1.0);
        let inside = |k: usize| {
            let (u, v) = (((k % SIDE) as f64 - x) / size, ((k / SIDE) as f64 - y) / size);
            match i % 4 {
                0 => u.hypot(v) < 1.0,
                1 => u.abs().max(v.abs()) < 0.85,
                2 => v < 0.8 && u.abs() < (v + 1.0) / 2.0,
                _ => u.abs().min(v.abs()) < 0.3 && u.abs().max(v.abs()) < 1.0,
            }
        };
        for channel in 0..3 {
            let color = |k| if inside(k) { ink[channel] } else { ground[channel] };
            pixels.extend((0..SIDE * SIDE).map(|k| (color(k) + 0.1 * random.gaussian()) as f32 - 0.5));
        }
    }
    TensorDataset::new(Tensor::from_vec([n, 3, SIDE, SIDE], pixels)?, Tensor::from_fn([n], |i| i as i64 % 4))
}
