//! Timing, in the same way on both sides of a comparison.

use std::time::{Duration, Instant};

use plywood_tensor::Result;

use super::workload::Workload;

/// Runs at least this often, however long one takes.
const MIN_RUNS: usize = 7;
/// And at most this often, however short.
const MAX_RUNS: usize = 2000;
/// Calls before the first that counts: they fill caches, the pool of memory and the branch predictors.
const WARM_UP: usize = 3;

/// How long a workload takes.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Half of the runs took longer, in milliseconds a call.
    pub median_ms: f64,
    /// The shortest run, in milliseconds a call.
    pub min_ms: f64,
    /// How many runs there were.
    pub runs: usize,
}

/// Measures for about `seconds`.
///
/// # Errors
/// If the workload itself fails.
pub fn measure(workload: &Workload, seconds: f64) -> Result<Timing> {
    let mut call = workload.prepare()?;
    for _ in 0..WARM_UP {
        call()?;
    }
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = vec![];
    while times.len() < MIN_RUNS || (times.len() < MAX_RUNS && Instant::now() < end) {
        let start = Instant::now();
        for _ in 0..workload.inner {
            call()?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3 / workload.inner as f64);
    }
    let min_ms = times.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Timing { min_ms, runs: times.len(), median_ms: median(times) })
}

/// The value in the middle; of an even number, the mean of the two in the middle. NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (n, half) = (values.len(), values.len() / 2);
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::workload::Work;
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn a_short_workload_still_runs_seven_times_and_warms_up() {
        let counter = std::rc::Rc::new(std::cell::Cell::new(0));
        let inside = counter.clone();
        let workload = Workload::new("count", Work::Overhead, move || {
            let inside = inside.clone();
            Ok(move || {
                inside.set(inside.get() + 1);
                Ok(())
            })
        });
        let timing = measure(&workload.repeated(5), 0.0).unwrap();
        assert_eq!((timing.runs, counter.get()), (MIN_RUNS, WARM_UP + MIN_RUNS * 5));
        assert!(timing.min_ms <= timing.median_ms);
    }
}
