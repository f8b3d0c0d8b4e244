//! The decision boundary: which class a model gives each point of a plane, under the data.

use std::collections::BTreeSet;

use plywood_tensor::{Scalar, Tensor};

use super::Chart;
use super::axes::{Frame, Labels, Range, TICK};
use super::color::Color;
use super::scene::{Anchor, Mark, Point, Scene, Stroke, Text};
use crate::png::Bitmap;
use crate::{Error, Result};

/// Regions of a plane by predicted class, and points by true class; a point on ground of another colour is wrong.
///
/// [`grid`](Self::grid) makes the points to classify, so that the model is run once on all of them.
///
/// ```
/// use plywood_tensor::Tensor;
/// use plywood_train::plots::{Chart, DecisionBoundary};
///
/// let chart = DecisionBoundary::new("Two halves", [-1.0, 1.0], [-1.0, 1.0]);
/// let points: Tensor = chart.grid(50);                                                // [2500, 2]
/// let classes = Tensor::from_fn([2500], |i| i64::from(points.to_vec()[2 * i] > 0.0)); // a model in earnest
/// let chart = chart.classes(&classes)?.points(&[[0.5, 0.2], [-0.3, 0.1]], &[1, 0])?;
/// assert!(chart.scene()?.to_svg().contains("Two halves"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DecisionBoundary {
    title: String,
    labels: [String; 2],
    names: Vec<String>,
    x: [f64; 2],
    y: [f64; 2],
    regions: Vec<usize>,
    points: Vec<(Point, usize)>,
}

impl DecisionBoundary {
    /// A plane from `x[0]` to `x[1]` and `y[0]` to `y[1]`.
    pub fn new(title: impl Into<String>, x: [f64; 2], y: [f64; 2]) -> Self {
        let labels = ["x₁", "x₂"].map(String::from);
        Self { title: title.into(), labels, names: Vec::new(), x, y, regions: Vec::new(), points: Vec::new() }
    }

    /// Names the two axes.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        self.labels = [x.into(), y.into()];
        self
    }

    /// Names the classes for the legend; numbers otherwise.
    pub fn class_names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = names.iter().map(|n| n.as_ref().to_owned()).collect();
        self
    }

    /// The centres of `side`×`side` cells, row by row from the upper left: `[side², 2]`.
    pub fn grid<T: Scalar>(&self, side: usize) -> Tensor<T> {
        let at = |[low, high]: [f64; 2], i: usize| low + (high - low) * (i as f64 + 0.5) / side as f64;
        Tensor::from_fn([side * side, 2], |i| {
            let (row, column) = (i / 2 / side, i / 2 % side);
            T::from_f64(if i % 2 == 0 { at(self.x, column) } else { at(self.y, side - 1 - row) })
        })
    }

    /// The class that the model gives each point of a [`grid`](Self::grid): `[side²]`.
    ///
    /// # Errors
    /// If their number isn't a square, or one is negative.
    pub fn classes(mut self, classes: &Tensor<i64>) -> Result<Self> {
        let side = classes.elements().isqrt();
        if side * side != classes.elements() || side == 0 {
            let got = classes.shape();
            return Err(Error::shape("decision boundary", "classes", "a square number of them", got));
        }
        self.regions = classes.to_vec().into_iter().map(checked).collect::<Result<_>>()?;
        Ok(self)
    }

    /// Adds points with their true classes.
    ///
    /// # Errors
    /// If there aren't as many classes as points, or one is negative.
    pub fn points(mut self, points: &[Point], classes: &[i64]) -> Result<Self> {
        if points.len() != classes.len() {
            return Err(Error::shape("decision boundary", "number of classes", points.len(), classes.len()));
        }
        for (&point, &class) in points.iter().zip(classes) {
            self.points.push((point, checked(class)?));
        }
        Ok(self)
    }

    /// How strongly class `k` holds each cell: its share of the cell and its neighbours. Between cells these shares
    /// are interpolated, so that the border runs smoothly and not in steps.
    fn shares(&self, k: usize) -> Vec<f64> {
        let side = self.regions.len().isqrt();
        let near = |i: usize| i.saturating_sub(1)..(i + 2).min(side);
        let share = |i: usize| {
            let (rows, columns) = (near(i / side), near(i % side));
            let all = (rows.len() * columns.len()) as f64;
            let cells = rows.flat_map(|r| columns.clone().map(move |c| r * side + c));
            cells.filter(|&j| self.regions[j] == k).count() as f64 / all
        };
        (0..side * side).map(share).collect()
    }

    /// The ground in tints of the classes, with a thin line where they meet.
    fn ground(&self) -> Bitmap {
        const PIXELS: usize = 600;
        let side = self.regions.len().isqrt();
        let present: BTreeSet<usize> = self.regions.iter().copied().collect();
        let mut best = vec![(f64::MIN, 0usize); PIXELS * PIXELS];
        for &k in &present {
            let shares = self.shares(k);
            for (i, best) in best.iter_mut().enumerate() {
                let share = between(&shares, side, [i / PIXELS, i % PIXELS].map(|p| (p as f64 + 0.5) / PIXELS as f64));
                if share > best.0 {
                    *best = (share, k);
                }
            }
        }
        let mut bitmap = Bitmap::new(PIXELS, PIXELS);
        for (i, pixel) in bitmap.rgb.chunks_exact_mut(3).enumerate() {
            let differs = |j: usize| best.get(j).is_some_and(|other| other.1 != best[i].1);
            let edge = (i % PIXELS + 1 < PIXELS && differs(i + 1)) || differs(i + PIXELS);
            let tint = Color::WHITE.mix(Color::series(best[i].1), 0.28);
            let color = if edge { Color::rgb(110, 116, 125) } else { tint };
            pixel.copy_from_slice(&[color.r, color.g, color.b]);
        }
        bitmap
    }

    /// How many points lie on ground of their own class, in words.
    fn score(&self) -> Option<String> {
        let side = self.regions.len().isqrt();
        let cell = |v: f64, [low, high]: [f64; 2]| {
            let at = (v - low) / (high - low);
            (0.0..=1.0).contains(&at).then(|| ((at * side as f64) as usize).min(side - 1))
        };
        let ground = |&[x, y]: &Point| Some(self.regions[(side - 1 - cell(y, self.y)?) * side + cell(x, self.x)?]);
        if side == 0 {
            return None;
        }
        let seen: Vec<bool> = self.points.iter().filter_map(|(p, class)| Some(ground(p)? == *class)).collect();
        let right = seen.iter().filter(|&&right| right).count();
        (!seen.is_empty()).then(|| format!("{right} of {} points right", seen.len()))
    }
}

