//! The strip beside a heat map that says which colour means which value.

use super::axes::{LABEL, Range, TICK};
use super::color::{Color, ColorMap};
use super::scene::{Anchor, Mark, Rect, Scene, Stroke, Text};
use crate::png::Bitmap;

/// Page units that a colour bar with its labels takes at the right of a chart.
pub(super) const WIDTH: f64 = 86.0;

/// Draws a bar from `low` (bottom) to `high` (top) at the left of `area`.
pub(super) fn draw(scene: &mut Scene, area: Rect, low: f64, high: f64, map: ColorMap, label: &str) {
    const STEPS: usize = 128;
    let mut bitmap = Bitmap::new(1, STEPS);
    for (i, pixel) in bitmap.rgb.chunks_exact_mut(3).enumerate() {
        let color = map.at(1.0 - i as f64 / (STEPS - 1) as f64);
        pixel.copy_from_slice(&[color.r, color.g, color.b]);
    }
    let bar = Rect::new(area.x, area.y, 14.0, area.h);
    scene.push(Mark::Image(bar, bitmap));
    scene.outline(bar, Stroke::new(Color::rgb(190, 196, 204), 1.0));
    let range = Range::exact(low, high, 7, false);
    for (value, text) in range.ticks() {
        let y = bar.bottom() - range.place(*value) * bar.h;
        scene.line([bar.right(), y], [bar.right() + 3.0, y], Stroke::new(Color::SOFT, 1.0));
        scene.text(Text::new([bar.right() + 7.0, y + TICK * 0.34], text.as_str(), TICK).color(Color::SOFT));
    }
    let at = [area.x + WIDTH - 16.0, area.y + area.h / 2.0];
    scene.text(Text::new(at, label, LABEL).anchor(Anchor::Middle).upwards());
}
