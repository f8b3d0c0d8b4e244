//! The attention map: how much each query looks at each key.

use plywood_tensor::{Scalar, Tensor};

use super::Chart;
use super::axes::{LABEL, TICK, TITLE};
use super::color::{Color, ColorMap};
use super::colorbar;
use super::images::{bitmap, value_range};
use super::scene::{Anchor, Mark, Rect, Scene, Stroke, Text, text_width};
use crate::{Error, Result};

/// Attention weights `[queries, keys]` with the words at both edges.
///
/// ```
/// use plywood_tensor::Tensor;
/// use plywood_train::plots::{AttentionMap, Chart};
///
/// let weights = Tensor::from([[0.9f32, 0.1], [0.3, 0.7]]);
/// let map = AttentionMap::new("Head 1", &["der", "Hund"], &["the", "dog"], &weights)?;
/// assert!(map.scene()?.to_svg().contains("Hund"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AttentionMap {
    title: String,
    queries: Vec<String>,
    keys: Vec<String>,
    weights: crate::png::Bitmap,
    high: f64,
}

impl AttentionMap {
    /// A map of weights from 0 (white) to the greatest one (dark).
    ///
    /// # Errors
    /// If `weights` isn't `[queries, keys]`.
    pub fn new<T: Scalar, S: AsRef<str>>(
        title: impl Into<String>,
        queries: &[S],
        keys: &[S],
        weights: &Tensor<T>,
    ) -> Result<Self> {
        if weights.shape() != &[queries.len(), keys.len()] {
            let expected = format!("[{}, {}], queries by keys", queries.len(), keys.len());
            return Err(Error::shape("attention map", "weights", expected, weights.shape()));
        }
        let names = |list: &[S]| list.iter().map(|s| s.as_ref().to_owned()).collect();
        let high = value_range(weights).1;
        let weights = bitmap(weights, 0.0, high, ColorMap::Blues)?;
        Ok(Self { title: title.into(), queries: names(queries), keys: names(keys), weights, high })
    }
}

impl Chart for AttentionMap {
    fn scene(&self) -> Result<Scene> {
        let widest = |list: &[String]| list.iter().map(|s| text_width(s, LABEL)).fold(20.0, f64::max);
        let cell = (420.0 / self.queries.len().max(self.keys.len()).max(1) as f64).clamp(16.0, 48.0);
        let (left, top) = (64.0 + widest(&self.queries), 100.0 + widest(&self.keys));
        let (width, height) = (cell * self.keys.len() as f64, cell * self.queries.len() as f64);
        let grid = Rect::new(left.round(), top.round(), width, height);
        let page = (grid.right() + 30.0 + colorbar::WIDTH).max(text_width(&self.title, TITLE * 1.08) + 40.0);
        let mut scene = Scene::new(page.ceil(), (grid.bottom() + 24.0).ceil());
        scene.text(Text::new([20.0, 30.0], self.title.as_str(), TITLE).bold());
        let note = "Each row shares out 1 over what it attends to.";
        scene.text(Text::new([20.0, 50.0], note, TICK).color(Color::SOFT));
        scene.push(Mark::Image(grid, self.weights.clone()));
        let separate = |i: usize| (i as f64 * cell, Stroke::new(Color::WHITE, 1.5));
        for (at, stroke) in (1..self.keys.len()).map(separate) {
            scene.line([grid.x + at, grid.y], [grid.x + at, grid.bottom()], stroke);
        }
        for (at, stroke) in (1..self.queries.len()).map(separate) {
            scene.line([grid.x, grid.y + at], [grid.right(), grid.y + at], stroke);
        }
        scene.outline(grid, Stroke::new(Color::rgb(190, 196, 204), 1.0));
        for (i, word) in self.queries.iter().enumerate() {
            let at = [grid.x - 10.0, grid.y + (i as f64 + 0.5) * cell + LABEL * 0.32];
            scene.text(Text::new(at, word.as_str(), LABEL).anchor(Anchor::End));
        }
        for (j, word) in self.keys.iter().enumerate() {
            let at = [grid.x + (j as f64 + 0.5) * cell + LABEL * 0.32, grid.y - 10.0];
            scene.text(Text::new(at, word.as_str(), LABEL).upwards());
        }
        let edge = |at, text| Text::new(at, text, LABEL).anchor(Anchor::Middle).bold();
        scene.text(edge([grid.x + width / 2.0, grid.y - widest(&self.keys) - 18.0], "keys"));
        scene.text(edge([30.0, grid.y + height / 2.0], "queries").upwards());
        let bar = Rect::new(grid.right() + 22.0, grid.y, colorbar::WIDTH, height);
        colorbar::draw(&mut scene, bar, 0.0, self.high.max(1e-6), ColorMap::Blues, "weight");
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_must_match_the_words() {
        let error = AttentionMap::new("", &["a"], &["b", "c"], &Tensor::full([2, 2], 0.5f32)).unwrap_err().to_string();
        assert!(error.contains("[1, 2]") && error.contains("[2, 2]"), "{error}");
    }
}
