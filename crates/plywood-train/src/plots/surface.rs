//! The cost surface over two parameters, and the way that descent took on it.

use plywood_tensor::{Scalar, Tensor};

use super::Chart;
use super::axes::{Frame, Labels, Range, extent};
use super::color::{Color, ColorMap};
use super::colorbar;
use super::scene::{Mark, Point, Rect, Scene, Stroke};
use crate::png::Bitmap;
use crate::{Error, Result};

/// Heights over a plane as colours and contour lines, with paths of descent.
///
/// ```
/// use plywood_train::plots::{Chart, CostSurface};
///
/// let bowl = CostSurface::of("A bowl", [-2.0, 2.0], [-1.0, 1.0], 64, |x, y| x * x + 4.0 * y * y)
///     .path("gradient descent", &[[-1.8, 0.9], [-1.0, 0.1], [-0.4, 0.0], [-0.1, 0.0]]);
/// assert!(bowl.scene()?.to_svg().contains("gradient descent"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CostSurface {
    title: String,
    labels: [String; 3],
    x: [f64; 2],
    y: [f64; 2],
    /// `[rows, columns]`, the lowest `y` first; the values sit on the edges of the plane as well as within.
    heights: Vec<f64>,
    columns: usize,
    paths: Vec<(String, Vec<Point>)>,
    log: bool,
}

/// Most dots of a path, beside that at its start: more would run together.
const DOTS: usize = 100;

impl CostSurface {
    /// A surface from its heights `[rows, columns]`: the first row lies at `y[0]`, the last at `y[1]`, the first column
    /// at `x[0]`, the last at `x[1]`.
    ///
    /// # Errors
    /// If there are fewer than two rows or columns.
    pub fn new<T: Scalar>(title: impl Into<String>, x: [f64; 2], y: [f64; 2], heights: &Tensor<T>) -> Result<Self> {
        let &[rows, columns] = &heights.shape()[..] else {
            return Err(Error::shape("cost surface", "heights", "[rows, columns]", heights.shape()));
        };
        if rows < 2 || columns < 2 {
            return Err(Error::shape("cost surface", "heights", "at least [2, 2]", heights.shape()));
        }
        let heights = heights.to_vec().into_iter().map(T::to_f64).collect();
        Ok(Self::raw(title.into(), x, y, heights, columns))
    }

    /// A surface that is computed at `side`×`side` points, at least four of them.
    pub fn of(
        title: impl Into<String>,
        x: [f64; 2],
        y: [f64; 2],
        side: usize,
        mut cost: impl FnMut(f64, f64) -> f64,
    ) -> Self {
        let side = side.max(2);
        let at = |[low, high]: [f64; 2], i: usize| low + (high - low) * i as f64 / (side - 1) as f64;
        let heights = (0..side * side).map(|i| cost(at(x, i % side), at(y, i / side))).collect();
        Self::raw(title.into(), x, y, heights, side)
    }

    fn raw(title: String, x: [f64; 2], y: [f64; 2], heights: Vec<f64>, columns: usize) -> Self {
        let labels = ["parameter 1", "parameter 2", "cost"].map(String::from);
        Self { title, labels, x, y, heights, columns, paths: Vec::new(), log: false }
    }

