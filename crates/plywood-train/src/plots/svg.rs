//! The SVG back end: a scene as text that any browser shows and any editor edits.

use std::fmt::Write;

use super::color::Color;
use super::scene::{Anchor, Mark, Point, Scene, Stroke, Text};

/// The scene as an SVG document.
pub(super) fn render(scene: &Scene) -> String {
    let (w, h) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">\n<rect width=\"100%\" height=\"100%\"{}/>\n",
        paint("fill", Some(scene.background))
    );
    for mark in &scene.marks {
        element(&mut out, mark);
    }
    out.push_str("</svg>\n");
    out
}

fn element(out: &mut String, mark: &Mark) {
    // Writing to a String can't fail.
    let _ = match mark {
        Mark::Line(points, stroke) => writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{}/>",
            list(points),
            outline(Some(*stroke))
        ),
        Mark::Area(points, color) => {
            writeln!(out, "<polygon points=\"{}\" fill-rule=\"evenodd\"{}/>", list(points), paint("fill", Some(*color)))
        }
        Mark::Rect(r, fill, stroke) => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}{}/>",
            number(r.x),
            number(r.y),
            number(r.w),
            number(r.h),
            paint("fill", *fill),
            outline(*stroke)
        ),
        Mark::Disc(c, radius, fill, stroke) => writeln!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}/>",
            number(c[0]),
            number(c[1]),
            number(*radius),
            paint("fill", Some(*fill)),
            outline(*stroke)
        ),
        Mark::Text(text) => label(out, text),
        Mark::Image(r, bitmap) => writeln!(
            out,
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>",
            number(r.x),
            number(r.y),
            number(r.w),
            number(r.h),
            base64(&bitmap.to_png())
        ),
    };
}

fn label(out: &mut String, text: &Text) -> std::fmt::Result {
    let [x, y] = text.at.map(number);
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let turn = if text.upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    let weight = if text.bold { " font-weight=\"600\"" } else { "" };
    writeln!(
        out,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" text-anchor=\"{anchor}\"{weight}{turn}{}>{}</text>",
        number(text.size),
        paint("fill", Some(text.color)),
        escape(&text.text)
    )
}

fn list(points: &[Point]) -> String {
    let pairs: Vec<String> = points.iter().map(|p| format!("{},{}", number(p[0]), number(p[1]))).collect();
    pairs.join(" ")
}

fn paint(what: &str, color: Option<Color>) -> String {
    match color {
        None => format!(" {what}=\"none\""),
        Some(Color { r, g, b, a: 255 }) => format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\""),
        Some(Color { r, g, b, a }) => {
            format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\" {what}-opacity=\"{:.3}\"", f64::from(a) / 255.0)
        }
    }
}

fn outline(stroke: Option<Stroke>) -> String {
    let Some(stroke) = stroke else { return String::new() };
    let dash = stroke.dash.map_or(String::new(), |d| format!(" stroke-dasharray=\"{0} {0}\"", number(d)));
    format!("{} stroke-width=\"{}\"{dash}", paint("stroke", Some(stroke.color)), number(stroke.width))
}

/// A hundredth of a unit is finer than any screen shows and keeps files small.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, &byte)| word | u32::from(byte) << (16 - 8 * i));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_rfc_4648() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn text_can_not_break_out_of_its_element() {
        let mut scene = Scene::new(10.0, 10.0);
        scene.text(Text::new([1.0, 2.0], "a < b & </text>", 8.0));
        let svg = scene.to_svg();
        assert!(svg.contains(">a &lt; b &amp; &lt;/text&gt;</text>"), "{svg}");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(0.126), "0.13");
        assert_eq!(number(100.0), "100");
    }
}
