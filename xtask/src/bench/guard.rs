//! `cargo xtask bench --check`: a guard against slowing down that works on a noisy machine.
//!
//! Times are kept as shares of what the same machine reaches in the same minute: products against a loop of fused
//! multiply-adds in registers, memory-bound work against a triad. Both drift with the machine, their ratio hardly.
//! Shares depend on the instruction set and on the number of threads, so each pair of these has its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::Settings;
use super::measure::{measure, median};
use super::reference::Reference;
use super::workload::Workload;
use crate::{Result, workspace_root};

/// A workload fails below this part of the share that is kept for it: less is within what two runs differ by.
const ALLOWED: f64 = 0.75;

/// What is kept is the median of so many rounds; and so often may a workload try to reach it. The machine's other work
/// slows one round, slower code slows all.
const ROUNDS: usize = 3;

/// Shares by workload, by instruction set and threads.
type Kept = BTreeMap<String, BTreeMap<String, f64>>;

fn path() -> PathBuf {
    workspace_root().join("benchmarks/guard.json")
}

fn key(settings: &Settings) -> String {
    format!("{:?}, {}, {} threads", plywood_kernels::isa::level(), settings.dtype.name(), settings.threads)
}

/// Measures the workloads and keeps their shares; those of other workloads, instruction sets and threads stay.
pub fn save(workloads: &[Workload], settings: &Settings) -> Result {
    let mut rounds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for round in 1..=ROUNDS {
        let reference = Reference::measure(settings.dtype);
        println!("round {round} of {ROUNDS}: {reference}");
        for workload in workloads {
            rounds.entry(&workload.name).or_default().push(share(workload, settings, &reference)?);
        }
    }
    let path = path();
    let mut kept: Kept = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?,
        Err(_) => BTreeMap::new(),
    };
    let shares = kept.entry(key(settings)).or_default();
    for (name, found) in rounds {
        println!("{name:<40} {found:>10.4?}");
        shares.insert(name.into(), (median(found) * 1e4).round() / 1e4);
    }
    fs::write(&path, serde_json::to_string_pretty(&kept)? + "\n")?;
    Ok(())
}

/// Measures the workloads; an error names those that are slower than what is kept allows.
pub fn check(workloads: Vec<Workload>, settings: &Settings) -> Result {
    let (path, key) = (path(), key(settings));
    let text = fs::read(&path).map_err(|e| format!("could not read {}: {e}; --save writes it", path.display()))?;
    let kept: Kept = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let known: Vec<&str> = kept.keys().map(String::as_str).collect();
    let missing = || format!("nothing is kept for {key}, only for {}; --save adds it", known.join("; "));
    let kept = kept.get(&key).ok_or_else(missing)?;

    let (mut left, mut slower) = (workloads, vec![]);
    for round in 0..ROUNDS {
        if round > 0 {
            println!("\nonce more, because the machine may have been busy:");
        }
        let reference = Reference::measure(settings.dtype);
        println!("{reference}");
        slower.clear();
        let mut again = vec![];
        for workload in left {
            let (name, share) = (&workload.name, share(&workload, settings, &reference)?);
            let before = kept.get(name).copied();
            let change = before.map_or(String::new(), |before| format!("{:+.0} %", (share / before - 1.0) * 100.0));
            let shown = before.map_or("not kept".into(), |before| format!("{before:.4}"));
            println!("{name:<40} {share:>10.4} {shown:>10} {change:>7}");
            if before.is_some_and(|before| too_slow(share, before)) {
                slower.push(format!("{name} ({change})"));
                again.push(workload);
            }
        }
        if slower.is_empty() {
            return Ok(());
        }
        left = again;
    }
    Err(format!("slower than before in {ROUNDS} rounds: {}", slower.join(", ")).into())
}

fn too_slow(share: f64, before: f64) -> bool {
    share < before * ALLOWED
}

/// The shortest run is what the code can do; the others tell of the machine's other work.
fn share(workload: &Workload, settings: &Settings, reference: &Reference) -> Result<f64> {
    Ok(reference.score(workload.work, measure(workload, settings.seconds)?.min_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_forgiven_and_no_more() {
        assert!(!too_slow(0.76, 1.0) && too_slow(0.74, 1.0));
    }
}
