//! Kills a training process with SIGKILL at random moments and resumes it: the weights end the same, bit for bit.

#![cfg(unix)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Net, Trained, loader, loss, samples};
use plywood_data::DataLoader;
use plywood_nn::{Module, Scalar, Stream};
use plywood_optim::{Adam, CosineAnnealingLR};
use plywood_train::metrics::Accuracy;
use plywood_train::{Callback, Checkpoints, EarlyStopping, Flow, Result, Run};

/// Tells the child which folder to train in.
const FOLDER: &str = "PLYWOOD_KILL_TEST";
const KILLS: usize = 20;

/// Makes steps slow enough to be hit in the middle.
struct Slow;

impl<M, T: Scalar> Callback<M, T> for Slow {
    fn name(&self) -> String {
        "slow".into()
    }
    fn on_step(&mut self, _run: &mut Run<'_, M, T>) -> Result<Flow> {
        std::thread::sleep(Duration::from_millis(2));
        Ok(Flow::Continue)
    }
}

/// The training run; what the child process is. Does nothing when it is run as an ordinary test.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let data = samples(84); // 12 batches
    let test = DataLoader::new(samples(30)).batch_size(30);
    let mut model = Net::new(7);
    let policy = Checkpoints::new(&folder).every_steps(3).keep_last(2).keep_best(2, "val_loss");
    let mut trainer = Trained::new(Adam::new(&model, 0.02).unwrap(), loss)
        .epochs(10)
        .metric(Accuracy::new())
        .ema(0.95)
        .schedule_by_step(CosineAnnealingLR::new(120).unwrap())
        .validation(&test)
        .checkpoints(policy)
        .resume()
        .callback(EarlyStopping::new("val_loss").patience(20))
        .callback(Slow);
    let history = trainer.fit(&mut model, &loader(&data)).unwrap();
    assert_eq!(history.epochs().len(), 10);
    model.save(folder.join("done.safetensors")).unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--quiet"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The bytes of the final weights.
fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("done.safetensors")).unwrap()
}

#[test]
fn killed_at_random_moments_a_run_ends_with_the_same_bits() {
    let folder = std::env::temp_dir().join(format!("plywood-kill-{}", std::process::id()));
    let whole = folder.join("whole");
    assert!(start(&whole).wait().unwrap().success());
    let expected = weights(&whole);

    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("moments drawn with seed {seed}");
    let mut random = Stream::new(seed);
    let (mut kills, mut runs) = (0, 0);
    while kills < KILLS {
        let cut = folder.join(format!("run-{runs}"));
        runs += 1;
        loop {
            let mut child = start(&cut);
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
