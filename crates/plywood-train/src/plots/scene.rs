//! What a picture is made of: marks in page units, the origin at the top left, y downwards.
//!
//! Charts only build a [`Scene`]; the two back ends, SVG and PNG, only draw one. Neither knows of the other.

use std::path::Path;

use super::color::Color;
use super::{font, raster, svg};
use crate::png::Bitmap;
use crate::{Error, Result};

/// A point in page units.
pub type Point = [f64; 2];

/// A rectangle in page units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// A rectangle from its upper left corner and size.
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// What is left after taking away margins: left, top, right, bottom.
    pub fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self::new(self.x + left, self.y + top, (self.w - left - right).max(1.0), (self.h - top - bottom).max(1.0))
    }

    /// Splits into `n` columns with `gap` between them.
    pub fn columns(&self, n: usize, gap: f64) -> Vec<Self> {
        let w = (self.w - gap * (n.max(1) - 1) as f64) / n.max(1) as f64;
        (0..n).map(|i| Self::new(self.x + i as f64 * (w + gap), self.y, w, self.h)).collect()
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub color: Color,
    /// Its width in page units.
    pub width: f64,
    /// Dash and gap length in page units; solid if none.
    pub dash: Option<f64>,
}

impl Stroke {
    /// A solid line.
    pub const fn new(color: Color, width: f64) -> Self {
        Self { color, width, dash: None }
    }

    /// The same line, dashed.
    pub const fn dashed(self, dash: f64) -> Self {
        Self { dash: Some(dash), ..self }
    }
}

/// Which part of a text sits at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A line of text; `at` lies on its base line.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Where the anchor lies.
    pub at: Point,
    /// What it says.
    pub text: String,
    /// Size of the font in page units.
    pub size: f64,
    /// Its colour.
    pub color: Color,
    /// Which part of it sits at `at`.
    pub anchor: Anchor,
    /// Heavier strokes.
    pub bold: bool,
    /// Turned by a quarter to read upwards.
    pub upwards: bool,
}

impl Text {
    /// Text in ink that starts at `at`.
    pub fn new(at: Point, text: impl Into<String>, size: f64) -> Self {
        Self { at, text: text.into(), size, color: Color::INK, anchor: Anchor::Start, bold: false, upwards: false }
    }

    /// Sets which part sits at the point.
    pub fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// Sets the colour.
    pub fn color(self, color: Color) -> Self {
        Self { color, ..self }
    }

    /// Makes it bold.
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Turns it to read upwards.
    pub fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points, with round joins.
    Line(Vec<Point>, Stroke),
    /// A filled polygon, closed by itself; even-odd inside.
    Area(Vec<Point>, Color),
    /// A rectangle with a filling, an outline or both.
    Rect(Rect, Option<Color>, Option<Stroke>),
    /// A disc: centre, radius, filling, outline.
    Disc(Point, f64, Color, Option<Stroke>),
    /// Text.
    Text(Text),
    /// A bitmap stretched over a rectangle, its pixels left sharp.
    Image(Rect, Bitmap),
}

impl Mark {
    /// The same mark elsewhere on a page.
    fn moved(self, [dx, dy]: Point) -> Self {
        let point = |[x, y]: Point| [x + dx, y + dy];
        let points = |points: Vec<Point>| points.into_iter().map(point).collect();
        let rect = |r: Rect| Rect { x: r.x + dx, y: r.y + dy, ..r };
        match self {
            Self::Line(line, stroke) => Self::Line(points(line), stroke),
            Self::Area(border, color) => Self::Area(points(border), color),
            Self::Rect(r, filling, outline) => Self::Rect(rect(r), filling, outline),
            Self::Disc(center, radius, filling, outline) => Self::Disc(point(center), radius, filling, outline),
            Self::Text(text) => Self::Text(Text { at: point(text.at), ..text }),
            Self::Image(r, bitmap) => Self::Image(rect(r), bitmap),
        }
    }
}

/// A page with marks on it, later ones on top.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Width in page units.
    pub width: f64,
    /// Height in page units.
    pub height: f64,
    /// Colour of the page.
    pub background: Color,
    /// The marks, bottom first.
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty white page.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, background: Color::WHITE, marks: Vec::new() }
    }

    /// The whole page.
    pub fn page(&self) -> Rect {
        Rect::new(0.0, 0.0, self.width, self.height)
    }

    /// Adds a mark on top.
    pub fn push(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    /// Adds a straight line.
    pub fn line(&mut self, a: Point, b: Point, stroke: Stroke) {
        self.push(Mark::Line(vec![a, b], stroke));
    }

    /// Adds text.
    pub fn text(&mut self, text: Text) {
        self.push(Mark::Text(text));
    }

    /// Adds a filled rectangle.
    pub fn fill(&mut self, rect: Rect, color: Color) {
        self.push(Mark::Rect(rect, Some(color), None));
    }

    /// Adds an outlined rectangle.
    pub fn outline(&mut self, rect: Rect, stroke: Stroke) {
        self.push(Mark::Rect(rect, None, Some(stroke)));
    }

    /// This page with another to its right, for charts that are to be compared; tops are level.
    pub fn beside(mut self, other: Self) -> Self {
        let offset = [self.width, 0.0];
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(offset)));
        Self { width: self.width + other.width, height: self.height.max(other.height), ..self }
    }

    /// This page with another under it.
    pub fn above(mut self, other: Self) -> Self {
        let offset = [0.0, self.height];
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(offset)));
        Self { width: self.width.max(other.width), height: self.height + other.height, ..self }
    }

    /// The page as SVG.
    pub fn to_svg(&self) -> String {
        svg::render(self)
    }

    /// The page as pixels, `scale` of them a page unit.
    pub fn to_bitmap(&self, scale: f64) -> Bitmap {
        raster::render(self, scale)
    }

    /// Writes the page to a `.png` file, with two pixels a page unit, or to an `.svg` file. Missing folders are made.
    ///
    /// # Errors
    /// Another extension, or a file that can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let bytes = match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("png") => self.to_bitmap(2.0).to_png(),
            Some("svg") => self.to_svg().into_bytes(),
            other => {
                return Err(Error::value(
                    "saving a picture",
                    format!("extension of {}", path.display()),
                    "png or svg",
                    other.unwrap_or("none"),
                ));
            }
        };
        plywood_tensor::file::write_atomically(path, |w| w.write_all(&bytes))
    }
}

/// Width in page units of `text` at `size`, as the PNG back end draws it.
pub fn text_width(text: &str, size: f64) -> f64 {
    font::width(text, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_put_side_by_side_and_under_each_other() {
        let page = |width, height| {
            let mut page = Scene::new(width, height);
            page.fill(Rect::new(1.0, 2.0, 3.0, 4.0), Color::INK);
            page.line([0.0, 0.0], [1.0, 1.0], Stroke::new(Color::INK, 1.0));
            page
        };
        let beside = page(10.0, 20.0).beside(page(5.0, 30.0));
        assert_eq!([beside.width, beside.height], [15.0, 30.0]);
        assert_eq!(beside.marks[2], Mark::Rect(Rect::new(11.0, 2.0, 3.0, 4.0), Some(Color::INK), None));
        let above = page(10.0, 20.0).above(page(5.0, 30.0));
        assert_eq!([above.width, above.height], [10.0, 50.0]);
        assert_eq!(above.marks[3], Mark::Line(vec![[0.0, 20.0], [1.0, 21.0]], Stroke::new(Color::INK, 1.0)));
    }
}
