//! The other side of a comparison: a Python process that measures a workload when asked.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

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
}

/// Where the peers' Python is: the flag, else the environment, else `python3`.
pub fn python(flag: Option<String>) -> String {
    flag.or_else(|| env::var("PLYWOOD_TORCH_PYTHON").ok()).unwrap_or_else(|| "python3".into())
}

fn script() -> PathBuf {
    workspace_root().join("benchmarks/torch/peer.py")
}

impl Peer {
    /// Starts `peer.py --serve` with additional environment variables and waits until it is ready.
    ///
    /// # Errors
    /// If Python or PyTorch is missing.
    pub fn start(python: &str, threads: usize, environment: &[(&str, &str)]) -> Result<Self> {
        let mut process = Command::new(python)
            .arg(script())
            .args(["--serve", "--threads", &threads.to_string()])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("could not start {python}: {e}; name one that has torch with --python"))?;
        let requests = process.stdin.take().expect("stdin was piped");
        let answers = BufReader::new(process.stdout.take().expect("stdout was piped"));
        let mut peer = Self { process, requests, answers, greeting: String::new() };
        let hello =
            peer.answer().map_err(|e| format!("{python} did not get ready; has it torch and torchvision? {e}"))?;
        peer.greeting = format!("PyTorch {}, {} threads", hello["torch"].as_str().unwrap_or("?"), hello["threads"]);
        Ok(peer)
    }

    /// Measures a workload for about `seconds`; also the minor page faults of one call.
    ///
    /// # Errors
    /// If the peer doesn't know the workload, or has ended.
    pub fn measure(&mut self, name: &str, seconds: f64) -> Result<(Timing, f64)> {
        writeln!(self.requests, "{}", json!({ "name": name, "seconds": seconds }))?;
        let answer = self.answer().map_err(|e| format!("the peer failed on {name}: {e}"))?;
        let number = |key: &str| answer[key].as_f64().ok_or_else(|| format!("the peer's answer lacks {key}: {answer}"));
        let timing =
            Timing { median_ms: number("median_ms")?, min_ms: number("min_ms")?, runs: number("runs")? as usize };
        Ok((timing, number("faults")?))
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

/// Starts the peer for one question, e.g. `--losses NAME`, and returns its answer.
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
