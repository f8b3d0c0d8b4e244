//! candle's and burn's side of Plywood's workloads, with the names, shapes and optimizers of `../torch/peer.py`.
//!
//! ```sh
//! cargo run --release -- --peer candle|burn [--threads 2] [--only SUBSTRING] [--seconds 1.0]
//! cargo run --release -- --peer candle|burn --list       the names
//! cargo run --release -- --peer candle|burn --serve      {"name", "seconds"} a line on stdin, one result a line back
//! ```
//!
//! A result is `{"name", "median_ms", "min_ms", "runs"}`. `cargo xtask compare --peer candle` (or `burn`) starts this.
//! Workloads that a library can't express with its own layers are left out.

mod measure;
mod sizes;
mod with_burn;
mod with_candle;
mod workload;

use std::io::{BufRead, stdin};
use std::process::{Command, ExitCode};
use std::{env, fs};

use serde_json::{Value, json};
use workload::{Result, Workload};

const USAGE: &str = "--peer candle|burn [--threads N] [--only SUBSTRING] [--seconds X] [--list | --serve]";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let options = Options::read(env::args().skip(1))?;
    let (version, workloads) = match options.peer.as_str() {
        "candle" => (locked("candle-core"), with_candle::workloads()),
        "burn" => (locked("burn"), with_burn::workloads()),
        other => return Err(format!("peer {other:?} is not known here; expected candle or burn\n{USAGE}").into()),
    };
    if options.list {
        workloads.iter().for_each(|workload| println!("{}", workload.name));
        return Ok(ExitCode::SUCCESS);
    }
    // Both libraries read the number of threads from the environment when they first need any.
    let threads = options.threads.to_string();
    if env::var("RAYON_NUM_THREADS").as_ref() != Ok(&threads) {
        let again = Command::new(env::current_exe()?)
            .args(env::args().skip(1))
            .envs(["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"].map(|name| (name, &threads)))
            .status()?;
        return Ok(if again.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if options.serve {
        let names: Vec<&str> = workloads.iter().map(|workload| workload.name.as_str()).collect();
        let peer = format!("{} {version}", options.peer);
        println!("{}", json!({"ready": true, "peer": peer, "threads": options.threads, "workloads": names}));
        serve(&workloads)?;
    } else {
        for workload in workloads.iter().filter(|workload| workload.name.contains(&options.only)) {
            println!("{}", measure::measure(workload, options.seconds)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn serve(workloads: &[Workload]) -> Result {
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let (name, seconds) = (request["name"].as_str().unwrap_or(""), request["seconds"].as_f64().unwrap_or(1.0));
        let workload = workloads.iter().find(|workload| workload.name == name);
        println!("{}", measure::measure(workload.ok_or_else(|| format!("no workload is called {name:?}"))?, seconds)?);
    }
    Ok(())
}

/// The version of a dependency that the lock file names.
fn locked(name: &str) -> String {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap_or_default();
    let package = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&package).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("of unknown version", |(version, _)| version).to_string()
}

/// The command line.
struct Options {
    peer: String,
    threads: usize,
    only: String,
    seconds: f64,
    list: bool,
    serve: bool,
}

impl Options {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let (peer, only) = (String::new(), String::new());
        let mut options = Self { peer, threads: 2, only, seconds: 1.0, list: false, serve: false };
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{flag} needs a value\n{USAGE}"));
            match flag.as_str() {
                "--peer" => options.peer = value()?,
                "--threads" => options.threads = value()?.parse()?,
                "--only" => options.only = value()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--list" => options.list = true,
                "--serve" => options.serve = true,
                other => return Err(format!("{other} is not understood\n{USAGE}").into()),
            }
        }
        Ok(options)
    }
}
