//! Axes: ranges with round numbers as ticks, and the frame that turns data into page units.

use super::color::Color;
use super::numbers::{power, tick};
use super::scene::{Anchor, Mark, Point, Rect, Scene, Stroke, Text, text_width};

/// Font sizes in page units, shared by all charts.
pub(super) const TITLE: f64 = 16.0;
pub(super) const LABEL: f64 = 13.0;
pub(super) const TICK: f64 = 12.0;

/// Whether equal steps on the page are equal differences or equal ratios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios; the values must be above 0.
    Log,
}

/// The span of an axis with its ticks.
#[derive(Clone, Debug)]
pub(super) struct Range {
    low: f64,
    high: f64,
    scale: Scale,
    ticks: Vec<(f64, String)>,
}

impl Range {
    /// A linear range that covers the values with round ends; `whole` allows only whole numbers as ticks.
    pub fn linear(low: f64, high: f64, count: usize, whole: bool) -> Self {
        let (low, high) = if high > low { (low, high) } else { widened(low) };
        let mut step = nice_step((high - low) / count as f64);
        if whole {
            step = step.max(1.0).ceil();
        }
        let (low, high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        Self::with_step(low, high, step)
    }

    /// A linear range with exactly these ends.
    pub fn exact(low: f64, high: f64, count: usize, whole: bool) -> Self {
        let (low, high) = if high > low { (low, high) } else { widened(low) };
        let step = nice_step((high - low) / count as f64);
        Self::with_step(low, high, if whole { step.max(1.0).ceil() } else { step })
    }

    fn with_step(low: f64, high: f64, step: f64) -> Self {
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let ticks = (first..=last).map(|i| i as f64 * step).map(|v| (v, tick(v, step))).collect();
        Self { low, high, scale: Scale::Linear, ticks }
    }

    /// A logarithmic range; a tick at each power of ten, or at 1, 2 and 5 times one if there are few.
    pub fn log(low: f64, high: f64) -> Self {
        let low = low.max(f64::MIN_POSITIVE);
        let (low, high) = if high > low { (low, high) } else { (low / 3.0, low * 3.0) };
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let stride = ((last - first) / 8 + 1) as usize;
        let inside = |v: &f64| (low * 0.999..=high * 1.001).contains(v);
        let mut ticks: Vec<(f64, String)> =
            (first..=last).step_by(stride).map(|e| (10f64.powi(e), power(e))).filter(|t| inside(&t.0)).collect();
        if ticks.len() < 3 {
            ticks = (first..=last)
                .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)))
                .filter(inside)
                .map(|v| (v, super::numbers::short(v)))
                .collect();
        }
        Self { low, high, scale: Scale::Log, ticks }
    }

    /// Where a value lies: 0 at the low end, 1 at the high end.
    pub fn place(&self, v: f64) -> f64 {
        match self.scale {
            Scale::Linear => (v - self.low) / (self.high - self.low),
            Scale::Log => (v / self.low).ln() / (self.high / self.low).ln(),
        }
    }

    /// The values that get a label, with it.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    fn tick_width(&self) -> f64 {
        self.ticks.iter().map(|(_, text)| text_width(text, TICK)).fold(0.0, f64::max)
    }
}

/// A single value still deserves an axis around it.
fn widened(v: f64) -> (f64, f64) {
    let v = if v.is_finite() { v } else { 0.0 };
    let room = if v == 0.0 { 1.0 } else { v.abs() * 0.1 };
    (v - room, v + room)
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let base = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * base).into_iter().find(|&s| s >= rough * (1.0 - 1e-9)).unwrap_or(base)
}

/// Lowest and highest finite value; `None` if there is none.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((lo, hi)) => Some((lo.min(v), hi.max(v))),
    })
}

/// Height of a legend's row, between title and frame.
const LEGEND: f64 = 22.0;

/// A frame with axes in which data coordinates are drawn.
pub(super) struct Frame<'a> {
    pub scene: &'a mut Scene,
    pub rect: Rect,
    pub x: Range,
    pub y: Range,
    /// The pieces of lines drawn so far, which notes keep off.
    drawn: Vec<(Point, Point)>,
}

/// What is written around a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels<'a> {
    pub title: &'a str,
    pub x: &'a str,
    pub y: &'a str,
    /// Names and colours above the frame; empty for none.
    pub legend: Vec<(&'a str, Color)>,
    /// Whether lines are drawn at the ticks.
    pub grid: bool,
}

