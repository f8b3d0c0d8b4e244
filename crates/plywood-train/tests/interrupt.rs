//! Ctrl-C on a real process: the step is finished, a checkpoint written, and the program ends as it would by itself.

#![cfg(all(unix, feature = "interrupt"))]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::process::{self, child, fresh, steps, wait_for, weights};
use plywood_nn::{Scalar, Stream};
use plywood_train::callbacks::Interrupt;
use plywood_train::{Callback, Checkpoint, Checkpoints, Flow, Result, Run};

/// Tells the child to get stuck in a step.
const STUCK: &str = "PLYWOOD_TEST_STUCK";

/// The training run; what the child process is. Does nothing when it is run as an ordinary test.
#[test]
fn run() {
    let Some(folder) = process::folder() else { return };
    // No checkpoint within an epoch but the one that Ctrl-C brings.
    let history = process::train(&folder, Checkpoints::new(&folder), |trainer| {
        let trainer = trainer.callback(Interrupt::new().unwrap());
        if std::env::var_os(STUCK).is_some() { trainer.callback(Stuck) } else { trainer }
    });
    let history = history.unwrap();
    assert!(history.stopped().is_none_or(|reason| reason == "Ctrl-C was pressed"), "{:?}", history.stopped());
}

/// Never comes to the end of a step.
struct Stuck;

impl<M, T: Scalar> Callback<M, T> for Stuck {
    fn name(&self) -> String {
        "stuck".into()
    }
    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        if run.step > 12 {
            std::thread::sleep(Duration::from_secs(600));
        }
        Ok(Flow::Continue)
    }
}

/// What Ctrl-C in a terminal does.
fn interrupt(id: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().unwrap().success());
}

/// The step at which the newest checkpoint of a folder was written.
fn saved(folder: &Path) -> usize {
    let path = Checkpoints::latest(folder).unwrap().expect("a checkpoint is there");
    Checkpoint::<f32>::open(path).unwrap().value("step").unwrap().as_u64().unwrap() as usize
}

#[test]
fn ctrl_c_finishes_the_step_saves_and_exits_cleanly() {
    let folder = fresh("interrupt");
    let (whole, cut) = (folder.join("whole"), folder.join("cut"));
    assert!(child("run", &whole).status().unwrap().success());

    let random = &mut Stream::new(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
    let (mut presses, mut at) = (0, Vec::new());
    while !cut.join("done.safetensors").exists() {
        let mut child = child("run", &cut).spawn().unwrap();
        // Not before it has made a step of its own: by then it listens.
        let until = steps(&cut) + 1 + random.below(20);
        wait_for("some steps", || steps(&cut) >= until || child.try_wait().unwrap().is_some());
        if child.try_wait().unwrap().is_none() {
            interrupt(child.id());
            presses += 1;
        }
        assert_eq!(child.wait().unwrap().code(), Some(0), "it exits by itself, with success");
        assert_eq!(saved(&cut), steps(&cut), "all steps that were made are in the checkpoint");
        at.push(saved(&cut));
    }
    println!("{presses} times Ctrl-C; saved at {at:?}");
    assert!(at.iter().any(|step| step % 12 != 0), "at least once within an epoch: {at:?}");
    assert_eq!(weights(&cut), weights(&whole), "resumed, it ends with the same bits");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_step() {
    let folder = fresh("interrupt-twice");
    let mut child = child("run", &folder).env(STUCK, "").spawn().unwrap();
    wait_for("the step that never ends", || steps(&folder) > 12);
    interrupt(child.id());
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none(), "the first one waits");
    interrupt(child.id());
    wait_for("the end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130), "128 and the number of the signal, as shells report it");
    assert_eq!(saved(&folder), 12, "the checkpoint of the last epoch is whole");
    std::fs::remove_dir_all(folder).unwrap();
}