    /// Names the two parameters and the cost.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>, cost: impl Into<String>) -> Self {
        self.labels = [x.into(), y.into(), cost.into()];
        self
    }

    /// Colours by the logarithm of the cost, which must be above 0: for valleys with steep walls.
    pub fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// Adds a path from start to end, with a dot after each step; of more than 100 steps, after every second one, or
    /// third, …, so that there are 100 at most.
    pub fn path(mut self, name: impl Into<String>, points: &[Point]) -> Self {
        self.paths.push((name.into(), points.to_vec()));
        self
    }

    /// Heights as they are coloured.
    fn levels(&self) -> Vec<f64> {
        self.heights.iter().map(|&h| if self.log { h.log10() } else { h }).collect()
    }

    /// Colours in a page rectangle, interpolated between the heights so that no cells show.
    fn ground(&self, levels: &[f64], low: f64, high: f64) -> Bitmap {
        const SIDE: usize = 400;
        let rows = levels.len() / self.columns;
        let mut bitmap = Bitmap::new(SIDE, SIDE);
        for (i, pixel) in bitmap.rgb.chunks_exact_mut(3).enumerate() {
            let at = |i: usize, n: usize| (i as f64 + 0.5) / SIDE as f64 * (n - 1) as f64;
            let (x, y) = (at(i % SIDE, self.columns), at(SIDE - 1 - i / SIDE, rows));
            let (c, r) = ((x as usize).min(self.columns - 2), (y as usize).min(rows - 2));
            let (fx, fy) = (x - c as f64, y - r as f64);
            let h = |r: usize, c: usize| levels[r * self.columns + c];
            let lower = h(r, c) * (1.0 - fx) + h(r, c + 1) * fx;
            let upper = h(r + 1, c) * (1.0 - fx) + h(r + 1, c + 1) * fx;
            let color = ColorMap::Heights.at((lower * (1.0 - fy) + upper * fy - low) / (high - low));
            pixel.copy_from_slice(&[color.r, color.g, color.b]);
        }
        bitmap
    }

    /// Lines of equal height (marching squares: each cell by how its edges cross the level).
    fn contours(&self, frame: &mut Frame, levels: &[f64], low: f64, high: f64) {
        const LINES: usize = 11;
        let rows = levels.len() / self.columns;
        let (w, h) = (frame.rect.w / (self.columns - 1) as f64, frame.rect.h / (rows - 1) as f64);
        let origin = [frame.rect.x, frame.rect.bottom()];
        let page = |x: f64, y: f64| [origin[0] + x * w, origin[1] - y * h];
        for level in (1..LINES).map(|i| low + (high - low) * i as f64 / LINES as f64) {
            for r in 0..rows - 1 {
                for c in 0..self.columns - 1 {
                    let corners = [(r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)];
                    let mut crossings: Vec<Point> = Vec::new();
                    for (i, &(r0, c0)) in corners.iter().enumerate() {
                        let (r1, c1) = corners[(i + 1) % 4];
                        let (a, b) = (levels[r0 * self.columns + c0], levels[r1 * self.columns + c1]);
                        if (a < level) != (b < level) {
                            let t = (level - a) / (b - a);
                            let mid = |p: usize, q: usize| p as f64 + (q as f64 - p as f64) * t;
                            crossings.push(page(mid(c0, c1), mid(r0, r1)));
                        }
                    }
                    for ends in crossings.chunks_exact(2) {
                        frame.scene.line(ends[0], ends[1], Stroke::new(Color::WHITE.alpha(150), 1.0));
                    }
                }
            }
        }
    }

    fn draw_paths(&self, frame: &mut Frame) {
        for (i, (_, points)) in self.paths.iter().enumerate() {
            let color = path_color(i);
            frame.line(points, Stroke::new(Color::INK, 4.0));
            frame.line(points, Stroke::new(color, 2.2));
            for &[x, y] in points.iter().step_by(points.len().saturating_sub(1).div_ceil(DOTS).max(1)) {
                frame.dot(x, y, 2.6, color, Some(Stroke::new(Color::INK, 0.8)));
            }
        }
        // After all lines, so that none runs over a word.
        for (i, (_, points)) in self.paths.iter().enumerate() {
            let color = path_color(i);
            if let (Some(&[x0, y0]), Some(&[x1, y1])) = (points.first(), points.last()) {
                frame.dot(x0, y0, 6.0, Color::WHITE, Some(Stroke::new(Color::INK, 1.6)));
                frame.dot(x1, y1, 6.0, color, Some(Stroke::new(Color::INK, 1.6)));
                if i == 0 {
                    frame.note(x0, y0, "start", Color::INK);
                }
                // Many paths often end in one place, where as many words would cover each other.
                if self.paths.len() <= 2 {
                    frame.note(x1, y1, "end", Color::INK);
                }
            }
        }
    }
}

