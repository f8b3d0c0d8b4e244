//! The PNG back end: an anti-aliased brush for lines and letters, a scan converter for areas.
//!
//! A line covers a pixel by how far the pixel's centre lies from it, which is exact for straight edges up to a few
//! grey levels; overlapping pieces of one mark take the larger coverage, so that translucent lines show no seams.

use super::color::Color;
use super::font;
use super::scene::{Mark, Point, Rect, Scene, Stroke};
use crate::png::Bitmap;

/// Sub-scanlines a pixel row when areas are filled; along the row coverage is exact.
const SUB: usize = 8;

/// Draws the scene with `scale` pixels a page unit.
pub(super) fn render(scene: &Scene, scale: f64) -> Bitmap {
    let size = |units: f64| ((units * scale).round() as usize).clamp(1, MAX_SIDE);
    let mut canvas = Canvas::new(size(scene.width), size(scene.height), scene.background);
    for mark in &scene.marks {
        canvas.draw(mark, scale);
    }
    canvas.bitmap
}

/// Longest side of a picture in pixels: beyond it, a mistake in a size would eat all memory.
const MAX_SIDE: usize = 16_384;

struct Canvas {
    bitmap: Bitmap,
    /// Coverage of the mark being drawn, `[height, width]`; all zero between marks.
    cover: Vec<f32>,
    /// The part of `cover` that the current mark has touched: left, top, right, bottom.
    touched: [usize; 4],
}

impl Canvas {
    fn new(width: usize, height: usize, background: Color) -> Self {
        let mut bitmap = Bitmap::new(width, height);
        for pixel in bitmap.rgb.chunks_exact_mut(3) {
            pixel.copy_from_slice(&[background.r, background.g, background.b]);
        }
        Self { bitmap, cover: vec![0.0; width * height], touched: [width, height, 0, 0] }
    }

    fn draw(&mut self, mark: &Mark, scale: f64) {
        let px = |p: Point| [p[0] * scale, p[1] * scale];
        match mark {
            Mark::Line(points, stroke) => self.line(&points.iter().map(|&p| px(p)).collect::<Vec<_>>(), *stroke, scale),
            Mark::Area(points, color) => {
                self.area(&points.iter().map(|&p| px(p)).collect::<Vec<_>>());
                self.paint(*color, 1.0);
            }
            Mark::Rect(rect, fill, stroke) => self.rect(*rect, *fill, *stroke, scale),
            Mark::Disc(center, radius, fill, stroke) => {
                self.disc(px(*center), 0.0, radius * scale);
                self.paint(*fill, 1.0);
                if let Some(s) = stroke {
                    let (half, strength) = brush(s.width * scale);
                    self.disc(px(*center), radius * scale - half, radius * scale + half);
                    self.paint(s.color, strength);
                }
            }
            Mark::Text(text) => {
                let (lines, width) = font::strokes(text);
                let (half, strength) = brush(width * scale);
                for line in lines {
                    self.brush_line(&line.into_iter().map(px).collect::<Vec<_>>(), half);
                }
                self.paint(text.color, strength);
            }
            Mark::Image(rect, image) => self.image(*rect, image, scale),
        }
    }

    fn line(&mut self, points: &[Point], stroke: Stroke, scale: f64) {
        let (half, strength) = brush(stroke.width * scale);
        match stroke.dash {
            None => self.brush_line(points, half),
            Some(dash) => {
                for piece in dashes(points, (dash * scale).max(1.0)) {
                    self.brush_line(&piece, half);
                }
            }
        }
        self.paint(stroke.color, strength);
    }

    fn rect(&mut self, r: Rect, fill: Option<Color>, stroke: Option<Stroke>, scale: f64) {
        let corners = [[r.x, r.y], [r.right(), r.y], [r.right(), r.bottom()], [r.x, r.bottom()], [r.x, r.y]];
        let corners = corners.map(|[x, y]| [x * scale, y * scale]);
        if let Some(color) = fill {
            self.area(&corners[..4]);
            self.paint(color, 1.0);
        }
        if let Some(stroke) = stroke {
            self.line(&corners, stroke, scale);
        }
    }

    /// Covers the pixels within `half` of a line through `points`.
    fn brush_line(&mut self, points: &[Point], half: f64) {
        if let &[only] = points {
            self.capsule(only, only, half);
        }
        for ends in points.windows(2) {
            self.capsule(ends[0], ends[1], half);
        }
    }

