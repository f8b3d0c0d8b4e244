//! Colours: the palette of series and the maps from a number to a colour.

/// A colour in sRGB with opacity, 0 to 255 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity: 0 is invisible, 255 is solid.
    pub a: u8,
}

impl Color {
    /// Paper.
    pub const WHITE: Self = Self::rgb(255, 255, 255);
    /// Text and axes.
    pub const INK: Self = Self::rgb(38, 43, 51);
    /// Text of the second rank: tick labels, subtitles.
    pub const SOFT: Self = Self::rgb(98, 106, 117);
    /// Grid lines.
    pub const GRID: Self = Self::rgb(229, 232, 236);
    /// What is wrong.
    pub const RED: Self = Self::rgb(206, 44, 49);
    /// What is right.
    pub const GREEN: Self = Self::rgb(31, 136, 61);

    /// A solid colour.
    pub const fn rgb(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 255 }
    }

    /// The same colour with opacity `a`.
    pub const fn alpha(self, a: u8) -> Self {
        Self { a, ..self }
    }

    /// The colour of series number `i`. The first eight differ for colour-blind readers too, after which they repeat.
    pub fn series(i: usize) -> Self {
        const PALETTE: [Color; 8] = [
            Color::rgb(31, 99, 191),
            Color::rgb(222, 107, 23),
            Color::rgb(20, 143, 119),
            Color::rgb(190, 58, 124),
            Color::rgb(132, 95, 199),
            Color::rgb(160, 130, 14),
            Color::rgb(86, 163, 217),
            Color::rgb(112, 112, 112),
        ];
        PALETTE[i % PALETTE.len()]
    }

    /// The mix of `self` and `other`: `t` = 0 gives `self`, 1 gives `other`.
    pub fn mix(self, other: Self, t: f64) -> Self {
        let t = t.clamp(0.0, 1.0);
        let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as u8;
        Self {
            r: blend(self.r, other.r),
            g: blend(self.g, other.g),
            b: blend(self.b, other.b),
            a: blend(self.a, other.a),
        }
    }

    /// Relative luminance from 0 (black) to 1 (white), to choose a text colour that stands out.
    pub fn luminance(self) -> f64 {
        (0.2126 * f64::from(self.r) + 0.7152 * f64::from(self.g) + 0.0722 * f64::from(self.b)) / 255.0
    }

    /// Ink or white, whichever reads better on this colour.
    pub fn contrast(self) -> Self {
        if self.luminance() > 0.55 { Self::INK } else { Self::WHITE }
    }
}

/// A map from `[0, 1]` to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorMap {
    /// Black to white: images.
    Gray,
    /// White to deep blue: counts and attention, where zero is nothing.
    Blues,
    /// Dark violet over teal to yellow: heights, in even steps of brightness.
    Heights,
    /// Blue over white to red: signed values around zero, which sits at 0.5.
    Signed,
}

impl ColorMap {
    /// The colour at `t`; values outside `[0, 1]` take the nearer end, NaN is grey.
    pub fn at(self, t: f64) -> Color {
        if t.is_nan() {
            return Color::rgb(190, 190, 190);
        }
        let stops: &[Color] = match self {
            Self::Gray => &[Color::rgb(0, 0, 0), Color::WHITE],
            Self::Blues => &[
                Color::WHITE,
                Color::rgb(214, 228, 245),
                Color::rgb(146, 189, 229),
                Color::rgb(56, 127, 196),
                Color::rgb(9, 56, 121),
            ],
            Self::Heights => &[
                Color::rgb(61, 8, 88),
                Color::rgb(64, 66, 136),
                Color::rgb(44, 111, 142),
                Color::rgb(33, 155, 138),
                Color::rgb(105, 199, 94),
                Color::rgb(248, 227, 52),
            ],
            Self::Signed => &[
                Color::rgb(17, 72, 150),
                Color::rgb(112, 163, 214),
                Color::rgb(247, 247, 247),
                Color::rgb(230, 132, 106),
                Color::rgb(167, 21, 40),
            ],
        };
        let t = t.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let i = (t as usize).min(stops.len() - 2);
        stops[i].mix(stops[i + 1], t - i as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_reach_their_ends_and_grow_in_brightness() {
        assert_eq!(ColorMap::Gray.at(-1.0), Color::rgb(0, 0, 0));
        assert_eq!(ColorMap::Gray.at(2.0), Color::WHITE);
        assert_eq!(ColorMap::Signed.at(0.5), Color::rgb(247, 247, 247));
        assert_eq!(ColorMap::Heights.at(f64::NAN), Color::rgb(190, 190, 190));
        let light: Vec<f64> = (0..=50).map(|i| ColorMap::Heights.at(f64::from(i) / 50.0).luminance()).collect();
        assert!(light.windows(2).all(|w| w[1] > w[0]));
    }
}
