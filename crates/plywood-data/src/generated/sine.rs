//! Waves to be continued.

use std::f64::consts::TAU;

use plywood_tensor::{Scalar, Tensor};

use crate::random::stream;
use crate::{Error, Result, TensorDataset};

/// `n` sine waves of random phase and of 8 to 32 steps a period: `seen` steps as input, `[n, seen, 1]`, and the `ahead`
/// steps that follow as target, `[n, ahead, 1]`, with normal `noise` on all of them.
///
/// # Errors
/// If `seen` or `ahead` is 0, or `noise` is negative or not finite.
pub fn sine_waves<T: Scalar>(
    n: usize,
    seen: usize,
    ahead: usize,
    noise: f64,
    seed: u64,
) -> Result<TensorDataset<T, T>> {
    super::check_noise("sine waves", noise)?;
    if seen == 0 || ahead == 0 {
        return Err(Error::value("sine waves", "steps seen and ahead", "at least 1", format!("{seen} and {ahead}")));
    }
    let random = stream(&[seed]);
    let (mut inputs, mut targets) = (Vec::with_capacity(n * seen), Vec::with_capacity(n * ahead));
    for i in 0..n {
        let mut random = random.fork(i as u64);
        let (phase, period) = (TAU * random.unit(), 8.0 + 24.0 * random.unit());
        for step in 0..seen + ahead {
            let value = libm::sin(phase + TAU * step as f64 / period) + noise * random.gaussian();
            if step < seen { &mut inputs } else { &mut targets }.push(T::from_f64(value));
        }
    }
    TensorDataset::new(Tensor::from_vec([n, seen, 1], inputs)?, Tensor::from_vec([n, ahead, 1], targets)?)
}
