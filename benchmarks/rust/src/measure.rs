//! Timing, as on the other sides: three calls warm up, then at least seven runs and about `seconds` of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::workload::{Result, Workload};

/// Measures a workload; its name, median, minimum and number of runs as a JSON object.
pub fn measure(workload: &Workload, seconds: f64) -> Result<Value> {
    let mut call = (workload.prepare)()?;
    for _ in 0..3 {
        call()?;
    }
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut times = vec![];
    while times.len() < 7 || (times.len() < 2000 && Instant::now() < end) {
        let start = Instant::now();
        for _ in 0..workload.inner {
            call()?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3 / workload.inner as f64);
    }
    times.sort_by(f64::total_cmp);
    let (runs, half) = (times.len(), times.len() / 2);
    let median = if runs % 2 == 1 { times[half] } else { (times[half - 1] + times[half]) / 2.0 };
    Ok(json!({"name": workload.name, "median_ms": median, "min_ms": times[0], "runs": runs}))
}