    /// One straight piece with round ends.
    fn capsule(&mut self, a: Point, b: Point, half: f64) {
        if ![a, b].iter().flatten().all(|v| v.is_finite()) {
            return;
        }
        let reach = half + 1.0;
        let d = [b[0] - a[0], b[1] - a[1]];
        let length2 = d[0] * d[0] + d[1] * d[1];
        for row in pixels(a[1].min(b[1]) - reach, a[1].max(b[1]) + reach, self.bitmap.height) {
            let y = row as f64 + 0.5;
            // Only the stretch of the piece that passes this row can reach it: without this, a long slanted line
            // would visit every pixel of its bounding box.
            let at = |level: f64| ((level - a[1]) / d[1]).clamp(0.0, 1.0);
            let (t0, t1) = if d[1].abs() < 1e-9 { (0.0, 1.0) } else { (at(y - reach), at(y + reach)) };
            let (x0, x1) = (a[0] + d[0] * t0, a[0] + d[0] * t1);
            for column in pixels(x0.min(x1) - reach, x0.max(x1) + reach, self.bitmap.width) {
                let p = [column as f64 + 0.5 - a[0], y - a[1]];
                let t = if length2 > 0.0 { ((p[0] * d[0] + p[1] * d[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
                let distance = (p[0] - d[0] * t).hypot(p[1] - d[1] * t);
                self.raise(column, row, half + 0.5 - distance);
            }
        }
    }

    /// Covers a ring between two radii, or a disc if the inner one is 0.
    fn disc(&mut self, c: Point, inner: f64, outer: f64) {
        for row in pixels(c[1] - outer - 1.0, c[1] + outer + 1.0, self.bitmap.height) {
            for column in pixels(c[0] - outer - 1.0, c[0] + outer + 1.0, self.bitmap.width) {
                let distance = (column as f64 + 0.5 - c[0]).hypot(row as f64 + 0.5 - c[1]);
                let hole = if inner > 0.0 { distance + 0.5 - inner } else { 1.0 };
                self.raise(column, row, (outer + 0.5 - distance).min(hole));
            }
        }
    }

    /// Covers the inside of a closed polygon (even-odd).
    fn area(&mut self, points: &[Point]) {
        let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(lo, hi), p| (lo.min(p[1]), hi.max(p[1])));
        let mut crossings = Vec::new();
        for row in pixels(low, high, self.bitmap.height) {
            for sub in 0..SUB {
                let y = row as f64 + (sub as f64 + 0.5) / SUB as f64;
                crossings.clear();
                for (i, a) in points.iter().enumerate() {
                    let b = points[(i + 1) % points.len()];
                    if (a[1] <= y) != (b[1] <= y) {
                        crossings.push(a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]));
                    }
                }
                crossings.sort_by(f64::total_cmp);
                for span in crossings.chunks_exact(2) {
                    self.span(row, span[0], span[1]);
                }
            }
        }
    }

    /// Adds one sub-scanline from `x0` to `x1`.
    fn span(&mut self, row: usize, x0: f64, x1: f64) {
        for column in pixels(x0, x1, self.bitmap.width) {
            let part = (x1.min(column as f64 + 1.0) - x0.max(column as f64)).max(0.0);
            let before = self.cover[row * self.bitmap.width + column];
            self.raise(column, row, f64::from(before) + part / SUB as f64);
        }
    }

    fn raise(&mut self, column: usize, row: usize, coverage: f64) {
        if coverage > 0.0 {
            let slot = &mut self.cover[row * self.bitmap.width + column];
            *slot = slot.max(coverage.min(1.0) as f32);
            let [left, top, right, bottom] = self.touched;
            self.touched = [left.min(column), top.min(row), right.max(column + 1), bottom.max(row + 1)];
        }
    }

    /// Lays `color` over what is covered, and clears the coverage.
    fn paint(&mut self, color: Color, strength: f64) {
        let [left, top, right, bottom] = self.touched;
        let opacity = strength as f32 * f32::from(color.a) / 255.0;
        for row in top..bottom {
            for column in left..right {
                let at = row * self.bitmap.width + column;
                let cover = std::mem::take(&mut self.cover[at]) * opacity;
                if cover > 0.0 {
                    let pixel = &mut self.bitmap.rgb[at * 3..at * 3 + 3];
                    for (old, new) in pixel.iter_mut().zip([color.r, color.g, color.b]) {
                        *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * cover).round() as u8;
                    }
                }
            }
        }
        self.touched = [self.bitmap.width, self.bitmap.height, 0, 0];
    }

    fn image(&mut self, r: Rect, image: &Bitmap, scale: f64) {
        if image.width == 0 || image.height == 0 {
            return;
        }
        let source = |at: usize, start: f64, length: f64, n: usize| {
            (((at as f64 + 0.5 - start * scale) / (length * scale) * n as f64).max(0.0) as usize).min(n - 1)
        };
        let round = |edge: f64| (edge * scale).round();
        for row in pixels(round(r.y), round(r.bottom()), self.bitmap.height) {
            let y = source(row, r.y, r.h, image.height);
            for column in pixels(round(r.x), round(r.right()), self.bitmap.width) {
                let x = source(column, r.x, r.w, image.width);
                let at = (row * self.bitmap.width + column) * 3;
                self.bitmap.rgb[at..at + 3].copy_from_slice(image.pixel(x, y));
            }
        }
    }
}

