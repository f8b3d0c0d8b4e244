//! `cargo xtask compare`: Plywood and a peer by turns, workload by workload, in one run.
//!
//! Absolute times drift between machines and hours; ratios of medians taken side by side don't. Each workload goes
//! several rounds: Plywood, then the peer, and if that is PyTorch, PyTorch with its memory kept. Between turns all sides
//! are idle.

use std::thread::sleep;
use std::time::Duration;

use super::measure::{measure, median};
use super::peer::{KEPT_MEMORY, Peer, python};
use super::workload::Workload;
use super::workloads::workloads;
use super::{Dtype, Settings, memory, same_mathematics, select};
use crate::Result;
use crate::cli::Args;

const USAGE: &str = "compare [--peer torch|candle|burn] [--only SUBSTRING] [--threads N] [--seconds X] [--rounds N]
        [--dtype f32|f64] [--python PATH] [--losses | --memory]
  --losses   compare the first five losses of training from equal weights and data instead of times; PyTorch only
  --memory   compare the training steps' resident memory and page faults instead of times; PyTorch only";

/// Threads of the libraries spin for a while after work; nobody is measured while another still does.
const PAUSE: Duration = Duration::from_millis(300);

/// Prints a line a workload and the geometric mean of the ratios.
pub fn main(args: &[String]) -> Result {
    let flags = ["--peer", "--only", "--threads", "--seconds", "--rounds", "--python", "--dtype"];
    let args = Args::parse(args, &flags, &["--losses", "--memory"]).map_err(|e| format!("{e}\nusage: {USAGE}"))?;
    let library = args.value::<String>("--peer")?.unwrap_or_else(|| "torch".into());
    if !["torch", "candle", "burn"].contains(&library.as_str()) {
        return Err(format!("peer {library:?} is not known here; expected torch, candle or burn").into());
    }
    let settings = Settings::read(&args)?;
    let python = python(args.value("--python")?);
    let selected = select(workloads(settings.dtype), &settings.only)?;
    settings.only_single(&args, &["--losses", "--memory"])?;
    if settings.dtype == Dtype::F64 && library != "torch" {
        return Err(format!("--dtype f64 compares with PyTorch; {library}'s side knows f32 only").into());
    }
    for question in ["--losses", "--memory"] {
        if args.switch(question) && library != "torch" {
            return Err(format!("{question} compares with PyTorch; {library} doesn't answer it").into());
        }
    }
    if args.switch("--losses") {
        return same_mathematics::compare(&settings.only, &python, settings.threads);
    }
    if args.switch("--memory") {
        return memory::compare(&selected, &python, settings.threads);
    }

    let mut sides = match library.as_str() {
        "torch" => vec![
            Side::new("PyTorch", Peer::torch(&python, &settings, &[])?),
            Side::new("kept mem.", Peer::torch(&python, &settings, KEPT_MEMORY)?),
        ],
        rust => vec![Side::new(rust, Peer::rust(rust, settings.threads)?)],
    };
    let rounds: usize = args.value("--rounds")?.unwrap_or(3).max(1);
    println!("{} · {}\n", settings.describe(), sides[0].peer.greeting);
    println!("{}", row("medians in ms", "Plywood", sides.iter().map(|side| [&side.heading, "ratio"])));
    let (measured, lacking): (Vec<_>, Vec<_>) = selected.iter().partition(|workload| sides[0].peer.has(&workload.name));
    for workload in measured {
        println!("{}", compare(workload, &mut sides, rounds, settings.seconds / rounds as f64)?);
    }
    let means: Vec<String> = sides.iter().map(|side| format!("{:.3}", mean(&side.ratios))).collect();
    println!("{}", row("geometric mean", "", means.iter().map(|mean| ["", mean])));
    if !lacking.is_empty() {
        let names: Vec<&str> = lacking.iter().map(|workload| workload.name.as_str()).collect();
        println!("\nskipped, because {library}'s side lacks them: {}", names.join(", "));
    }
    if let Some((faults, name)) = sides.iter().skip(1).find_map(|kept| kept.most_faults.as_ref()) {
        println!("\nwith its memory kept, PyTorch took at most {faults:.0} minor page faults a call ({name})");
    }
    Ok(())
}

/// A peer and what has been found of it.
struct Side {
    heading: String,
    peer: Peer,
    /// Plywood's median by the peer's, a workload each.
    ratios: Vec<f64>,
    /// The most page faults of a call, and whose.
    most_faults: Option<(f64, String)>,
}

impl Side {
    fn new(heading: &str, peer: Peer) -> Self {
        Self { heading: heading.into(), peer, ratios: vec![], most_faults: None }
    }

    /// Measures a workload; the median in milliseconds.
    fn measure(&mut self, name: &str, seconds: f64) -> Result<f64> {
        let (timing, faults) = self.peer.measure(name, seconds)?;
        let most = self.most_faults.as_ref().map_or(0.0, |most| most.0);
        if let Some(faults) = faults.filter(|&faults| faults > most) {
            self.most_faults = Some((faults, name.into()));
        }
        Ok(timing.median_ms)
    }
}

/// Measures a workload by turns; the table's line.
fn compare(workload: &Workload, sides: &mut [Side], rounds: usize, seconds: f64) -> Result<String> {
    let (mut ours, mut theirs) = (vec![], vec![vec![]; sides.len()]);
    for _ in 0..rounds {
        ours.push(measure(workload, seconds)?.median_ms);
        sleep(PAUSE);
        for (side, times) in sides.iter_mut().zip(&mut theirs) {
            times.push(side.measure(&workload.name, seconds)?);
            sleep(PAUSE);
        }
    }
    let ours = median(ours);
    let mut cells = vec![];
    for (side, times) in sides.iter_mut().zip(theirs) {
        let time = median(times);
        side.ratios.push(ours / time);
        cells.push([format!("{time:.4}"), format!("{:.3}", ours / time)]);
    }
    let cells = cells.iter().map(|[time, ratio]| [time.as_str(), ratio]);
    Ok(row(&workload.name, &format!("{ours:.4}"), cells))
}

fn row<'a>(name: &str, ours: &str, sides: impl Iterator<Item = [&'a str; 2]>) -> String {
    let cells: Vec<String> = sides.map(|[time, ratio]| format!("{time:>10} {ratio:>7}")).collect();
    format!("{name:<40} {ours:>10} {}", cells.join("   "))
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
