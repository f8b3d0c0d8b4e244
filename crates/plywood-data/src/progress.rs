//! How far a long reading or download has come.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How far a download has come, or the reading of many files.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'f> {
    /// The file's name, or what the files are.
    pub file: &'f str,
    /// Bytes that have arrived; where there are many files, those that have been read.
    pub done: u64,
    /// Bytes of the whole file; where there are many, their number.
    pub total: u64,
}

/// Draws a bar on standard error, ten times a second at most; nothing where that is no terminal.
pub(crate) fn bar() -> impl FnMut(&Progress) {
    const WIDTH: usize = 30;
    let terminal = std::io::stderr().is_terminal();
    let mut drawn: Option<Instant> = None;
    move |progress| {
        let finished = progress.done >= progress.total;
        let early = drawn.is_some_and(|at| at.elapsed() < Duration::from_millis(100));
        if !terminal || (early && !finished) {
            return;
        }
        drawn = (!finished).then(Instant::now);
        let share = progress.done as f64 / progress.total.max(1) as f64;
        let filled = (share * WIDTH as f64) as usize;
        let bar = format!("{}{}", "█".repeat(filled.min(WIDTH)), "░".repeat(WIDTH.saturating_sub(filled)));
        let end = if finished { "\n" } else { "" };
        // A bar that can't be drawn is no reason to stop.
        let _ = write!(std::io::stderr(), "\r{} {bar} {:3.0} %{end}", progress.file, share * 100.0);
    }
}