/// Half width and strength of a line: one thinner than a pixel is drawn a pixel wide and fainter.
fn brush(width: f64) -> (f64, f64) {
    (width.max(1.0) / 2.0, width.clamp(0.0, 1.0))
}

/// The pixels that the stretch `low..high` touches, within `0..limit`.
fn pixels(low: f64, high: f64, limit: usize) -> std::ops::Range<usize> {
    let end = (high.ceil().max(0.0) as usize).min(limit);
    (low.floor().max(0.0) as usize).min(end)..end
}

/// Cuts a line into dashes of `dash` with gaps of the same length.
fn dashes(points: &[Point], dash: f64) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let (mut walked, mut open) = (0.0f64, false);
    for ends in points.windows(2) {
        let [a, b] = [ends[0], ends[1]];
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        if length == 0.0 || !length.is_finite() {
            continue;
        }
        let mut done = 0.0;
        while done < length {
            let phase = walked % (2.0 * dash);
            let on = phase < dash;
            let step = (if on { dash - phase } else { 2.0 * dash - phase }).max(1e-6).min(length - done);
            let at = |s: f64| [a[0] + (b[0] - a[0]) * s / length, a[1] + (b[1] - a[1]) * s / length];
            if on {
                if !open {
                    pieces.push(vec![at(done)]);
                }
                pieces.last_mut().expect("a dash was opened").push(at(done + step));
            }
            open = on;
            done += step;
            walked += step;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(scene: &Scene, scale: f64, x: usize, y: usize) -> u8 {
        scene.to_bitmap(scale).pixel(x, y)[0]
    }

    #[test]
    fn a_rectangle_covers_half_of_a_pixel_by_half() {
        let mut scene = Scene::new(4.0, 4.0);
        scene.fill(Rect::new(1.0, 1.0, 1.5, 1.0), Color::rgb(0, 0, 0));
        assert_eq!(gray(&scene, 1.0, 1, 1), 0);
        assert!((126..=129).contains(&gray(&scene, 1.0, 2, 1)));
        assert_eq!(gray(&scene, 1.0, 3, 1), 255);
        assert_eq!(gray(&scene, 1.0, 1, 2), 255);
    }

    #[test]
    fn a_line_on_pixel_centres_is_crisp() {
        let mut scene = Scene::new(8.0, 5.0);
        scene.line([0.5, 2.5], [7.5, 2.5], Stroke::new(Color::rgb(0, 0, 0), 1.0));
        assert_eq!([1, 2, 3].map(|y| gray(&scene, 1.0, 4, y)), [255, 0, 255]);
    }

    #[test]
    fn pieces_of_one_translucent_line_do_not_add_up() {
        let mut scene = Scene::new(9.0, 3.0);
        let stroke = Stroke::new(Color::rgb(0, 0, 0).alpha(128), 1.0);
        scene.push(Mark::Line(vec![[0.5, 1.5], [4.5, 1.5], [8.5, 1.5]], stroke));
        assert_eq!(gray(&scene, 1.0, 2, 1), gray(&scene, 1.0, 4, 1));
    }

    #[test]
    fn marks_outside_the_page_and_broken_numbers_are_harmless() {
        let mut scene = Scene::new(4.0, 4.0);
        scene.line([-1e9, f64::NAN], [1e9, 2.0], Stroke::new(Color::INK, 1.0));
        scene.line([-100.0, -100.0], [-50.0, 100.0], Stroke::new(Color::INK, 1.0).dashed(2.0));
        scene.push(Mark::Area(vec![], Color::INK));
        scene.push(Mark::Disc([-90.0, -90.0], 3.0, Color::INK, None));
        scene.push(Mark::Image(Rect::new(-5.0, 0.0, 3.0, 3.0), Bitmap::new(0, 0)));
        assert!(scene.to_bitmap(1.0).rgb.iter().all(|&v| v == 255));
    }

    #[test]
    fn dashes_have_gaps_of_their_own_length() {
        let pieces = dashes(&[[0.0, 0.0], [10.0, 0.0]], 2.0);
        let ends: Vec<[f64; 2]> = pieces.iter().map(|p| [p[0][0], p[p.len() - 1][0]]).collect();
        assert_eq!(ends.len(), 3);
        for (end, want) in ends.iter().zip([[0.0, 2.0], [4.0, 6.0], [8.0, 10.0]]) {
            assert!((end[0] - want[0]).abs() < 1e-9 && (end[1] - want[1]).abs() < 1e-9);
        }
    }
}
