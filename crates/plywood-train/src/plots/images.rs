//! Pictures of tensors: grids of images with captions, filters and feature maps, strips of frames.

use plywood_tensor::{Scalar, Tensor};

use super::Chart;
use super::axes::{TICK, TITLE};
use super::color::{Color, ColorMap};
use super::scene::{Anchor, Mark, Rect, Scene, Stroke, Text, text_width};
use crate::png::Bitmap;
use crate::{Error, Result};

/// Turns `[h, w]`, `[1, h, w]` (through a colour map) or `[3, h, w]` (red, green, blue) into pixels, `low` to the
/// dark end and `high` to the bright one.
///
/// # Errors
/// If the tensor has another shape.
pub fn bitmap<T: Scalar>(image: &Tensor<T>, low: f64, high: f64, map: ColorMap) -> Result<Bitmap> {
    let (channels, height, width) = match image.shape()[..] {
        [h, w] => (1, h, w),
        [c @ (1 | 3), h, w] => (c, h, w),
        _ => return Err(Error::shape("bitmap", "image", "[h, w], [1, h, w] or [3, h, w]", image.shape())),
    };
    let values = image.to_vec();
    let span = if high > low { high - low } else { 1.0 };
    let unit = |v: T| (v.to_f64() - low) / span;
    let area = height * width;
    let mut bitmap = Bitmap::new(width, height);
    for (i, pixel) in bitmap.rgb.chunks_exact_mut(3).enumerate() {
        if channels == 1 {
            let color = map.at(unit(values[i]));
            pixel.copy_from_slice(&[color.r, color.g, color.b]);
        } else {
            for (c, out) in pixel.iter_mut().enumerate() {
                *out = (unit(values[c * area + i]).clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
    }
    Ok(bitmap)
}

/// The lowest and highest finite value of a tensor; 0 and 1 if there is none.
pub(super) fn value_range<T: Scalar>(tensor: &Tensor<T>) -> (f64, f64) {
    super::axes::extent(tensor.to_vec().into_iter().map(T::to_f64)).unwrap_or((0.0, 1.0))
}

#[derive(Clone, Debug)]
struct Cell {
    image: Bitmap,
    caption: String,
    mark: Option<Color>,
}

/// Images in rows, each with a caption; wrong predictions framed in red.
///
/// A caption that is wider than its image goes on in further lines, three at most; what doesn't fit then is left out,
/// with `…` in its place.
///
/// ```
/// use plywood_tensor::Tensor;
/// use plywood_train::plots::{Chart, ImageGrid};
///
/// let digit: Tensor = Tensor::full([1, 8, 8], 0.5);
/// let grid = ImageGrid::new("Test digits").prediction(&digit, "3", "3")?.prediction(&digit, "5", "3")?;
/// assert!(grid.scene()?.to_svg().contains("5, is 3"));
/// # Ok::<(), plywood_train::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageGrid {
    title: String,
    subtitle: String,
    columns: usize,
    size: f64,
    range: Option<(f64, f64)>,
    map: ColorMap,
    cells: Vec<Cell>,
}

impl ImageGrid {
    /// An empty grid of ten columns.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            columns: 10,
            size: 72.0,
            range: None,
            map: ColorMap::Gray,
            cells: Vec::new(),
        }
    }

    /// Sets the images a row; at least one.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns.max(1);
        self
    }

    /// Sets the width of an image in page units; 72 otherwise.
    pub fn size(mut self, size: f64) -> Self {
        self.size = size.max(1.0);
        self
    }

    /// Adds a line under the title.
    pub fn subtitle(mut self, text: impl Into<String>) -> Self {
        self.subtitle = text.into();
        self
    }

    /// Sets which values are black and white for the images that follow; each image's own extremes otherwise.
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// Sets the colours for one-channel images that follow; grey otherwise.
    pub fn colors(mut self, map: ColorMap) -> Self {
        self.map = map;
        self
    }

    /// Adds an image: `[h, w]`, `[1, h, w]` or `[3, h, w]`.
    ///
    /// # Errors
    /// If the tensor has another shape.
    pub fn image<T: Scalar>(mut self, image: &Tensor<T>, caption: impl Into<String>) -> Result<Self> {
        self.add(image, caption.into(), None)?;
        Ok(self)
    }

    /// Adds an image with what the model says and what is true; a wrong one is framed in red and names both.
    ///
    /// # Errors
    /// As [`image`](Self::image).
    pub fn prediction<T: Scalar>(mut self, image: &Tensor<T>, predicted: &str, truth: &str) -> Result<Self> {
        let right = predicted == truth;
        let caption = if right { predicted.to_owned() } else { format!("{predicted}, is {truth}") };
        self.add(image, caption, Some(if right { Color::GREEN } else { Color::RED }))?;
        Ok(self)
    }

    /// The line under the title: what was set, or else how many predictions are wrong.
    fn words(&self) -> String {
        let judged = self.cells.iter().filter(|cell| cell.mark.is_some()).count();
        let wrong = self.cells.iter().filter(|cell| cell.mark == Some(Color::RED)).count();
        match (self.subtitle.is_empty(), judged, wrong) {
            (true, 1.., 0) => format!("All {judged} are right."),
            (true, 1.., _) => format!("{wrong} of {judged} are wrong: framed in red, with what is true."),
            _ => self.subtitle.clone(),
        }
    }

    fn add<T: Scalar>(&mut self, image: &Tensor<T>, caption: String, mark: Option<Color>) -> Result<()> {
        let (low, high) = self.range.unwrap_or_else(|| value_range(image));
        let image = bitmap(image, low, high, self.map)?;
        self.cells.push(Cell { image, caption, mark });
        Ok(())
    }
}

