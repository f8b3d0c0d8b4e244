//! The progress bar: one line in the terminal, nothing where there is no terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How a long loop gets on: a bar with count, rate, time left and figures, redrawn at most ten times a second.
///
/// It writes to the standard error stream, and only if that is a terminal, so that logs stay clean.
///
/// ```
/// use plywood_train::Progress;
///
/// let mut bar = Progress::new("epoch 1/3", 100);
/// for step in 0..100 {
///     bar.advance(1, &[("loss", 1.0 / (step + 1) as f64)]);
/// }
/// bar.finish(&[("loss", 0.01)]);
/// ```
pub struct Progress {
    out: Option<Box<dyn Write + Send>>,
    label: String,
    total: usize,
    done: usize,
    /// What was done before this bar started, which tells nothing about the present rate.
    head_start: usize,
    start: Instant,
    drawn: Option<Instant>,
}

const WIDTH: usize = 24;
const PAUSE: Duration = Duration::from_millis(100);

impl Progress {
    /// A bar of `total` steps; hidden unless the standard error stream is a terminal.
    pub fn new(label: impl Into<String>, total: usize) -> Self {
        let out = stderr().is_terminal().then(|| Box::new(stderr()) as _);
        Self::with(out, label.into(), total)
    }

    /// A bar that shows nothing.
    pub fn hidden() -> Self {
        Self::with(None, String::new(), 0)
    }

    /// A bar that is drawn into `out`, whatever that is.
    pub fn to(out: impl Write + Send + 'static, label: impl Into<String>, total: usize) -> Self {
        Self::with(Some(Box::new(out)), label.into(), total)
    }

    fn with(out: Option<Box<dyn Write + Send>>, label: String, total: usize) -> Self {
        Self { out, label, total, done: 0, head_start: 0, start: Instant::now(), drawn: None }
    }

    /// Starts at `done` steps: a loop that goes on where it was interrupted.
    pub fn starting_at(self, done: usize) -> Self {
        Self { done, head_start: done, ..self }
    }

    /// Whether anything is shown.
    pub fn is_visible(&self) -> bool {
        self.out.is_some()
    }

    /// Whether the next call of [`advance`](Self::advance) draws: figures that are dear to compute can wait for it.
    pub fn is_due(&self) -> bool {
        self.out.is_some() && self.drawn.is_none_or(|at| at.elapsed() >= PAUSE)
    }

    /// Counts `steps` more and shows the figures.
    pub fn advance(&mut self, steps: usize, figures: &[(&str, f64)]) {
        let due = self.is_due();
        self.done += steps;
        if due {
            self.drawn = Some(Instant::now());
            let line = self.line(self.start.elapsed(), figures);
            self.write(&format!("\r{line}\x1b[K"));
        }
    }

    /// Draws the bar a last time and ends the line.
    pub fn finish(mut self, figures: &[(&str, f64)]) {
        if self.out.is_some() {
            let line = self.line(self.start.elapsed(), figures);
            self.write(&format!("\r{line}\x1b[K\n"));
        }
    }

    fn write(&mut self, text: &str) {
        if let Some(out) = &mut self.out {
            // A terminal that has gone away is no reason to stop training.
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }

    fn line(&self, elapsed: Duration, figures: &[(&str, f64)]) -> String {
        let share = if self.total == 0 { 1.0 } else { (self.done as f64 / self.total as f64).min(1.0) };
        let filled = (share * WIDTH as f64).round() as usize;
        let bar = format!("{}{}", "━".repeat(filled), "·".repeat(WIDTH - filled));
        let (seconds, done) = (elapsed.as_secs_f64(), self.done.saturating_sub(self.head_start) as f64);
        let rate = if seconds > 0.0 { done / seconds } else { 0.0 };
        let time = if self.done >= self.total {
            format!("{} ", clock(seconds))
        } else if rate > 0.0 {
            format!("{} left ", clock((self.total - self.done) as f64 / rate))
        } else {
            String::new()
        };
        let mut line = format!("{} {bar} {}/{}  {}/s  {time}", self.label, self.done, self.total, figure(rate));
        for (name, value) in figures {
            line += &format!(" {name} {}", figure(*value));
        }
        line
    }
}

/// Minutes and seconds, or hours and minutes, or seconds with a decimal.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        _ => format!("{}:{:02} h", whole / 3600, whole / 60 % 60),
    }
}

/// Four significant digits.
pub(crate) fn figure(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) {
        return format!("{value:.2e}");
    }
    let whole = if size < 1.0 { 0 } else { size.log10().floor() as usize };
    format!("{value:.*}", if size < 1.0 { 4 } else { 3usize.saturating_sub(whole) })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bar_names_count_time_and_figures() {
        let bar = Progress::to(Screen::default(), "epoch 1/2", 40).starting_at(10);
        let line = Progress { done: 20, ..bar }.line(Duration::from_secs(5), &[("loss", 0.25), ("accuracy", 0.98765)]);
        assert_eq!(line, "epoch 1/2 ━━━━━━━━━━━━············ 20/40  2.000/s  10.0 s left  loss 0.2500 accuracy 0.9877");
    }

    #[test]
    fn redrawing_is_rare_and_the_end_is_always_shown() {
        let screen = Screen::default();
        let mut bar = Progress::to(screen.clone(), "x", 1000);
        (0..1000).for_each(|_| bar.advance(1, &[]));
        bar.finish(&[]);
        let shown = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        assert!(shown.matches('\r').count() < 100, "{}", shown.matches('\r').count());
        assert!(shown.ends_with("\x1b[K\n") && shown.contains("1000/1000"));
    }

    #[test]
    fn no_steps_at_all_is_a_full_bar() {
        let line = Progress::to(Screen::default(), "", 0).line(Duration::ZERO, &[]);
        assert!(line.contains("0/0"), "{line}");
        assert!(!Progress::hidden().is_visible());
    }

    #[test]
    fn numbers_and_times_read_naturally() {
        assert_eq!(
            [0.0, 0.12345, 12.3456, 1e-5, 98765.4, f64::NAN].map(figure),
            ["0.0000", "0.1235", "12.35", "1.00e-5", "98765", "NaN"]
        );
        assert_eq!([3.21, 75.0, 3725.0].map(clock), ["3.2 s", "1:15 min", "1:02 h"]);
    }
}
