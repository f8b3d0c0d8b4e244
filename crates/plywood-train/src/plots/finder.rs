//! The curve of the learning-rate range test.

use super::Chart;
use super::color::Color;
use super::lines::{LineChart, Note};
use super::numbers::short;
use super::scene::{Point, Scene};
use crate::{Error, Result};

/// Loss over a growing learning rate (Smith 2015, section 3.3), with the rate that it suggests.
///
/// ```
/// use plywood_train::plots::{Chart, FinderChart};
///
/// let chart = FinderChart::new("Rate finder", &[[1e-4, 2.3], [1e-3, 2.0], [1e-2, 0.9], [1e-1, 4.0]], Some(3e-3));
/// assert!(chart.scene()?.to_svg().contains("suggested: 0.003"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FinderChart {
    title: String,
    points: Vec<Point>,
    suggestion: Option<f64>,
}

impl FinderChart {
    /// A chart of `[learning rate, smoothed loss]` points.
    pub fn new(title: impl Into<String>, points: &[Point], suggestion: Option<f64>) -> Self {
        Self { title: title.into(), points: points.to_vec(), suggestion }
    }
}

impl Chart for FinderChart {
    fn scene(&self) -> Result<Scene> {
        let first = self.points.iter().find(|p| p[1].is_finite());
        let Some(first) = first else {
            return Err(Error::value("finder chart", "losses", "at least one finite value", "none"));
        };
        // The loss explodes at the end: beyond the start by half its fall, the height says nothing more.
        let low = self.points.iter().map(|p| p[1]).filter(|v| v.is_finite()).fold(first[1], f64::min);
        let (fall, top) = (first[1] - low, self.points.iter().map(|p| p[1]).fold(first[1], f64::max));
        let mut chart = LineChart::new(self.title.as_str())
            .x_label("learning rate (log scale)")
            .y_label("smoothed training loss")
            .log_x()
            .y_range(low - 0.08 * (fall + 1e-9), top.min(first[1] + 0.5 * fall.max(1e-9)));
        chart = chart.line("", self.points.clone());
        chart.series[0].dots = false;
        if let Some(rate) = self.suggestion {
            let color = Color::series(1);
            let nearest = |p: &&Point| (p[0].ln() - rate.ln()).abs();
            let loss = self.points.iter().min_by(|a, b| nearest(a).total_cmp(&nearest(b))).map_or(low, |p| p[1]);
            chart.verticals.push((rate, color));
            chart.notes.push(Note {
                at: [rate, loss],
                text: format!("suggested: {}", short(rate)),
                color,
                beside: true,
            });
        }
        chart.scene()
    }
}
