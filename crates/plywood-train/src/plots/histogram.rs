//! Histograms of weights or gradients, a panel a layer.

use plywood_tensor::{Scalar, Tensor};

use super::Chart;
use super::axes::{Frame, LABEL, Labels, Range, TICK, extent};
use super::color::Color;
use super::numbers::short;
use super::scene::{Rect, Scene, Stroke, Text};
use crate::Result;

const BINS: usize = 41;

/// How the values of each layer are spread: one panel each, with mean, deviation and what is not finite.
///
/// ```
/// use plywood_tensor::{Stream, Tensor};
/// use plywood_train::plots::{Chart, Histograms};
///
/// let weight: Tensor = Stream::new(0).normal([8, 16], 0.0, 0.1);
/// let chart = Histograms::new("Weights", "value").layer("fc1.weight", &weight);
/// assert!(chart.scene()?.to_svg().contains("fc1.weight"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Histograms {
    title: String,
    unit: String,
    layers: Vec<(String, Vec<f64>)>,
}

impl Histograms {
    /// No panels yet; `unit` names the horizontal axes, e.g. `weight` or `gradient`.
    pub fn new(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { title: title.into(), unit: unit.into(), layers: Vec::new() }
    }

    /// Adds a panel for all values of a tensor.
    pub fn layer<T: Scalar>(mut self, name: impl Into<String>, values: &Tensor<T>) -> Self {
        self.layers.push((name.into(), values.to_vec().into_iter().map(T::to_f64).collect()));
        self
    }

    fn panel(&self, scene: &mut Scene, area: Rect, name: &str, values: &[f64], color: Color) {
        scene.text(Text::new([area.x + 8.0, area.y + 12.0], name, LABEL).bold());
        scene.text(Text::new([area.x + 8.0, area.y + 29.0], summary(values), TICK - 1.0).color(Color::SOFT));
        let Some((low, high)) = extent(values.iter().copied()) else { return };
        let (low, high, counts) = bins(values, low, high);
        let most = counts.iter().copied().max().unwrap_or(1) as f64;
        let labels = Labels { x: &self.unit, y: "count", grid: true, ..Labels::default() };
        let place = area.inset(0.0, 32.0, 0.0, 0.0);
        let (x, y) = (Range::exact(low, high, 4, false), Range::linear(0.0, most, 3, true));
        let frame = Frame::new(scene, place, &labels, x, y);
        let width = (high - low) / BINS as f64;
        for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let [left, top] = frame.point(low + i as f64 * width, count as f64);
            let [right, bottom] = frame.point(low + (i + 1) as f64 * width, 0.0);
            frame.scene.fill(Rect::new(left, top, right - left - 0.6, bottom - top), color);
        }
        if low < 0.0 && high > 0.0 {
            let ([x, top], [_, bottom]) = (frame.point(0.0, most), frame.point(0.0, 0.0));
            frame.scene.line([x, top], [x, bottom], Stroke::new(Color::INK.alpha(120), 1.0).dashed(3.0));
        }
    }
}

/// Counts in [`BINS`] equal bins from `low` to `high`, the last one closed; a single value gets room around it.
fn bins(values: &[f64], low: f64, high: f64) -> (f64, f64, Vec<u64>) {
    let room = if high > low { 0.0 } else { low.abs().max(1.0) * 0.5 };
    let (low, high) = (low - room, high + room);
    let mut counts = vec![0; BINS];
    for v in values.iter().filter(|v| v.is_finite()) {
        let bin = ((v - low) / (high - low) * BINS as f64) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    (low, high, counts)
}

/// What the shape of the bars doesn't tell.
fn summary(values: &[f64]) -> String {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = finite.len().max(1) as f64;
    let mean = finite.iter().sum::<f64>() / n;
    let deviation = (finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let round = |v: f64| short(format!("{v:.1e}").parse().unwrap_or(v));
    let mut text = format!("n = {}, mean {}, std {}", values.len(), round(mean), round(deviation));
    match finite.iter().filter(|v| **v == 0.0).count() {
        0 => {}
        zeros => text += &format!(", {:.0} % zero", 100.0 * zeros as f64 / n),
    }
    match values.len() - finite.len() {
        0 => {}
        broken => text += &format!(", {broken} not finite"),
    }
    text
}

impl Chart for Histograms {
    fn scene(&self) -> Result<Scene> {
        let columns = self.layers.len().clamp(1, 3);
        let rows = self.layers.len().div_ceil(columns);
        let (width, height) = (300.0, 236.0);
        let mut scene = Scene::new(32.0 + columns as f64 * width, 52.0 + rows as f64 * height);
        scene.text(Text::new([24.0, 32.0], self.title.as_str(), 19.0).bold());
        for (i, (name, values)) in self.layers.iter().enumerate() {
            let at = [16.0 + (i % columns) as f64 * width, 54.0 + (i / columns) as f64 * height];
            let area = Rect::new(at[0], at[1], width - 10.0, height - 18.0);
            self.panel(&mut scene, area, name, values, Color::series(0));
        }
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finite_value_is_counted_once() {
        let values = [-1.0, 0.0, 0.0, 1.0, f64::NAN, f64::INFINITY];
        let (_, _, counts) = bins(&values, -1.0, 1.0);
        assert_eq!((counts.iter().sum::<u64>(), counts[0], counts[BINS / 2], counts[BINS - 1]), (4, 1, 2, 1));
        assert!(summary(&values).ends_with("50 % zero, 2 not finite"), "{}", summary(&values));
    }

    #[test]
    fn nothing_and_one_value_draw() {
        let empty: Tensor = Tensor::full([0], 0.0);
        assert!(Histograms::new("", "").layer("none", &empty).layer("one", &Tensor::scalar(3.0f32)).scene().is_ok());
        assert!(Histograms::new("", "").scene().is_ok());
    }
}
