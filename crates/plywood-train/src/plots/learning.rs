//! Learning curves: loss and metrics by epoch, side by side, the best point named.

use super::Chart;
use super::color::Color;
use super::lines::LineChart;
use super::numbers::short;
use super::scene::{Scene, Text};
use crate::Result;
use crate::metrics::Better;

/// How training went: one panel a quantity, one line a data set, epochs from 1.
///
/// ```
/// use plywood_train::plots::{Better, Chart, LearningCurves};
///
/// let curves = LearningCurves::new("Digits, small CNN")
///     .panel("Loss", "cross-entropy (nats)", Better::Lower, &[("train", &[1.2, 0.5, 0.3]), ("test", &[1.3, 0.7, 0.6])])
///     .panel("Accuracy", "correct (%)", Better::Higher, &[("test", &[81.0, 93.0, 96.5])]);
/// assert!(curves.scene()?.to_svg().contains("epoch"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LearningCurves {
    title: String,
    panels: Vec<LineChart>,
}

impl LearningCurves {
    /// Curves under a common title.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), panels: Vec::new() }
    }

    /// Adds a panel. Each series is a name and its value after each epoch; the best value of the last series is marked.
    pub fn panel(mut self, title: &str, y_label: &str, better: Better, series: &[(&str, &[f64])]) -> Self {
        let mut chart = LineChart::new(title).x_label("epoch").y_label(y_label);
        chart.whole_x = true;
        for (name, values) in series {
            chart = chart.line(*name, values.iter().enumerate().map(|(i, &v)| [i as f64 + 1.0, v]).collect::<Vec<_>>());
        }
        if let Some((epoch, value)) = series.last().and_then(|(_, values)| best(values, better)) {
            let text = format!("best {} in epoch {}", short(value), epoch + 1);
            let color = Color::series(series.len() - 1);
            chart = chart.note([epoch as f64 + 1.0, value], text, color);
        }
        self.panels.push(chart);
        self
    }
}

fn best(values: &[f64], better: Better) -> Option<(usize, f64)> {
    let finite = values.iter().copied().enumerate().filter(|(_, v)| v.is_finite());
    finite.reduce(|a, b| {
        let wins = if better == Better::Lower { b.1 < a.1 } else { b.1 > a.1 };
        if wins { b } else { a }
    })
}

impl Chart for LearningCurves {
    fn scene(&self) -> Result<Scene> {
        let n = self.panels.len().max(1);
        let mut scene = Scene::new(40.0 + 460.0 * n as f64, 420.0);
        scene.text(Text::new([20.0, 32.0], self.title.as_str(), 19.0).bold());
        let areas = scene.page().inset(16.0, 52.0, 16.0, 10.0).columns(n, 20.0);
        for (panel, area) in self.panels.iter().zip(areas) {
            panel.draw(&mut scene, area)?;
        }
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    #[test]
    fn the_best_value_is_the_first_of_equals() {
        assert_eq!(best(&[3.0, f64::NAN, 1.0, 1.0], Better::Lower), Some((2, 1.0)));
        assert_eq!(best(&[3.0, 1.0, 3.0], Better::Higher), Some((0, 3.0)));
        assert_eq!(best(&[f64::NAN], Better::Higher), None);
    }

    #[test]
    fn the_note_keeps_off_the_curves() {
        // Two curves that climb slowly, side by side: just below the best they run themselves.
        let climb: Vec<f64> = (0..24).map(|epoch| if epoch == 0 { 20.0 } else { 70.0 + 0.7 * epoch as f64 }).collect();
        let above: Vec<f64> = climb.iter().map(|y| y + 1.5).collect();
        let chart = LearningCurves::new("").panel("", "", Better::Higher, &[("a", &above), ("b", &climb)]);
        let marks = chart.scene().unwrap().marks;
        let note = marks.iter().find_map(|mark| match mark {
            Mark::Text(text) if text.text.starts_with("best") => Some(text.at),
            _ => None,
        });
        let (left, base) = (note.unwrap()[0], note.unwrap()[1]);
        let covered = |p: &[f64; 2]| p[0] > left && (base - 12.0..base + 3.0).contains(&p[1]);
        let covers = marks
            .iter()
            .any(|mark| matches!(mark, Mark::Line(points, _) if points.len() > 2 && points.iter().any(covered)));
        assert!(!covers, "a curve runs under the note at {left}, {base}");
    }
}
