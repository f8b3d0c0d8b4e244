//! Memory of a training step: resident peak above idle, page faults once it is under way, growth.

use std::process::Command;

use serde_json::{Value, json};

use super::peer::ask;
use super::process::{minor_faults, peak_resident_mib, resident_mib};
use super::workload::Workload;
use crate::Result;

/// Steps before those that count: they fill the pool.
const WARM_UP: usize = 2;
/// Steps that count.
const STEPS: usize = 10;

/// Measures one workload in this process, which should have done nothing else, and prints a JSON object.
pub fn probe(workload: &Workload) -> Result {
    let missing = || format!("{} has no /proc to read memory figures from", std::env::consts::OS);
    let idle = resident_mib().ok_or_else(missing)?;
    let mut call = workload.prepare()?;
    for _ in 0..WARM_UP {
        call()?;
    }
    let (faults, early) = (minor_faults().ok_or_else(missing)?, resident_mib().ok_or_else(missing)?);
    for _ in 0..STEPS {
        call()?;
    }
    let faults = (minor_faults().ok_or_else(missing)? - faults) as f64 / STEPS as f64;
    let (late, peak) = (resident_mib().ok_or_else(missing)?, peak_resident_mib().ok_or_else(missing)?);
    let growth = late - early;
    let (name, peak) = (&workload.name, peak - idle);
    println!("{}", json!({"name": name, "idle_mib": idle, "peak_mib": peak, "faults": faults, "growth_mib": growth}));
    Ok(())
}

/// Probes a workload in a process of its own.
fn probe_apart(name: &str, threads: usize) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "--probe", name, "--threads", &threads.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Prints a line a training workload.
pub fn show(workloads: &[Workload], threads: usize) -> Result {
    println!("{:<40} {:>12} {:>14} {:>12}", "training step", "peak MiB", "faults a step", "growth MiB");
    for workload in training(workloads) {
        let ours = probe_apart(&workload.name, threads)?;
        let (peak, faults, growth) = (number(&ours, "peak_mib"), number(&ours, "faults"), number(&ours, "growth_mib"));
        println!("{:<40} {peak:>12.1} {faults:>14.1} {growth:>12.1}", workload.name);
    }
    Ok(())
}

/// Prints a line a training workload with PyTorch's figures beside.
pub fn compare(workloads: &[Workload], python: &str, threads: usize) -> Result {
    let head = ["peak MiB", "PyTorch", "ratio", "faults a step", "PyTorch"].map(String::from);
    println!("{}", row("training step", head));
    for workload in training(workloads) {
        let ours = probe_apart(&workload.name, threads)?;
        let theirs = ask(python, threads, &["--memory", &workload.name])?;
        let (peak, their_peak) = (number(&ours, "peak_mib"), number(&theirs, "peak_mib"));
        let faults = [number(&ours, "faults"), number(&theirs, "faults")].map(|faults| format!("{faults:.1}"));
        let [peaks, their_peaks] = [peak, their_peak].map(|peak| format!("{peak:.1}"));
        let [faults, their_faults] = faults;
        let ratio = format!("{:.2}", peak / their_peak);
        println!("{}", row(&workload.name, [peaks, their_peaks, ratio, faults, their_faults]));
    }
    Ok(())
}

fn row(name: &str, [peak, their_peak, ratio, faults, their_faults]: [String; 5]) -> String {
    format!("{name:<40} {peak:>12} {their_peak:>12} {ratio:>7} {faults:>14} {their_faults:>14}")
}

fn training(workloads: &[Workload]) -> impl Iterator<Item = &Workload> {
    workloads.iter().filter(|workload| workload.name.starts_with("train/"))
}

fn number(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or(f64::NAN)
}
