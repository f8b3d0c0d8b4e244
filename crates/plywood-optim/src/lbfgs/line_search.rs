//! A step length that satisfies the strong Wolfe conditions.
//!
//! Source: Nocedal and Wright 2006, "Numerical optimization", algorithms 3.5 and 3.6, with their constants for
//! quasi-Newton methods.

use plywood_nn::Result;

/// A point on the search line.
#[derive(Clone)]
pub struct Point<T> {
    /// The distance from the start, in lengths of the direction.
    pub at: f64,
    pub loss: f64,
    /// The derivative of the loss along the direction.
    pub slope: f64,
    pub gradient: Vec<T>,
}

/// The loss falls at least by this share of what the slope at the start promises.
const DECREASE: f64 = 1e-4;
/// The slope shrinks at least to this share.
const CURVATURE: f64 = 0.9;
/// Evaluations after which the best point so far has to do.
const MAX_EVALUATIONS: usize = 25;

/// Searches from `start`, trying `first` at first. Intervals shorter than `shortest` are not searched further.
pub fn search<T: Clone>(
    start: &Point<T>,
    first: f64,
    shortest: f64,
    mut evaluate: impl FnMut(f64) -> Result<Point<T>>,
) -> Result<Point<T>> {
    let too_high = |p: &Point<T>| p.loss.is_nan() || p.loss > start.loss + DECREASE * p.at * start.slope;
    let flat = |p: &Point<T>| p.slope.abs() <= -CURVATURE * start.slope;
    let (mut low, mut high) = (start.clone(), None::<Point<T>>);
    let mut at = first;
    for _ in 0..MAX_EVALUATIONS {
        let point = evaluate(at)?;
        if too_high(&point) || (point.loss >= low.loss && low.at > 0.0) || !point.slope.is_finite() {
            high = Some(point);
        } else if flat(&point) {
            return Ok(point);
        } else {
            // The minimum lies between two points whose slopes point at each other, else further on.
            let ahead = high.as_ref().map_or(1.0, |high| high.at - low.at);
            if point.slope * ahead >= 0.0 {
                high = Some(std::mem::replace(&mut low, point));
            } else {
                low = point;
            }
        }
        at = match &high {
            None => 2.0 * at,
            Some(high) if (high.at - low.at).abs() < shortest => break,
            Some(high) => between(&low, high),
        };
    }
    Ok(low)
}

/// Where the cubic through both points, with their slopes, has its minimum; kept away from the ends.
fn between<T>(a: &Point<T>, b: &Point<T>) -> f64 {
    let width = b.at - a.at;
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.at - b.at);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt() * width.signum();
    let minimum = b.at - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    let share = (minimum - a.at) / width;
    let share = if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 };
    a.at + share * width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_point_that_satisfies_both_conditions() {
        // Functions with minima before and beyond the first try, and one that is not finite there.
        type Function = fn(f64) -> (f64, f64);
        let functions: [(Function, f64); 4] = [
            (|t| ((t - 0.01) * (t - 0.01), 2.0 * (t - 0.01)), 1.0),
            (|t| ((t - 50.0) * (t - 50.0), 2.0 * (t - 50.0)), 1.0),
            (|t| (t - (1.0 + t).ln() * 3.0, 1.0 - 3.0 / (1.0 + t)), 1.0),
            (|t| (-(1.0 - t).ln() - 2.0 * t, 1.0 / (1.0 - t) - 2.0), 3.0),
        ];
        for (f, first) in functions {
            let point = |at: f64| Point { at, loss: f(at).0, slope: f(at).1, gradient: vec![0u8] };
            let start = point(0.0);
            let found = search(&start, first, 1e-12, |t| Ok(point(t))).unwrap();
            assert!(found.loss <= start.loss + DECREASE * found.at * start.slope, "{}", found.at);
            assert!(found.slope.abs() <= -CURVATURE * start.slope, "{}", found.at);
        }
    }
}