impl Chart for ImageGrid {
    fn scene(&self) -> Result<Scene> {
        const GAP: f64 = 12.0;
        let subtitle = self.words();
        let columns = self.columns.min(self.cells.len().max(1));
        let aspect = self.cells.iter().map(|c| c.image.height as f64 / c.image.width.max(1) as f64).fold(0.0, f64::max);
        let image_height = self.size * if aspect > 0.0 { aspect } else { 1.0 };
        let captions: Vec<_> = self.cells.iter().map(|c| wrapped(&c.caption, self.size + GAP - 4.0)).collect();
        let lines = captions.iter().map(Vec::len).max().unwrap_or(0);
        let caption = if lines == 0 { 0.0 } else { 6.0 + LINE * lines as f64 };
        let top = 46.0 + if subtitle.is_empty() { 0.0 } else { 20.0 };
        let rows = self.cells.len().div_ceil(columns);
        let row_height = image_height + caption + GAP;
        let words = text_width(&self.title, TITLE * 1.08).max(text_width(&subtitle, TICK));
        let width = (40.0 - GAP + columns as f64 * (self.size + GAP)).max(words + 40.0);
        let mut scene = Scene::new(width.ceil(), (top + rows as f64 * row_height + 12.0).ceil());
        scene.text(Text::new([20.0, 30.0], self.title.as_str(), TITLE).bold());
        if !subtitle.is_empty() {
            scene.text(Text::new([20.0, 50.0], subtitle.as_str(), TICK).color(Color::SOFT));
        }
        for (i, (cell, caption)) in self.cells.iter().zip(&captions).enumerate() {
            let x = 20.0 + (i % columns) as f64 * (self.size + GAP);
            let y = top + (i / columns) as f64 * row_height;
            draw_cell(&mut scene, cell, caption, Rect::new(x, y, self.size, image_height));
        }
        Ok(scene)
    }
}

/// From one line of a caption to the next.
const LINE: f64 = 14.0;

/// A caption in lines of at most this width.
fn wrapped(caption: &str, width: f64) -> Vec<String> {
    const LINES: usize = 3;
    // Bold letters, which frame wrong predictions, are a little wider.
    let fits = |line: &str| 1.05 * text_width(line, TICK) <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in caption.split_whitespace() {
        match lines.last_mut().filter(|line| fits(&format!("{line} {word}"))) {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.into()),
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines[LINES - 1].push('…');
    }
    for line in lines.iter_mut().filter(|line| !fits(line)) {
        let mut kept: String = line.trim_end_matches('…').into();
        while kept.chars().count() > 1 && !fits(&format!("{kept}…")) {
            kept.pop();
        }
        *line = kept + "…";
    }
    lines
}

