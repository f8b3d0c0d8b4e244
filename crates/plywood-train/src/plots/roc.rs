//! Curves of a binary classifier over all thresholds: ROC, and precision over recall.

use super::Chart;
use super::lines::LineChart;
use super::scene::{Point, Scene};
use crate::Result;

/// True against false positive rate, with the area under each curve in the legend.
///
/// The points come from [`roc_curve`](crate::metrics::roc_curve).
#[derive(Clone, Debug)]
pub struct RocChart(LineChart);

impl RocChart {
    /// A chart with the diagonal on which guessing lies.
    pub fn new(title: impl Into<String>) -> Self {
        let chart = LineChart::new(title).x_label("false positive rate").y_label("true positive rate");
        Self(chart.x_range(0.0, 1.0).y_range(0.0, 1.0))
    }

    /// Adds a curve of `[false positive rate, true positive rate]` points.
    pub fn curve(self, name: &str, points: &[Point]) -> Self {
        let area = area_under(points);
        Self(self.0.line(format!("{name} (area {area:.3})"), points))
    }
}

impl Chart for RocChart {
    fn scene(&self) -> Result<Scene> {
        square(self.0.clone().reference("guessing (area 0.5)", [[0.0, 0.0], [1.0, 1.0]]))
    }
}

/// Precision over recall, for classes of which one is rare.
///
/// The points come from [`precision_recall_curve`](crate::metrics::precision_recall_curve).
#[derive(Clone, Debug)]
pub struct PrecisionRecallChart(LineChart);

impl PrecisionRecallChart {
    /// An empty chart.
    pub fn new(title: impl Into<String>) -> Self {
        let chart = LineChart::new(title).x_label("recall").y_label("precision");
        Self(chart.x_range(0.0, 1.0).y_range(0.0, 1.0))
    }

    /// Adds a curve of `[recall, precision]` points.
    pub fn curve(self, name: &str, points: &[Point]) -> Self {
        Self(self.0.line(name, points))
    }
}

impl Chart for PrecisionRecallChart {
    fn scene(&self) -> Result<Scene> {
        square(self.0.clone())
    }
}

/// Both axes are shares, so the frame is about square. No dots: the corners of the steps say nothing.
fn square(mut chart: LineChart) -> Result<Scene> {
    chart.series.iter_mut().for_each(|s| s.dots = false);
    let mut scene = Scene::new(540.0, 560.0);
    let area = scene.page().inset(16.0, 16.0, 16.0, 12.0);
    chart.draw(&mut scene, area)?;
    Ok(scene)
}

/// The area by trapezoids.
fn area_under(points: &[Point]) -> f64 {
    points.windows(2).map(|w| (w[1][0] - w[0][0]) * (w[0][1] + w[1][1]) / 2.0).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_named() {
        let chart = RocChart::new("").curve("perfect", &[[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
        assert!(chart.scene().unwrap().to_svg().contains("perfect (area 1.000)"));
    }
}
