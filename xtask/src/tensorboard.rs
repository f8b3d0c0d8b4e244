//! `cargo xtask tensorboard`: does TensorBoard itself read our event files?
//!
//! Writes one of everything with plywood-train's example, installs TensorBoard from PyPI into a virtual environment
//! under `target/`, and reads the files back with its own event accumulator. Needs Python 3 and a network.

use std::process::Command;

use crate::{Result, workspace_root};

/// The release that the script was written against.
const PACKAGES: &[&str] = &["tensorboard==2.21.0", "setuptools<81"];
/// What is expected of the files that the example writes.
const SCRIPT: &str = include_str!("tensorboard.py");

/// Runs the comparison.
pub fn main(_: &[String]) -> Result {
    let root = workspace_root();
    let (events, environment) = (root.join("target/tensorboard"), root.join("target/tensorboard-venv"));
    if events.exists() {
        std::fs::remove_dir_all(&events)?;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let example = ["run", "--package", "plywood-train", "--features", "tensorboard", "--example", "tensorboard"];
    run(Command::new(cargo).args(example))?;
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    run(Command::new(&python).args(["-c", SCRIPT]).arg(&events))
}

fn run(command: &mut Command) -> Result {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.current_dir(workspace_root()).status().map_err(|e| format!("could not start {name}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}").into()) }
}
