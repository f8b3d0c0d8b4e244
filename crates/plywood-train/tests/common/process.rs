//! A training run in a process of its own, so that it can be killed, interrupted and starved.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plywood_data::DataLoader;
use plywood_nn::{Module, Scalar};
use plywood_optim::{Adam, CosineAnnealingLR};
use plywood_train::metrics::Accuracy;
use plywood_train::{Callback, Checkpoints, EarlyStopping, Flow, History, Result, Run};

use super::{Net, Trained, loader, loss, samples};

/// Tells the child which folder to train in.
const FOLDER: &str = "PLYWOOD_TEST_RUN";

/// The folder to train in, if this process is a child.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// A folder of this process's own, empty.
pub fn fresh(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("plywood-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Makes steps slow enough to be hit in the middle, and tells how many there were.
struct Slow(PathBuf);

impl<M, T: Scalar> Callback<M, T> for Slow {
    fn name(&self) -> String {
        "slow".into()
    }
    fn on_step(&mut self, run: &mut Run<'_, M, T>) -> Result<Flow> {
        std::fs::write(self.0.join("steps"), run.step.to_string()).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        Ok(Flow::Continue)
    }
}

/// Trains in a folder from its newest checkpoint on, with all that a checkpoint must hold; `adapt` adds to the trainer.
/// At the end of the run, not where it is stopped, the weights are in `done.safetensors`.
pub fn train(folder: &Path, policy: Checkpoints, adapt: impl FnOnce(Trained) -> Trained) -> Result<History> {
    std::fs::create_dir_all(folder).unwrap();
    let data = samples(84); // 12 batches
    let test = DataLoader::new(samples(30)).batch_size(30);
    let mut model = Net::new(7);
    let trainer = Trained::new(Adam::new(&model, 0.02)?, loss)
        .epochs(10)
        .metric(Accuracy::new())
        .ema(0.95)
        .schedule_by_step(CosineAnnealingLR::new(120)?)
        .validation(&test)
        .checkpoints(policy.keep_last(2).keep_best(2, "val_loss"))
        .resume()
        .callback(EarlyStopping::new("val_loss").patience(20))
        .callback(Slow(folder.to_owned()));
    let history = adapt(trainer).fit(&mut model, &loader(&data))?;
    if history.stopped().is_none() {
        model.save(folder.join("done.safetensors"))?;
    }
    Ok(history)
}

/// This test program again, running only the test `name`, which trains in `folder`.
pub fn child(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--quiet"]).env(FOLDER, folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The bytes of the final weights.
pub fn weights(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("done.safetensors")).unwrap()
}

/// How many steps the run in a folder has made.
pub fn steps(folder: &Path) -> usize {
    // While the file is being written it is empty.
    std::fs::read_to_string(folder.join("steps")).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Waits for something that comes soon.
#[track_caller]
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