impl<'a> Frame<'a> {
    /// Draws title, legend, axes and grid into `area` and returns the frame that is left for the data.
    pub fn new(scene: &'a mut Scene, area: Rect, labels: &Labels, x: Range, y: Range) -> Self {
        let top = if labels.title.is_empty() { 8.0 } else { 30.0 };
        let left = y.tick_width() + 8.0 + if labels.y.is_empty() { 0.0 } else { 24.0 };
        let bottom = 24.0 + if labels.x.is_empty() { 0.0 } else { 20.0 };
        let places = legend_places(&labels.legend, area.w - left - 12.0);
        let legend = places.last().map_or(0.0, |&(_, row)| (row + 1) as f64 * LEGEND);
        let rect = area.inset(left, top + legend, 12.0, bottom);
        let rect = Rect::new(rect.x.round() + 0.5, rect.y.round() + 0.5, rect.w.round(), rect.h.round());
        if !labels.title.is_empty() {
            scene.text(Text::new([rect.x, area.y + 16.0], labels.title, TITLE).bold());
        }
        draw_legend(scene, [rect.x, area.y + top + 6.0], &labels.legend, &places);
        let mut frame = Self { scene, rect, x, y, drawn: Vec::new() };
        frame.axes(area, labels);
        frame
    }

    fn axes(&mut self, area: Rect, labels: &Labels) {
        let rect = self.rect;
        let grid = Stroke::new(Color::GRID, 1.0);
        let axis = Stroke::new(Color::rgb(150, 157, 167), 1.0);
        for (value, text) in self.y.ticks.clone() {
            let y = self.snap(rect.bottom() - self.y.place(value) * rect.h);
            if labels.grid {
                self.scene.line([rect.x, y], [rect.right(), y], grid);
            } else {
                self.scene.line([rect.x - 4.0, y], [rect.x, y], axis);
            }
            let label = Text::new([rect.x - 8.0, y + TICK * 0.34], text, TICK);
            self.scene.text(label.anchor(Anchor::End).color(Color::SOFT));
        }
        for (value, text) in self.x.ticks.clone() {
            let x = self.snap(rect.x + self.x.place(value) * rect.w);
            self.scene.line([x, rect.bottom()], [x, rect.bottom() + 4.0], axis);
            let label = Text::new([x, rect.bottom() + 18.0], text, TICK);
            self.scene.text(label.anchor(Anchor::Middle).color(Color::SOFT));
        }
        self.scene.line([rect.x, rect.bottom()], [rect.right(), rect.bottom()], axis);
        if !labels.grid {
            self.scene.line([rect.x, rect.y], [rect.x, rect.bottom()], axis);
        }
        if !labels.x.is_empty() {
            let at = [rect.x + rect.w / 2.0, rect.bottom() + 38.0];
            self.scene.text(Text::new(at, labels.x, LABEL).anchor(Anchor::Middle));
        }
        if !labels.y.is_empty() {
            let at = [area.x + 14.0, rect.y + rect.h / 2.0];
            self.scene.text(Text::new(at, labels.y, LABEL).anchor(Anchor::Middle).upwards());
        }
    }

    /// Moves a grid line onto the middle of a pixel, where it is crisp.
    fn snap(&self, at: f64) -> f64 {
        at.floor() + 0.5
    }

    /// Data coordinates in page units.
    pub fn point(&self, x: f64, y: f64) -> Point {
        [self.rect.x + self.x.place(x) * self.rect.w, self.rect.bottom() - self.y.place(y) * self.rect.h]
    }

    /// A line through data points, cut at the frame; a point that isn't finite leaves a gap.
    pub fn line(&mut self, data: &[Point], stroke: Stroke) {
        let mut open: Vec<Point> = Vec::new();
        for pair in data.windows(2) {
            let [a, b] = [self.point(pair[0][0], pair[0][1]), self.point(pair[1][0], pair[1][1])];
            match clip(a, b, self.rect) {
                Some((from, to)) => {
                    self.drawn.push((from, to));
                    if open.last() != Some(&from) {
                        self.flush(&mut open, stroke);
                        open.push(from);
                    }
                    open.push(to);
                }
                None => self.flush(&mut open, stroke),
            }
        }
        self.flush(&mut open, stroke);
    }

    fn flush(&mut self, points: &mut Vec<Point>, stroke: Stroke) {
        let points = std::mem::take(points);
        if points.len() > 1 {
            self.scene.push(Mark::Line(points, stroke));
        }
    }

    /// A disc at a data point, if it lies within the frame.
    pub fn dot(&mut self, x: f64, y: f64, radius: f64, fill: Color, outline: Option<Stroke>) {
        let at = self.point(x, y);
        let near = |v: f64, low: f64, high: f64| v >= low - 0.5 && v <= high + 0.5;
        if near(at[0], self.rect.x, self.rect.right()) && near(at[1], self.rect.y, self.rect.bottom()) {
            self.scene.push(Mark::Disc(at, radius, fill, outline));
        }
    }

