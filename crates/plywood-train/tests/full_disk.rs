//! A disk that is full while a checkpoint is saved: the run ends with an error that names the file, what was saved
//! before stays, and the run goes on from it.

#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::Command;

use common::process::{self, child, fresh, weights};
use plywood_train::{Checkpoints, TimeBudget};

/// Tells the child to stop in its first epoch.
const SHORT: &str = "PLYWOOD_TEST_SHORT";

/// The training run; what the child process is. Does nothing when it is run as an ordinary test.
#[test]
fn run() {
    let Some(folder) = process::folder() else { return };
    let result = process::train(&folder, Checkpoints::new(&folder).every_steps(5), |trainer| {
        let short = std::env::var_os(SHORT).is_some();
        if short { trainer.callback(TimeBudget::new(std::time::Duration::ZERO)) } else { trainer }
    });
    if let Err(error) = result {
        std::fs::write(folder.join("error"), error.to_string()).unwrap();
        std::process::exit(3);
    }
}

/// The same program, but for it no file may grow beyond a few hundred bytes: a write then fails, as on a full disk.
fn starved(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    // The signal that the limit sends is ignored, so that the write itself fails.
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).arg(command.get_program());
    shell.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// Names and contents of a folder's files.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name.contains("safetensors"))
        .collect();
    files.sort();
    files
}

#[test]
fn nothing_is_lost() {
    let folder = fresh("full-disk");
    let (whole, cut) = (folder.join("whole"), folder.join("cut"));
    assert!(child("run", &whole).status().unwrap().success());

    assert!(child("run", &cut).env(SHORT, "").status().unwrap().success());
    let before = files(&cut);
    assert_eq!(before.len(), 1, "one checkpoint, at the step at which the run was stopped");

    assert_eq!(starved(&child("run", &cut)).output().unwrap().status.code(), Some(3), "the run ends with an error");
    let error = std::fs::read_to_string(cut.join("error")).unwrap();
    println!("{error}");
    let path = cut.join("step-00000005.safetensors");
    assert!(error.starts_with(&format!("could not write {}", path.display())), "{error}");
    assert!(files(&cut) == before, "what was saved before is as it was, and nothing unfinished is left");

    assert!(child("run", &cut).status().unwrap().success());
    assert!(weights(&cut) == weights(&whole), "with room again it goes on to the same bits");
    std::fs::remove_dir_all(folder).unwrap();
}
