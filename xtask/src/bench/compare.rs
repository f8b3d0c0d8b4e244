//! `cargo xtask compare`: Plywood and PyTorch by turns, workload by workload, in one run.
//!
//! Absolute times drift between machines and hours; ratios of medians taken side by side don't. Each workload goes
//! several rounds: Plywood, PyTorch, PyTorch with its memory kept. Between turns both sides are idle.

use std::thread::sleep;
use std::time::Duration;

use super::measure::{measure, median};
use super::peer::{KEPT_MEMORY, Peer, python};
use super::workloads::training_cases;
use super::{Settings, memory, same_mathematics, select, workloads::workloads};
use crate::Result;
use crate::cli::Args;

const USAGE: &str = "compare [--peer torch] [--only SUBSTRING] [--threads N] [--seconds X] [--rounds N]
        [--python PATH] [--losses | --memory]
  --losses   compare the first five losses of training from equal weights and data instead of times
  --memory   compare the training steps' resident memory and page faults instead of times";

/// Threads of the two libraries spin for a while after work; nobody is measured while the other still does.
const PAUSE: Duration = Duration::from_millis(300);

/// Prints a line a workload and the geometric mean of the ratios.
pub fn main(args: &[String]) -> Result {
    let flags = ["--peer", "--only", "--threads", "--seconds", "--rounds", "--python"];
    let args = Args::parse(args, &flags, &["--losses", "--memory"]).map_err(|e| format!("{e}\nusage: {USAGE}"))?;
    match args.value::<String>("--peer")?.as_deref() {
        None | Some("torch") => {}
        Some(other) => return Err(format!("peer {other:?} is not known here; expected torch").into()),
    }
    let settings = Settings::read(&args)?;
    let python = python(args.value("--python")?);
    let selected = select(workloads(), &settings.only)?;
    if args.switch("--losses") {
        return same_mathematics::compare(&training_cases(), &settings.only, &python, settings.threads);
    }
    if args.switch("--memory") {
        return memory::compare(&selected, &python, settings.threads);
    }

    let rounds: usize = args.value("--rounds")?.unwrap_or(3).max(1);
    let seconds = settings.seconds / rounds as f64;
    let mut plain = Peer::start(&python, settings.threads, &[])?;
    let mut kept = Peer::start(&python, settings.threads, KEPT_MEMORY)?;
    println!("{} · {}\n", settings.describe(), plain.greeting);
    println!("{}", row("medians in ms", ["Plywood", "PyTorch", "ratio", "kept mem.", "ratio"].map(String::from)));
    let (mut ratios, mut kept_ratios, mut most) = (vec![], vec![], (0.0, ""));
    for workload in &selected {
        let mut times = [vec![], vec![], vec![]];
        for _ in 0..rounds {
            times[0].push(measure(workload, seconds)?.median_ms);
            sleep(PAUSE);
            times[1].push(plain.measure(&workload.name, seconds)?.0.median_ms);
            sleep(PAUSE);
            let (timing, faulted) = kept.measure(&workload.name, seconds)?;
            times[2].push(timing.median_ms);
            if faulted > most.0 {
                most = (faulted, workload.name.as_str());
            }
            sleep(PAUSE);
        }
        let [ours, theirs, theirs_kept] = times.map(median);
        let (ratio, kept_ratio) = (ours / theirs, ours / theirs_kept);
        ratios.push(ratio);
        kept_ratios.push(kept_ratio);
        let ms = |time: f64| format!("{time:.4}");
        let cells = [ms(ours), ms(theirs), format!("{ratio:.3}"), ms(theirs_kept), format!("{kept_ratio:.3}")];
        println!("{}", row(&workload.name, cells));
    }
    let means = [&ratios, &kept_ratios].map(|ratios| format!("{:.3}", mean(ratios)));
    let [ratio, kept_ratio] = means;
    println!("{}", row("geometric mean", [String::new(), String::new(), ratio, String::new(), kept_ratio]));
    println!("\nwith its memory kept, PyTorch took at most {:.0} minor page faults a call ({})", most.0, most.1);
    Ok(())
}

fn row(name: &str, [ours, theirs, ratio, kept, kept_ratio]: [String; 5]) -> String {
    format!("{name:<40} {ours:>10} {theirs:>10} {ratio:>7}   {kept:>10} {kept_ratio:>7}")
}

/// The geometric mean.
fn mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|r| r.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_average_geometrically() {
        assert!((mean(&[0.5, 2.0]) - 1.0).abs() < 1e-12);
        assert!((mean(&[0.25]) - 0.25).abs() < 1e-12);
    }
}