    /// A short note above or below a data point, within the frame, where it covers the fewest lines; of equal places the
    /// nearest on the side with more room.
    pub fn note(&mut self, x: f64, y: f64, text: &str, color: Color) {
        let [px, py] = self.point(x, y);
        let width = text_width(text, TICK) + 4.0;
        let left = (px - width / 2.0).clamp(self.rect.x + 2.0, (self.rect.right() - width).max(self.rect.x + 2.0));
        let (above, below) = (|away: f64| py - away, |away: f64| py + away + TICK * 0.7);
        let roomy = py - self.rect.y > self.rect.h / 2.0;
        let back = |base: f64| Rect::new(left - 3.0, base - TICK * 0.86, width + 4.0, TICK * 1.25);
        let covered = |&base: &f64| {
            let back = back(base);
            let outside = back.y < self.rect.y || back.bottom() > self.rect.bottom();
            (outside, self.drawn.iter().filter(|(from, to)| clip(*from, *to, back).is_some()).count())
        };
        let places =
            [12.0, 28.0, 44.0].map(|away| if roomy { [above(away), below(away)] } else { [below(away), above(away)] });
        let Some(base) = places.into_iter().flatten().min_by_key(covered) else { return };
        self.scene.fill(back(base), Color::WHITE.alpha(215));
        self.scene.text(Text::new([left, base], text, TICK).color(color));
    }

    /// A short note to the right of a data point, or to its left where there is no room.
    pub fn note_beside(&mut self, x: f64, y: f64, text: &str, color: Color) {
        let [px, py] = self.point(x, y);
        let fits = px + 14.0 + text_width(text, TICK) < self.rect.right();
        let (at, anchor) = if fits { (px + 14.0, Anchor::Start) } else { (px - 14.0, Anchor::End) };
        self.scene.text(Text::new([at, py + TICK * 0.34], text, TICK).anchor(anchor).color(color));
    }
}

/// Where each entry of a legend starts, wrapped to `width`: `[x, row]`.
fn legend_places(entries: &[(&str, Color)], width: f64) -> Vec<(f64, usize)> {
    let (mut x, mut row) = (0.0, 0);
    let place = |(name, _): &(&str, Color)| {
        let needs = 24.0 + text_width(name, TICK);
        if x > 0.0 && x + needs > width {
            (x, row) = (0.0, row + 1);
        }
        let at = (x, row);
        x += needs + 18.0;
        at
    };
    entries.iter().map(place).collect()
}

fn draw_legend(scene: &mut Scene, origin: Point, entries: &[(&str, Color)], places: &[(f64, usize)]) {
    for ((name, color), &(x, row)) in entries.iter().zip(places) {
        let (x, y) = (origin[0] + x, origin[1] + row as f64 * LEGEND);
        scene.line([x + 1.0, y], [x + 17.0, y], Stroke::new(*color, 3.0));
        scene.text(Text::new([x + 24.0, y + TICK * 0.34], *name, TICK));
    }
}

/// The part of `a..b` within `rect` (Liang and Barsky 1984).
fn clip(a: Point, b: Point, rect: Rect) -> Option<(Point, Point)> {
    if ![a, b].iter().flatten().all(|v| v.is_finite()) {
        return None;
    }
    let d = [b[0] - a[0], b[1] - a[1]];
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    let edges =
        [(-d[0], a[0] - rect.x), (d[0], rect.right() - a[0]), (-d[1], a[1] - rect.y), (d[1], rect.bottom() - a[1])];
    for (speed, room) in edges {
        if speed == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if speed < 0.0 {
            enter = enter.max(room / speed);
        } else {
            leave = leave.min(room / speed);
        }
    }
    let at = |t: f64| {
        if t == 0.0 {
            a
        } else if t == 1.0 {
            b
        } else {
            [a[0] + d[0] * t, a[1] + d[1] * t]
        }
    };
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: &Range) -> Vec<&str> {
        range.ticks.iter().map(|t| t.1.as_str()).collect()
    }

    #[test]
    fn linear_ranges_have_round_ticks() {
        assert_eq!(labels(&Range::linear(0.13, 0.87, 5, false)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Range::linear(1.0, 3.0, 6, true)), ["1", "2", "3"]);
        assert_eq!(labels(&Range::linear(-1.0, 1.0, 4, false)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert!(labels(&Range::linear(5.0, 5.0, 4, false)).len() >= 2);
        assert!(labels(&Range::linear(f64::NAN, f64::NAN, 4, false)).len() >= 2);
    }

    #[test]
    fn log_ranges_name_powers() {
        let range = Range::log(1e-6, 1.0);
        assert_eq!(labels(&range), ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]);
        assert!((range.place(1e-3) - 0.5).abs() < 1e-12);
        assert!(labels(&Range::log(2.0, 30.0)).len() >= 3);
    }

    #[test]
    fn lines_are_cut_at_the_frame() {
        let rect = Rect::new(0.0, 0.0, 10.0, 10.0);
        assert_eq!(clip([-5.0, 5.0], [5.0, 5.0], rect), Some(([0.0, 5.0], [5.0, 5.0])));
        assert_eq!(clip([-5.0, -1.0], [5.0, -1.0], rect), None);
        assert_eq!(clip([f64::NAN, 0.0], [5.0, 5.0], rect), None);
    }
}