fn draw_cell(scene: &mut Scene, cell: &Cell, caption: &[String], place: Rect) {
    scene.push(Mark::Image(place, cell.image.clone()));
    let wrong = cell.mark == Some(Color::RED);
    let (frame, width) = if wrong { (Color::RED, 3.0) } else { (Color::rgb(205, 210, 216), 1.0) };
    scene.outline(place.inset(-width / 2.0, -width / 2.0, -width / 2.0, -width / 2.0), Stroke::new(frame, width));
    for (i, line) in caption.iter().enumerate() {
        let at = [place.x + place.w / 2.0, place.bottom() + 15.0 + LINE * i as f64];
        let mut text = Text::new(at, line.as_str(), TICK).anchor(Anchor::Middle);
        if let Some(color) = cell.mark {
            text = text.color(color);
        }
        scene.text(if wrong { text.bold() } else { text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_other_than_images_are_refused() {
        let error = bitmap(&Tensor::full([2, 4, 4], 0.0f32), 0.0, 1.0, ColorMap::Gray).unwrap_err();
        assert!(error.to_string().contains("[2, 4, 4]"), "{error}");
    }

    #[test]
    fn values_become_shades() {
        let image = Tensor::from([[0.0f32, 0.5], [1.0, 2.0]]);
        let map = bitmap(&image, 0.0, 1.0, ColorMap::Gray).unwrap();
        assert_eq!(
            [map.pixel(0, 0)[0], map.pixel(1, 0)[0], map.pixel(0, 1)[0], map.pixel(1, 1)[0]],
            [0, 128, 255, 255]
        );
        let rgb = Tensor::from_vec([3, 1, 1], vec![1.0f32, 0.0, 0.5]).unwrap();
        assert_eq!(bitmap(&rgb, 0.0, 1.0, ColorMap::Gray).unwrap().pixel(0, 0), [255, 0, 128]);
    }

    #[test]
    fn wrong_predictions_are_counted() {
        let image: Tensor = Tensor::full([2, 2], 0.5);
        let right = ImageGrid::new("").prediction(&image, "3", "3").unwrap();
        assert_eq!(right.words(), "All 1 are right.");
        let mixed = right.prediction(&image, "5", "3").unwrap();
        assert_eq!(mixed.words(), "1 of 2 are wrong: framed in red, with what is true.");
        assert_eq!(mixed.subtitle("Digits").words(), "Digits");
        assert_eq!(ImageGrid::new("").image(&image, "").unwrap().words(), "");
    }

    #[test]
    fn long_captions_go_on_below_and_end_in_an_ellipsis() {
        assert_eq!(wrapped("left-right differences", 200.0), ["left-right differences"]);
        assert_eq!(wrapped("left-right differences", 100.0), ["left-right", "differences"]);
        assert!(wrapped("", 100.0).is_empty());
        let many = wrapped("one two three four five six", 40.0);
        assert_eq!(many.len(), 3);
        assert!(many[2].ends_with('…') && !many[1].ends_with('…'), "{many:?}");
        let long = wrapped("Donaudampfschifffahrtsgesellschaft", 80.0);
        assert!(long.len() == 1 && long[0].starts_with("Donau") && long[0].ends_with('…'), "{long:?}");
        for line in many.iter().chain(&long) {
            assert!(text_width(line, TICK) <= 80.0, "{line}");
        }

        let image: Tensor = Tensor::full([2, 2], 0.5);
        let height = |caption: &str| ImageGrid::new("").image(&image, caption).unwrap().scene().unwrap().height;
        assert_eq!(height("one two three four five six seven") - height("one"), 2.0 * LINE);
    }

    #[test]
    fn an_empty_grid_and_an_empty_image_draw() {
        let empty: Tensor = Tensor::full([0, 0], 0.0);
        assert!(ImageGrid::new("none").scene().is_ok());
        assert!(ImageGrid::new("none").image(&empty, "").unwrap().scene().unwrap().to_bitmap(1.0).width > 0);
    }
}
