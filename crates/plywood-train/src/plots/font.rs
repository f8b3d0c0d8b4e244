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
/// Super- and subscripts are drawn from other characters at this scale, moved up to cap height or below the base line.
const SMALL: f64 = 0.62;
const RAISED: f64 = 6.4;
const LOWERED: f64 = -3.0;
const SUPERSCRIPTS: [&str; 2] = ["⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱᵀ", "0123456789+-niT"];
const SUBSCRIPTS: [&str; 2] = ["₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₘₙₜₓ", "0123456789+-ijkmntx"];

/// Characters that are drawn as others that look alike: spaces and hyphens of all kinds, sum and product, Greek letters
/// that Latin has too.
const ALIKE: [&str; 2] = ["\u{a0}\u{202f}\u{2009}‐‑′″∑∏⋅ς‚οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "   --'\"ΣΠ·σ,oABEZHIKMNOPTYX"];

/// Letters with a mark above: the letters, what they are without it, and the mark's path, whose 0 is the middle of the
/// letter's upper edge.
const MARKED: [[&str; 3]; 7] = [
    ["äëïöüÿÄËÏÖÜ", "aeıouyAEIOU", "D-2.2 2.4 D2.2 2.4"],
    ["áćéíńóśúýźÁĆÉÍŃÓŚÚÝŹ", "aceınosuyzACEINOSUYZ", "M-.8 1.6 L1.4 4.2"],
    ["àèìòùÀÈÌÒÙ", "aeıouAEIOU", "M.8 1.6 L-1.4 4.2"],
    ["âêîôûÂÊÎÔÛ", "aeıouAEIOU", "M-2.4 1.6 L0 4 L2.4 1.6"],
    ["čďěňřšťžČĎĚŇŘŠŤŽ", "cdenrstzCDENRSTZ", "M-2.4 4 L0 1.6 L2.4 4"],
    ["ãñõÃÑÕ", "anoANO", "M-3 1.8 C-2 4.6 -.8 3.4 0 2.8 C.8 2.2 2 1 3 3.8"],
    ["åÅ", "aA", "A0 3.2 1.5 1.5"],
];

/// One character: how it is drawn and how far it moves the pen.
#[derive(Clone, Copy, PartialEq)]
struct Glyph {
    advance: f64,
    path: &'static str,
    scale: f64,
    rise: f64,
    /// A mark above, and where its 0 is.
    mark: Option<(&'static str, Point)>,
}

/// What is drawn for a character: a framed question mark where there are no strokes for it.
fn glyph(c: char) -> Glyph {
    let paired = |[from, to]: [&str; 2]| to.chars().nth(from.chars().position(|known| known == c)?);
    let [plain, raised, lowered] = [ALIKE, SUPERSCRIPTS, SUBSCRIPTS].map(paired);
    if let Some(base) = plain {
        return glyph(base);
    }
    if let Some(base) = raised.or(lowered) {
        let Glyph { advance, path, .. } = glyph(base);
        let rise = if raised.is_some() { RAISED } else { LOWERED };
        return Glyph { advance: advance * SMALL, path, scale: SMALL, rise, mark: None };
    }
    if let Some((base, mark)) = MARKED.iter().find_map(|&[from, to, mark]| Some((paired([from, to])?, mark))) {
        let letter = glyph(base);
        let top = if base.is_uppercase() { 14.0 } else { 10.0 };
        return Glyph { mark: Some((mark, [letter.advance / 2.0, top])), ..letter };
    }
    let place = |c: char| GLYPHS.binary_search_by_key(&c, |g| g.0).ok();
    let missing = GLYPHS.len() - 1;
    let (_, advance, path) = GLYPHS[place(c).unwrap_or(missing)];
    Glyph { advance, path, scale: 1.0, rise: 0.0, mark: None }
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
        let shifted = |(mark, [dx, dy]): (&'static str, Point)| {
            trace(mark).into_iter().map(move |line| line.into_iter().map(|[x, y]| [x + dx, y + dy]).collect())
        };
        let marks = glyph.mark.into_iter().flat_map(shifted);
        for line in trace(glyph.path).into_iter().chain(marks) {
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
    fn letters_of_formulas_and_of_western_languages_are_there() {
        let missing = glyph('\u{fffd}');
        let western = MARKED.map(|[letters, ..]| letters).concat() + "ßçøØ€‘’“”„";
        let formulas = "×·−–±°…←→↑↓∂∇Σ∑Π∏√∫∞∈≈≠≤≥αβγδεζηθικλμνξοπρςστυφχψωΓΔΘΛΞΦΨΩΑΟ";
        for c in (' '..='~').chain([SUPERSCRIPTS[0], SUBSCRIPTS[0], &western, formulas].concat().chars()) {
            assert!(glyph(c) != missing, "{c}");
        }
    }

    #[test]
    fn pairs_of_characters_have_equal_numbers() {
        let pairs = MARKED.map(|[from, to, _]| [from, to]);
        for [from, to] in pairs.into_iter().chain([ALIKE, SUPERSCRIPTS, SUBSCRIPTS]) {
            assert_eq!(from.chars().count(), to.chars().count(), "{from}");
        }
    }

    #[test]
    fn what_has_no_strokes_is_a_framed_question_mark() {
        assert!(glyph('\u{1F600}') == glyph('\u{fffd}') && glyph('中') == glyph('\u{fffd}'));
        assert!(GLYPHS[GLYPHS.len() - 1].0 == '\u{fffd}' && glyph('?') != glyph('中'));
    }

    #[test]
    fn marks_stand_above_their_letters() {
        let highest = |text: &str| {
            let (lines, _) = strokes(&Text::new([0.0, 0.0], text, EM));
            lines.iter().flatten().map(|point| -point[1]).fold(f64::MIN, f64::max)
        };
        for (plain, marked) in [("a", "ä"), ("e", "é"), ("A", "Å"), ("n", "ñ"), ("ı", "í")] {
            assert!(highest(marked) > highest(plain) + 1.5 && width(marked, EM) == width(plain, EM), "{marked}");
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
