//! The other side of a comparison: a process that measures a workload when asked. PyTorch's is a Python program,
//! candle's and burn's a Rust program outside the workspace.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::Settings;
use super::measure::Timing;
use crate::{Result, workspace_root};

/// glibc keeps freed memory instead of returning it to the system, and OpenMP's threads sleep while they wait.
///
/// This is PyTorch without the two costs that a comparison could be said to rest on: page faults and spinning.
pub const KEPT_MEMORY: &[(&str, &str)] = &[
    ("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"),
    ("OMP_WAIT_POLICY", "PASSIVE"),
];

/// A running peer.
pub struct Peer {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// What the peer said of itself: its version and threads.
    pub greeting: String,
    workloads: Vec<String>,
}

/// Where the peers' Python is: the flag, else the environment, else `python3`.
pub fn python(flag: Option<String>) -> String {
    flag.or_else(|| env::var("PLYWOOD_TORCH_PYTHON").ok()).unwrap_or_else(|| "python3".into())
}

fn script() -> PathBuf {
    workspace_root().join("benchmarks/torch/peer.py")
}

impl Peer {
    /// Starts PyTorch's side with additional environment variables.
    ///
    /// # Errors
    /// If Python or PyTorch is missing.
    pub(super) fn torch(python: &str, settings: &Settings, environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(python);
        command.arg(script()).args(["--dtype", settings.dtype.name()]).envs(environment.iter().copied());
        let hint = format!("has {python} torch and torchvision? name one that has with --python");
        Self::start(command, settings.threads, &hint)
    }

    /// Builds and starts the side of a Rust library, `candle` or `burn`. The first build takes minutes.
    ///
    /// # Errors
    /// If it can't be built.
    pub fn rust(library: &str, threads: usize) -> Result<Self> {
        let manifest = workspace_root().join("benchmarks/rust/Cargo.toml");
        let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
        let mut command = Command::new(cargo);
        command.args(["run", "--release", "--locked", "--manifest-path"]).arg(manifest);
        command.args(["--", "--peer", library]);
        // Set before the process begins, so that it needn't start itself again.
        let count = threads.to_string();
        command.env("RAYON_NUM_THREADS", &count).env("CANDLE_NUM_THREADS", &count);
        Self::start(command, threads, "it is built from benchmarks/rust, with packages from the registry")
    }

    /// Waits until the peer is ready.
    fn start(mut command: Command, threads: usize, hint: &str) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = command
            .args(["--serve", "--threads", &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("could not start {program}: {e}; {hint}"))?;
        let requests = process.stdin.take().expect("stdin was piped");
        let answers = BufReader::new(process.stdout.take().expect("stdout was piped"));
        let mut peer = Self { process, requests, answers, greeting: String::new(), workloads: vec![] };
        let hello = peer.answer().map_err(|e| format!("the peer did not get ready: {e}; {hint}"))?;
        peer.greeting = format!("{}, {} threads", hello["peer"].as_str().unwrap_or("?"), hello["threads"]);
        let names = hello["workloads"].as_array().into_iter().flatten();
        peer.workloads = names.filter_map(Value::as_str).map(String::from).collect();
        Ok(peer)
    }

    /// Whether the peer has a workload of this name.
    pub fn has(&self, name: &str) -> bool {
        self.workloads.iter().any(|known| known == name)
    }

    /// Measures a workload for about `seconds`; also the minor page faults of one call, where the peer counts them.
    ///
    /// # Errors
    /// If the peer fails on the workload, or has ended.
    pub fn measure(&mut self, name: &str, seconds: f64) -> Result<(Timing, Option<f64>)> {
        writeln!(self.requests, "{}", json!({ "name": name, "seconds": seconds }))?;
        let answer = self.answer().map_err(|e| format!("the peer failed on {name}: {e}"))?;
        let number = |key: &str| answer[key].as_f64().ok_or_else(|| format!("the peer's answer lacks {key}: {answer}"));
        let timing =
            Timing { median_ms: number("median_ms")?, min_ms: number("min_ms")?, runs: number("runs")? as usize };
        Ok((timing, answer["faults"].as_f64()))
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("it ended without an answer".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Already ended is as good as ended now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts PyTorch's side for one question, e.g. `--losses NAME`, and returns its answer.
///
/// # Errors
/// If Python or PyTorch is missing, or the question isn't understood.
pub fn ask(python: &str, threads: usize, question: &[&str]) -> Result<Value> {
    let output = Command::new(python)
        .arg(script())
        .args(question)
        .args(["--threads", &threads.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("could not start {python}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{python} peer.py {} failed", question.join(" ")).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
