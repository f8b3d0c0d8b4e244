//! `cargo xtask bench` and `cargo xtask compare`: how fast a user's loop is, next to what the machine can do and next to
//! PyTorch, candle and burn.
//!
//! A workload is what a user's loop does: fresh batch tensors in, forward, loss, backward, optimizer step. Names,
//! shapes and optimizers are those of `benchmarks/torch/peer.py`.

mod compare;
mod guard;
mod measure;
mod memory;
mod peer;
mod process;
mod reference;
mod same_mathematics;
pub mod training;
pub mod workload;
mod workloads;

pub use compare::main as compare_main;
pub use workloads::training_cases;

use std::num::NonZero;
use std::thread::available_parallelism;

use serde_json::json;

use crate::Result;
use crate::cli::Args;
use measure::{Timing, measure};
use reference::Reference;
use workload::{Work, Workload};
use workloads::workloads;

const USAGE: &str = "bench [--only SUBSTRING] [--threads N] [--seconds X] [--dtype f32|f64]
        [--json | --check | --save | --memory | --list]
  --dtype    the type of the numbers; in f64 products and whole networks alone are measured
  --json     one JSON object a line: name, median_ms, min_ms, runs
  --check    fail if a workload has become slower than benchmarks/guard.json allows, relative to the machine's peak
  --save     keep today's shares of that peak in benchmarks/guard.json
  --memory   resident memory and page faults of the training steps instead of times";

/// The type of the numbers that are measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Dtype {
    fn read(args: &Args) -> Result<Self> {
        match args.value::<String>("--dtype")?.as_deref() {
            None | Some("f32") => Ok(Self::F32),
            Some("f64") => Ok(Self::F64),
            Some(other) => Err(format!("--dtype expects f32 or f64, got {other:?}").into()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// What both commands take.
struct Settings {
    dtype: Dtype,
    only: String,
    threads: usize,
    seconds: f64,
}

impl Settings {
    /// Reads the flags and starts as many threads as they ask for, by default one a core.
    fn read(args: &Args) -> Result<Self> {
        let cores = available_parallelism().map_or(1, NonZero::get);
        let threads = args.value("--threads")?.unwrap_or(cores).max(1);
        let seconds: f64 = args.value("--seconds")?.unwrap_or(1.0);
        if !(0.0..=3600.0).contains(&seconds) {
            return Err(format!("--seconds expects a number from 0 to 3600, got {seconds}").into());
        }
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        Ok(Self { dtype: Dtype::read(args)?, only: args.value("--only")?.unwrap_or_default(), threads, seconds })
    }

    /// An error if one of these switches is on, which measure in `f32` alone, and `f64` is asked for.
    fn only_single(&self, args: &Args, switches: &[&str]) -> Result {
        match switches.iter().find(|switch| args.switch(switch)) {
            Some(switch) if self.dtype == Dtype::F64 => Err(format!("{switch} knows --dtype f32 only").into()),
            _ => Ok(()),
        }
    }

    fn describe(&self) -> String {
        let (version, level) = (env!("CARGO_PKG_VERSION"), plywood_kernels::isa::level());
        format!("Plywood {version}, {}, {} threads, {level:?}", self.dtype.name(), self.threads)
    }
}

/// Measures the workloads whose names contain a substring.
pub fn main(args: &[String]) -> Result {
    let flags = ["--only", "--threads", "--seconds", "--probe", "--dtype"];
    let switches = ["--json", "--check", "--save", "--memory", "--list"];
    let args = Args::parse(args, &flags, &switches).map_err(|e| format!("{e}\nusage: {USAGE}"))?;
    if args.switch("--list") {
        workloads(Dtype::read(&args)?).iter().for_each(|workload| println!("{}", workload.name));
        return Ok(());
    }
    let settings = Settings::read(&args)?;
    if let Some(name) = args.value::<String>("--probe")? {
        let all = workloads(Dtype::F32);
        let workload = all.iter().find(|workload| workload.name == name);
        return memory::probe(workload.ok_or_else(|| format!("no workload is called {name:?}"))?);
    }
    let selected = select(workloads(settings.dtype), &settings.only)?;
    settings.only_single(&args, &["--memory"])?;
    if args.switch("--memory") {
        return memory::show(&selected, settings.threads);
    }
    if args.switch("--json") {
        for workload in &selected {
            let Timing { median_ms, min_ms, runs } = measure(workload, settings.seconds)?;
            println!("{}", json!({"name": workload.name, "median_ms": median_ms, "min_ms": min_ms, "runs": runs}));
        }
        return Ok(());
    }
    if args.switch("--save") {
        return guard::save(&selected, &settings);
    }
    if args.switch("--check") {
        return guard::check(selected, &settings);
    }
    let reference = Reference::measure(settings.dtype);
    println!("{} · {reference}\n", settings.describe());
    println!("{:<40} {:>10} {:>10} {:>5} {:>14} {:>8}", "", "median ms", "min ms", "runs", "", "of peak");
    for workload in &selected {
        let timing = measure(workload, settings.seconds)?;
        println!("{}", row(workload, timing, &reference));
    }
    Ok(())
}

fn row(workload: &Workload, timing: Timing, reference: &Reference) -> String {
    let Timing { median_ms, min_ms, runs } = timing;
    let rate = match workload.work {
        Work::Flops(flops) => format!("{:>8.1} GFLOP/s", flops / median_ms / 1e6),
        Work::Bytes(bytes) => format!("{:>8.1} GB/s   ", bytes / median_ms / 1e6),
        Work::Overhead => String::new(),
    };
    let share = reference.share(workload.work, median_ms);
    let share = share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0));
    let line = format!("{:<40} {median_ms:>10.4} {min_ms:>10.4} {runs:>5} {rate:>16} {share:>7}", workload.name);
    line.trim_end().to_string()
}

fn select(all: Vec<Workload>, only: &str) -> Result<Vec<Workload>> {
    let selected: Vec<Workload> = all.into_iter().filter(|workload| workload.name.contains(only)).collect();
    if selected.is_empty() { Err(format!("no workload's name contains {only:?}").into()) } else { Ok(selected) }
}