/// A value between the centres of `side`×`side` cells, at `[down, right]` of the whole from 0 to 1 (bilinear).
fn between(cells: &[f64], side: usize, at: [f64; 2]) -> f64 {
    let [(r0, r1, fy), (c0, c1, fx)] = at.map(|t| {
        let t = (t * side as f64 - 0.5).clamp(0.0, (side - 1) as f64);
        (t as usize, (t as usize + 1).min(side - 1), t.fract())
    });
    let row = |r: usize| cells[r * side + c0] * (1.0 - fx) + cells[r * side + c1] * fx;
    row(r0) * (1.0 - fy) + row(r1) * fy
}

fn checked(class: i64) -> Result<usize> {
    usize::try_from(class).map_err(|_| Error::value("decision boundary", "class", "a number of at least 0", class))
}

impl Chart for DecisionBoundary {
    fn scene(&self) -> Result<Scene> {
        let highest = self.regions.iter().chain(self.points.iter().map(|(_, class)| class)).max();
        let names: Vec<String> = (0..highest.map_or(0, |h| h + 1))
            .map(|i| self.names.get(i).cloned().unwrap_or_else(|| format!("class {i}")))
            .collect();
        let legend = names.iter().enumerate().map(|(i, name)| (name.as_str(), Color::series(i))).collect();
        let labels = Labels { title: &self.title, x: &self.labels[0], y: &self.labels[1], legend, ..Labels::default() };
        let mut scene = Scene::new(540.0, 560.0);
        let area = scene.page().inset(16.0, 16.0, 16.0, 12.0);
        let x = Range::exact(self.x[0], self.x[1], 6, false);
        let y = Range::exact(self.y[0], self.y[1], 6, false);
        let mut frame = Frame::new(&mut scene, area, &labels, x, y);
        if !self.regions.is_empty() {
            let rect = frame.rect;
            frame.scene.push(Mark::Image(rect, self.ground()));
        }
        if let Some(score) = self.score() {
            let at = [frame.rect.right(), frame.rect.bottom() + 38.0];
            frame.scene.text(Text::new(at, score, TICK).anchor(Anchor::End).color(Color::SOFT));
        }
        for &([x, y], class) in &self.points {
            frame.dot(x, y, 4.2, Color::series(class), Some(Stroke::new(Color::WHITE, 1.2)));
        }
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_runs_from_the_upper_left() {
        let chart = DecisionBoundary::new("", [0.0, 2.0], [10.0, 12.0]);
        let grid: Tensor<f64> = chart.grid(2);
        assert_eq!(grid.to_vec(), [0.5, 11.5, 1.5, 11.5, 0.5, 10.5, 1.5, 10.5]);
    }

    #[test]
    fn odd_input_is_refused() {
        let chart = DecisionBoundary::new("", [0.0, 1.0], [0.0, 1.0]);
        assert!(chart.clone().classes(&Tensor::full([3], 0i64)).is_err());
        assert!(chart.clone().classes(&Tensor::full([4], -1i64)).is_err());
        assert!(chart.clone().points(&[[0.0, 0.0]], &[]).is_err());
        assert!(chart.scene().is_ok());
    }
}
