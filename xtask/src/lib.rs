//! The workspace's own commands, as a library, so that `cargo test` holds what the command line shows.
//!
//! `cargo xtask` lists the commands. Each is a module with a `main` that takes the rest of the command line.

pub mod bench;
pub mod ci;
pub mod cli;
pub mod conformance;
pub mod coverage;
pub mod examples;
pub mod formula;
pub mod layers;
pub mod tensorboard;

use std::path::{Path, PathBuf};

/// What stops a command: a sentence for the terminal.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a command returns.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// The folder of the workspace, wherever the command was started.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace's folder").to_path_buf()
}
