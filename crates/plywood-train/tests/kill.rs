//! Kills a training process with SIGKILL at random moments and resumes it: the weights end the same, bit for bit.

#![cfg(unix)]

mod common;

use std::time::Duration;

use common::process::{self, child, fresh, weights};
use plywood_nn::Stream;
use plywood_train::Checkpoints;

const KILLS: usize = 20;

/// The training run; what the child process is. Does nothing when it is run as an ordinary test.
#[test]
fn run() {
    let Some(folder) = process::folder() else { return };
    let history = process::train(&folder, Checkpoints::new(&folder).every_steps(3), |trainer| trainer).unwrap();
    assert_eq!(history.epochs().len(), 10);
}

#[test]
fn killed_at_random_moments_a_run_ends_with_the_same_bits() {
    let folder = fresh("kill");
    let whole = folder.join("whole");
    assert!(child("run", &whole).status().unwrap().success());
    let expected = weights(&whole);

    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("moments drawn with seed {seed}");
    let mut random = Stream::new(seed);
    let (mut kills, mut runs) = (0, 0);
    while kills < KILLS {
        let cut = folder.join(format!("run-{runs}"));
        runs += 1;
        loop {
            let mut child = child("run", &cut).spawn().unwrap();
            if kills < KILLS {
                std::thread::sleep(Duration::from_millis(random.below(250) as u64));
                child.kill().unwrap();
            }
            let status = child.wait().unwrap();
            match status.code() {
                // Killed by a signal: there is no code.
                None => kills += 1,
                Some(code) => {
                    assert_eq!(code, 0, "the child failed by itself");
                    break;
                }
            }
        }
        assert_eq!(weights(&cut), expected, "run {runs} ended otherwise");
    }
    println!("{kills} kills over {runs} runs");
    std::fs::remove_dir_all(folder).unwrap();
}
