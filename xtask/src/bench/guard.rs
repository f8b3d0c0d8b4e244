//! `cargo xtask bench --check`: a guard against slowing down that works on a noisy machine.
//!
//! Times are kept as shares of what the same machine reaches in the same run: products against a loop of fused
//! multiply-adds in registers, memory-bound work against a triad. Both drift with the machine, their ratio hardly.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::reference::Reference;
use super::workload::Workload;
use super::{Settings, measure::measure};
use crate::{Result, workspace_root};

/// A workload fails below this part of the share that is kept for it: less is within what two runs differ by.
const ALLOWED: f64 = 0.75;

fn path() -> PathBuf {
    workspace_root().join("benchmarks/guard.json")
}

/// Measures the workloads and compares their shares with those kept, or keeps the new ones.
pub fn run(workloads: &[Workload], settings: &Settings, reference: &Reference, save: bool) -> Result {
    let path = path();
    let mut kept: BTreeMap<String, f64> = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?,
        Err(_) if save => BTreeMap::new(),
        Err(e) => return Err(format!("could not read {}: {e}; --save writes it", path.display()).into()),
    };
    let mut slower = vec![];
    for workload in workloads {
        let timing = measure(workload, settings.seconds)?;
        // The shortest run is what the code can do; the others tell of the machine's other work.
        let share = reference.score(workload.work, timing.min_ms);
        let name = &workload.name;
        let before = kept.get(name).copied();
        let change = before.map_or(String::new(), |before| format!("{:+.0} %", (share / before - 1.0) * 100.0));
        println!("{name:<40} {share:>10.4} {:>10} {change:>7}", before.map_or("new".into(), |b| format!("{b:.4}")));
        if before.is_some_and(|before| share < before * ALLOWED) {
            slower.push(format!("{name} ({change})"));
        }
        kept.insert(name.clone(), (share * 1e4).round() / 1e4);
    }
    if save {
        fs::write(&path, serde_json::to_string_pretty(&kept)? + "\n")?;
        return Ok(());
    }
    if slower.is_empty() { Ok(()) } else { Err(format!("slower than before: {}", slower.join(", ")).into()) }
}
