//! The learning-rate range test: which rate to start from.

use plywood_autograd::Var;
use plywood_data::DataLoader;
use plywood_nn::{Context, Module, Scalar};
use plywood_optim::Optimizer;

use crate::{Error, Result, Trainer};

/// Trains for a few steps while the learning rate grows evenly on a logarithmic scale, and records the loss.
///
/// Source: Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3. Model and optimizer are
/// afterwards as they were before.
#[derive(Clone, Copy, Debug)]
pub struct RateFinder {
    low: f64,
    high: f64,
    steps: usize,
}

/// Weight of the past in the smoothed loss.
const SMOOTHING: f64 = 0.9;
/// The test ends when the smoothed loss exceeds its minimum by this factor.
const DIVERGED: f64 = 4.0;

impl Default for RateFinder {
    /// From 10⁻⁶ to 1 in 100 steps.
    fn default() -> Self {
        Self { low: 1e-6, high: 1.0, steps: 100 }
    }
}

impl RateFinder {
    /// From rate `low` to rate `high` in so many steps.
    ///
    /// # Errors
    /// Unless `0 < low < high` and there are at least two steps.
    pub fn new(low: f64, high: f64, steps: usize) -> Result<Self> {
        if !(low > 0.0 && low < high && high.is_finite()) {
            return Err(Error::value("rate finder", "range", "0 < low < high", format!("{low} to {high}")));
        }
        match steps {
            0 | 1 => Err(Error::value("rate finder", "steps", "at least 2", steps)),
            _ => Ok(Self { low, high, steps }),
        }
    }

    /// Runs the test; `loss` is a model's loss on a batch.
    ///
    /// # Errors
    /// Those of the data, the model and the optimizer.
    pub fn run<M: Module<T>, B: Send + 'static, T: Scalar>(
        &self,
        model: &mut M,
        optimizer: &mut (impl Optimizer<T> + ?Sized),
        train: &DataLoader<'_, B>,
        loss: impl Fn(&M, &B, &mut Context) -> Result<Var<T>>,
    ) -> Result<RateCurve> {
        let (weights, state) = (model.state_dict(), optimizer.state_dict());
        let curve = self.walk(model, optimizer, train, loss);
        model.load_state_dict(&weights)?;
        optimizer.load_state_dict(&state)?;
        curve
    }

    fn walk<M: Module<T>, B: Send + 'static, T: Scalar>(
        &self,
        model: &mut M,
        optimizer: &mut (impl Optimizer<T> + ?Sized),
        train: &DataLoader<'_, B>,
        loss: impl Fn(&M, &B, &mut Context) -> Result<Var<T>>,
    ) -> Result<RateCurve> {
        let mut cx = Context::train(0);
        let mut points: Vec<[f64; 2]> = Vec::new();
        let (mut mean, mut best) = (0.0, f64::INFINITY);
        let batches = (0..).flat_map(|epoch| train.epoch(epoch));
        for (i, batch) in batches.take(self.steps).enumerate() {
            let rate = self.low * (self.high / self.low).powf(i as f64 / (self.steps - 1) as f64);
            let loss = loss(model, &batch?, &mut cx)?;
            let value = loss.item()?.to_f64();
            mean = SMOOTHING * mean + (1.0 - SMOOTHING) * value;
            let smooth = mean / (1.0 - SMOOTHING.powi(i as i32 + 1));
            // A loss that explodes has told all that it can.
            if !smooth.is_finite() || smooth > DIVERGED * best {
                break;
            }
            best = best.min(smooth);
            points.push([rate, smooth]);
            optimizer.set_lr(rate)?;
            optimizer.step(model, &loss.backward()?)?;
        }
        Ok(RateCurve { points })
    }
}

impl<M: Module<T>, B: Send + 'static, T: Scalar> Trainer<'_, M, B, T> {
    /// Runs the learning-rate range test with this trainer's optimizer and loss.
    ///
    /// # Errors
    /// Those of the data, the model and the optimizer.
    pub fn find_rate(&mut self, model: &mut M, train: &DataLoader<'_, B>, finder: RateFinder) -> Result<RateCurve> {
        let (optimizer, forward) = self.parts();
        finder.run(model, optimizer, train, |model, batch, cx| Ok(forward(model, batch, cx)?.loss))
    }
}

/// The loss over the learning rate.
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    points: Vec<[f64; 2]>,
}

impl RateCurve {
    /// Rates and smoothed losses, up to where the loss exploded.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// The rate at which the loss falls fastest, up to its minimum; `None` if it never falls.
    pub fn suggestion(&self) -> Option<f64> {
        let lowest = self.points.iter().enumerate().min_by(|a, b| a.1[1].total_cmp(&b.1[1]))?.0;
        let slope = |w: &[[f64; 2]]| (w[2][1] - w[0][1]) / (w[2][0] / w[0][0]).ln();
        let windows = self.points[..=lowest].windows(3).map(|w| (slope(w), w[1][0]));
        let (steepest, rate) = windows.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (steepest < 0.0).then_some(rate)
    }

    /// The curve with its suggestion.
    #[cfg(feature = "plots")]
    pub fn chart(&self, title: &str) -> crate::plots::FinderChart {
        crate::plots::FinderChart::new(title, &self.points, self.suggestion())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suggestion_is_where_the_loss_falls_fastest() {
        // A logistic fall centred on a rate of 10⁻³, then a rise.
        let at = |i: i32| 10f64.powf(-6.0 + f64::from(i) * 0.05);
        let loss = |rate: f64| 2.0 - 1.0 / (1.0 + (1e-3 / rate)) + (rate / 0.5).powi(3);
        let curve = RateCurve { points: (0..120).map(at).map(|rate| [rate, loss(rate)]).collect() };
        let found = curve.suggestion().unwrap();
        assert!((found / 1e-3).ln().abs() < 0.06, "{found}");
    }

    #[test]
    fn a_loss_that_only_rises_suggests_nothing() {
        let curve = RateCurve { points: (0..9).map(|i| [10f64.powi(i), f64::from(i)]).collect() };
        assert_eq!(curve.suggestion(), None);
        assert_eq!(RateCurve { points: Vec::new() }.suggestion(), None);
        assert!(RateFinder::new(1.0, 0.1, 10).is_err() && RateFinder::new(0.0, 0.1, 10).is_err());
        assert!(RateFinder::new(f64::NAN, 0.1, 10).is_err() && RateFinder::new(0.1, 1.0, 1).is_err());
    }
}