/// Colours that stand out from the whole range of heights.
fn path_color(i: usize) -> Color {
    const PATHS: [Color; 8] = [
        Color::rgb(255, 122, 60),
        Color::rgb(120, 214, 255),
        Color::rgb(255, 150, 214),
        Color::rgb(255, 226, 60),
        Color::rgb(140, 235, 90),
        Color::rgb(222, 40, 60),
        Color::rgb(160, 160, 160),
        Color::rgb(20, 20, 20),
    ];
    PATHS[i % PATHS.len()]
}

impl Chart for CostSurface {
    fn scene(&self) -> Result<Scene> {
        let levels = self.levels();
        let Some((low, high)) = extent(levels.iter().copied()) else {
            return Err(Error::value("cost surface", "heights", "at least one finite value", "none"));
        };
        let high = if high > low { high } else { low + 1.0 };
        let legend = self.paths.iter().enumerate().map(|(i, (name, _))| (name.as_str(), path_color(i))).collect();
        let labels = Labels { title: &self.title, x: &self.labels[0], y: &self.labels[1], legend, ..Labels::default() };
        let mut scene = Scene::new(660.0, 540.0);
        let page = scene.page().inset(16.0, 16.0, 16.0, 12.0);
        let area = page.inset(0.0, 0.0, colorbar::WIDTH, 0.0);
        let range = |[low, high]: [f64; 2]| Range::exact(low, high, 6, false);
        let mut frame = Frame::new(&mut scene, area, &labels, range(self.x), range(self.y));
        let rect = frame.rect;
        frame.scene.push(Mark::Image(rect, self.ground(&levels, low, high)));
        self.contours(&mut frame, &levels, low, high);
        self.draw_paths(&mut frame);
        let bar = Rect::new(area.right() + 4.0, rect.y, colorbar::WIDTH, rect.h);
        let label = if self.log { format!("log₁₀ of {}", self.labels[2]) } else { self.labels[2].clone() };
        colorbar::draw(&mut scene, bar, low, high, ColorMap::Heights, &label);
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surfaces_need_two_rows_and_columns() {
        let error = CostSurface::new("", [0.0, 1.0], [0.0, 1.0], &Tensor::full([1, 4], 0.0f32)).unwrap_err();
        assert!(error.to_string().contains("[1, 4]"), "{error}");
    }

    #[test]
    fn many_paths_keep_their_colours_apart() {
        assert!((0..8).all(|i| (0..i).all(|j| path_color(i) != path_color(j))));
        let ends = |paths: usize| {
            let bowl = CostSurface::of("bowl", [-1.0, 1.0], [-1.0, 1.0], 8, |x, y| x * x + y * y);
            let bowl = (0..paths).fold(bowl, |bowl, _| bowl.path("descent", &[[0.5, 0.5], [0.0, 0.0]]));
            bowl.scene().unwrap().to_svg().matches(">end<").count()
        };
        assert_eq!([ends(1), ends(2), ends(3)], [1, 2, 0]);
    }

    #[test]
    fn long_paths_have_fewer_dots_not_none() {
        let dots = |n: usize| {
            let path: Vec<Point> = (0..n).map(|i| [i as f64 / n as f64; 2]).collect();
            let plane = CostSurface::of("plane", [0.0, 1.0], [0.0, 1.0], 4, |x, y| x + y).path("descent", &path);
            plane.scene().unwrap().to_svg().matches("<circle").count()
        };
        let ends = dots(1) - 1;
        assert_eq!([0, 101, 102, 401, 1001].map(|n| dots(n).saturating_sub(ends)), [0, 101, 51, 101, 101]);
    }

    #[test]
    fn flat_and_broken_surfaces_draw_or_say_why() {
        assert!(CostSurface::of("flat", [0.0, 1.0], [0.0, 1.0], 4, |_, _| 2.0).scene().is_ok());
        assert!(CostSurface::of("nan", [0.0, 1.0], [0.0, 1.0], 4, |_, _| f64::NAN).scene().is_err());
        let hole = |x: f64, y: f64| if x > 0.5 { f64::INFINITY } else { x + y };
        assert!(CostSurface::of("hole", [0.0, 1.0], [0.0, 1.0], 4, hole).scene().is_ok());
    }
}
