//! A panel of lines: the ground of learning curves, ROC and the learning-rate finder.

use super::Chart;
use super::axes::{Frame, Labels, Range, Scale, extent};
use super::color::Color;
use super::scene::{Point, Rect, Scene, Stroke};
use crate::{Error, Result};

/// One line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub name: String,
    pub points: Vec<Point>,
    pub stroke: Stroke,
    /// Whether the points are joined.
    pub line: bool,
    /// Whether each point gets a dot.
    pub dots: bool,
}

/// A point that is named in the picture.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub at: Point,
    pub text: String,
    pub color: Color,
    /// To the side of the point instead of above or below.
    pub beside: bool,
}

/// Lines over a common pair of axes.
///
/// ```
/// use plywood_train::plots::{Chart, LineChart};
///
/// let squares: Vec<[f64; 2]> = (0..10).map(|i| [i as f64, (i * i) as f64]).collect();
/// let chart = LineChart::new("Squares").x_label("n").y_label("n²").line("squares", squares);
/// assert!(chart.scene()?.to_svg().contains("Squares"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LineChart {
    pub(super) title: String,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) series: Vec<Series>,
    pub(super) notes: Vec<Note>,
    pub(super) verticals: Vec<(f64, Color)>,
    pub(super) x_scale: Scale,
    pub(super) y_scale: Scale,
    pub(super) x_range: Option<(f64, f64)>,
    pub(super) y_range: Option<(f64, f64)>,
    pub(super) whole_x: bool,
}

impl LineChart {
    /// An empty chart.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Names the horizontal axis, with its unit.
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x_label = label.into();
        self
    }

    /// Names the vertical axis, with its unit.
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y_label = label.into();
        self
    }

    /// Adds a line through `[x, y]` points in the next colour. A value that isn't finite leaves a gap.
    pub fn line(mut self, name: impl Into<String>, points: impl Into<Vec<Point>>) -> Self {
        let points = points.into();
        let stroke = Stroke::new(Color::series(self.series.len()), 2.2);
        self.series.push(Series { name: name.into(), line: true, dots: points.len() <= 30, points, stroke });
        self
    }

    /// Adds `[x, y]` points in the next colour without joining them: measurements under a fitted line, a scatter.
    pub fn points(mut self, name: impl Into<String>, points: impl Into<Vec<Point>>) -> Self {
        let stroke = Stroke::new(Color::series(self.series.len()), 2.2);
        self.series.push(Series { name: name.into(), line: false, dots: true, points: points.into(), stroke });
        self
    }

    /// Adds a thin dashed line, such as a reference.
    pub fn reference(mut self, name: impl Into<String>, points: impl Into<Vec<Point>>) -> Self {
        let stroke = Stroke::new(Color::rgb(140, 146, 155), 1.4).dashed(5.0);
        self.series.push(Series { name: name.into(), points: points.into(), stroke, line: true, dots: false });
        self
    }

    /// Marks a point with a ring and a few words.
    pub fn note(mut self, at: Point, text: impl Into<String>, color: Color) -> Self {
        self.notes.push(Note { at, text: text.into(), color, beside: false });
        self
    }

    /// Makes the horizontal axis logarithmic.
    pub fn log_x(mut self) -> Self {
        self.x_scale = Scale::Log;
        self
    }

    /// Makes the vertical axis logarithmic.
    pub fn log_y(mut self) -> Self {
        self.y_scale = Scale::Log;
        self
    }

    /// Fixes the ends of the horizontal axis.
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high));
        self
    }

    /// Fixes the ends of the vertical axis.
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high));
        self
    }

    /// Draws the chart into a part of a page.
    pub(super) fn draw(&self, scene: &mut Scene, area: Rect) -> Result<()> {
        let values = |axis: usize| self.series.iter().flat_map(|s| &s.points).map(move |p| p[axis]);
        let range = |axis: usize, scale: Scale| {
            extent(values(axis).filter(|&v| scale == Scale::Linear || v > 0.0))
                .ok_or_else(|| Error::value("drawing lines", "points", "at least one finite value", "none"))
        };
        let ((x0, x1), (y0, y1)) = (range(0, self.x_scale)?, range(1, self.y_scale)?);
        let (x0, x1) = self.x_range.unwrap_or((x0, x1));
        let columns = ((area.w / 90.0) as usize).max(3);
        let x = match self.x_scale {
            Scale::Linear => Range::exact(x0, x1, columns, self.whole_x),
            Scale::Log => Range::log(x0, x1),
        };
        let y = match (self.y_scale, self.y_range) {
            (Scale::Linear, None) => Range::linear(y0, y1, 5, false),
            (Scale::Linear, Some((low, high))) => Range::exact(low, high, 5, false),
            (Scale::Log, given) => given.map_or_else(|| Range::log(y0 / 1.2, y1 * 1.2), |(a, b)| Range::log(a, b)),
        };
        let named = self.series.iter().filter(|s| !s.name.is_empty());
        let legend: Vec<(&str, Color)> = named.map(|s| (s.name.as_str(), s.stroke.color)).collect();
        let labels = Labels { title: &self.title, x: &self.x_label, y: &self.y_label, legend, grid: true };
        let mut frame = Frame::new(scene, area, &labels, x, y);
        self.data(&mut frame);
        Ok(())
    }

    fn data(&self, frame: &mut Frame) {
        for &(x, color) in &self.verticals {
            let (top, bottom) = (frame.rect.y, frame.rect.bottom());
            let at = frame.rect.x + frame.x.place(x) * frame.rect.w;
            frame.scene.line([at, top], [at, bottom], Stroke::new(color, 1.4).dashed(4.0));
        }
        for series in &self.series {
            if series.line {
                frame.line(&series.points, series.stroke);
            }
            if series.dots || series.points.len() == 1 {
                for &[x, y] in &series.points {
                    frame.dot(x, y, 2.6, series.stroke.color, None);
                }
            }
        }
        for note in &self.notes {
            frame.dot(note.at[0], note.at[1], 5.0, Color::WHITE, Some(Stroke::new(note.color, 2.2)));
            let write = if note.beside { Frame::note_beside } else { Frame::note };
            write(frame, note.at[0], note.at[1], &note.text, note.color);
        }
    }
}

impl Chart for LineChart {
    fn scene(&self) -> Result<Scene> {
        let mut scene = Scene::new(640.0, 420.0);
        let area = scene.page().inset(16.0, 16.0, 16.0, 12.0);
        self.draw(&mut scene, area)?;
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;

    #[test]
    fn points_are_not_joined() {
        let chart = |c: LineChart| c.scene().unwrap().marks;
        let points = [[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]];
        let zigzag = |mark: &&Mark| matches!(mark, Mark::Line(points, _) if points.len() == 3);
        assert_eq!(chart(LineChart::new("").line("", points)).iter().filter(zigzag).count(), 1);
        let scatter = chart(LineChart::new("").points("", points));
        assert_eq!(scatter.iter().filter(zigzag).count(), 0);
        assert_eq!(scatter.iter().filter(|mark| matches!(mark, Mark::Disc(..))).count(), 3);
    }

    #[test]
    fn a_chart_without_a_finite_point_is_an_error() {
        assert!(LineChart::new("empty").scene().is_err());
        assert!(LineChart::new("nan").line("a", [[0.0, f64::NAN]]).scene().is_err());
        assert!(LineChart::new("log of 0").log_y().line("a", [[0.0, 0.0]]).scene().is_err());
        assert!(LineChart::new("one").line("a", [[1.0, 2.0]]).scene().is_ok());
    }
}
