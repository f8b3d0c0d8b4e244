//! Letters as strokes: reads the table of [`glyphs`] and turns a text into lines.
//!
//! A stroke font needs no font file and no font library, turns and scales freely, and its lines go through the same
//! anti-aliased brush as every other line of the picture.

use super::glyphs::GLYPHS;
use super::scene::{Anchor, Point, Text};

/// Units of the table in one font size: a capital is 14 units high, about 0.64 of the size.
const EM: f64 = 22.0;
/// Line width in units.
const REGULAR: f64 = 1.75;
const BOLD: f64 = 2.6;
/// Bold strokes need a little more air between letters.
const BOLD_SPACING: f64 = 0.5;
/// Super- and subscripts are drawn from the digits at this scale, moved up to cap height or below the base line.
const SMALL: f64 = 0.62;
const RAISED: f64 = 6.4;
const LOWERED: f64 = -3.0;

/// One character: how it is drawn and how far it moves the pen.
struct Glyph {
    advance: f64,
    path: &'static str,
    scale: f64,
    rise: f64,
}

fn glyph(c: char) -> Glyph {
    let digit = |set: &str| set.chars().position(|s| s == c).map(|i| char::from(b'0' + i as u8));
    let (base, scale, rise) = match (digit("⁰¹²³⁴⁵⁶⁷⁸⁹"), digit("₀₁₂₃₄₅₆₇₈₉")) {
        (Some(digit), _) => (digit, SMALL, RAISED),
        (_, Some(digit)) => (digit, SMALL, LOWERED),
        _ if c == '⁻' => ('-', SMALL, RAISED + 1.0),
        _ => (c, 1.0, 0.0),
    };
    // A hollow box says that a character is missing better than a gap does.
    let missing = (10.0, "M1.5 0 L8.5 0 L8.5 14 L1.5 14 L1.5 0");
    let (advance, path) = GLYPHS.binary_search_by_key(&base, |g| g.0).map_or(missing, |i| (GLYPHS[i].1, GLYPHS[i].2));
    Glyph { advance: advance * scale, path, scale, rise }
}

/// Width of `text` at `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| glyph(c).advance).sum::<f64>() * size / EM
}

/// The strokes of a text as lines in page units, and their width.
pub(super) fn strokes(text: &Text) -> (Vec<Vec<Point>>, f64) {
    let unit = text.size / EM;
    let extra = if text.bold { BOLD_SPACING } else { 0.0 };
    let whole = text.text.chars().map(|c| glyph(c).advance + extra).sum::<f64>();
    let mut pen = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -whole / 2.0,
        Anchor::End => -whole,
    };
    let mut lines = Vec::new();
    for c in text.text.chars() {
        let glyph = glyph(c);
        for line in trace(glyph.path) {
            let place = |[x, y]: Point| {
                let (x, y) = ((pen + x * glyph.scale) * unit, (y * glyph.scale + glyph.rise) * unit);
                if text.upwards { [text.at[0] - y, text.at[1] - x] } else { [text.at[0] + x, text.at[1] - y] }
            };
            lines.push(line.into_iter().map(place).collect());
        }
        pen += glyph.advance + extra;
    }
    (lines, unit * if text.bold { BOLD } else { REGULAR })
}

/// Flattens a path: `Mx y` starts a line, `Lx y` goes straight, `Cx1 y1 x2 y2 x y` is a cubic Bézier curve,
/// `Acx cy rx ry` a whole ellipse and `Dx y` a dot.
fn trace(path: &str) -> Vec<Vec<Point>> {
    let mut lines: Vec<Vec<Point>> = Vec::new();
    let starts: Vec<usize> = path.match_indices(|c: char| c.is_ascii_alphabetic()).map(|(i, _)| i).collect();
    for (i, &start) in starts.iter().enumerate() {
        let part = &path[start..starts.get(i + 1).copied().unwrap_or(path.len())];
        let (command, rest) = part.split_at(1);
        let n: Vec<f64> = rest.split_whitespace().filter_map(|v| v.parse().ok()).collect();
        match (command, n.as_slice()) {
            ("M", &[x, y]) => lines.push(vec![[x, y]]),
            ("L", &[x, y]) => lines.last_mut().expect("a glyph starts with M").push([x, y]),
            ("C", &[x1, y1, x2, y2, x, y]) => {
                let line = lines.last_mut().expect("a glyph starts with M");
                let from = line[line.len() - 1];
                line.extend((1..=CURVE).map(|i| bezier([from, [x1, y1], [x2, y2], [x, y]], i as f64 / CURVE as f64)));
            }
            ("A", &[cx, cy, rx, ry]) => lines.push(ellipse([cx, cy], rx, ry)),
            ("D", &[x, y]) => lines.push(ellipse([x, y], 0.35, 0.35)),
            _ => unreachable!("the table of glyphs holds only well-formed paths: {part}"),
        }
    }
    lines
}

/// Straight pieces a curve: at 40 px a letter they are under 3 px long.
const CURVE: usize = 10;

fn bezier([a, b, c, d]: [Point; 4], t: f64) -> Point {
    let s = 1.0 - t;
    let at = |i: usize| s * s * s * a[i] + 3.0 * s * s * t * b[i] + 3.0 * s * t * t * c[i] + t * t * t * d[i];
    [at(0), at(1)]
}

fn ellipse([cx, cy]: Point, rx: f64, ry: f64) -> Vec<Point> {
    let steps = 4 * CURVE;
    (0..=steps)
        .map(|i| (i as f64 / steps as f64 * std::f64::consts::TAU).sin_cos())
        .map(|(sin, cos)| [cx + rx * cos, cy + ry * sin])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_parses_and_stays_in_its_cell() {
        assert!(GLYPHS.windows(2).all(|w| w[0].0 < w[1].0), "the table must be sorted for the search");
        for &(c, advance, path) in GLYPHS {
            for line in trace(path) {
                assert!(!line.is_empty());
                for [x, y] in line {
                    assert!((-0.1..=advance + 0.1).contains(&x) && (-5.0..=16.0).contains(&y), "{c}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn ascii_and_superscripts_are_covered() {
        let missing = glyph('\u{1F600}').path;
        for c in (' '..='~').chain("⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉×−–…←".chars())
        {
            assert_ne!(glyph(c).path, missing, "{c}");
        }
    }

    #[test]
    fn anchors_move_text_by_its_width() {
        let at = |anchor| strokes(&Text::new([100.0, 50.0], "Hxg", 12.0).anchor(anchor)).0[0][0][0];
        let w = width("Hxg", 12.0);
        assert!((at(Anchor::Start) - at(Anchor::End) - w).abs() < 1e-9);
        assert!((at(Anchor::Start) - at(Anchor::Middle) - w / 2.0).abs() < 1e-9);
    }
}
