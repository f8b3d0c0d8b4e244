//! What a network sees with and sees: filters, feature maps, frames of a sequence.

use plywood_tensor::{Scalar, Tensor};

use super::color::ColorMap;
use super::images::{ImageGrid, value_range};
use super::numbers::short;
use crate::{Error, Result};

/// The filters of a convolution `[out, in, kh, kw]`, one image each: in colour if `in` is 3, else one image for each
/// pair of output and input channel, blue for negative and red for positive weights.
///
/// # Errors
/// If the tensor has another number of dimensions.
pub fn filters<T: Scalar>(title: impl Into<String>, weight: &Tensor<T>) -> Result<ImageGrid> {
    let [out, input, _, _] = weight.dims("filters", "[out, in, kh, kw]")?;
    let (low, high) = value_range(weight);
    if input == 3 {
        let note = format!("Red, green and blue weights; dark: {}, bright: {}.", short3(low), short3(high));
        let mut grid = ImageGrid::new(title).subtitle(note).range(low, high).size(56.0);
        for o in 0..out {
            grid = grid.image(&weight.select(0, o)?, o.to_string())?;
        }
        return Ok(grid);
    }
    let most = low.abs().max(high.abs());
    let below = if input == 1 { "output channel" } else { "output ← input channel" };
    let note = format!("Blue: negative, white: 0, red: positive, up to ±{}. Below: {below}.", short3(most));
    let mut grid = ImageGrid::new(title).subtitle(note).range(-most, most).colors(ColorMap::Signed).size(56.0);
    if input > 1 {
        grid = grid.columns(input.min(16));
    }
    for o in 0..out {
        for i in 0..input {
            let caption = if input == 1 { o.to_string() } else { format!("{o}←{i}") };
            grid = grid.image(&weight.select(0, o)?.select(0, i)?, caption)?;
        }
    }
    Ok(grid)
}

/// The channels of an activation `[c, h, w]`, all on one scale.
///
/// # Errors
/// If the tensor has another number of dimensions.
pub fn feature_maps<T: Scalar>(title: impl Into<String>, activation: &Tensor<T>) -> Result<ImageGrid> {
    let [channels, _, _] = activation.dims("feature_maps", "[c, h, w]")?;
    let (low, high) = value_range(activation);
    let note = format!("A channel each; violet: {}, yellow: {}.", short3(low), short3(high));
    let mut grid = ImageGrid::new(title).subtitle(note).range(low, high).colors(ColorMap::Heights).columns(8);
    for c in 0..channels {
        grid = grid.image(&activation.select(0, c)?, format!("channel {c}"))?;
    }
    Ok(grid)
}

/// Frames of a sequence side by side, `[t, h, w]` or `[t, c, h, w]` with one or three channels, all on one scale.
///
/// # Errors
/// If the tensor has another shape.
pub fn strip<T: Scalar>(title: impl Into<String>, frames: &Tensor<T>) -> Result<ImageGrid> {
    if frames.rank() != 3 && frames.rank() != 4 {
        return Err(Error::shape("strip", "frames", "[t, h, w] or [t, c, h, w]", frames.shape()));
    }
    let (low, high) = value_range(frames);
    let mut grid = ImageGrid::new(title).range(low, high).columns(12);
    for t in 0..frames.shape()[0] {
        grid = grid.image(&frames.select(0, t)?, format!("t = {t}"))?;
    }
    Ok(grid)
}

/// Three significant digits.
fn short3(v: f64) -> String {
    short(format!("{v:.2e}").parse().unwrap_or(v))
}

#[cfg(test)]
mod tests {
    use super::super::Chart;
    use super::*;

    #[test]
    fn shapes_are_checked() {
        assert!(filters("", &Tensor::full([2, 3, 3], 0.0f32)).is_err());
        assert!(feature_maps("", &Tensor::full([2, 3], 0.0f32)).is_err());
        assert!(strip("", &Tensor::full([2, 3], 0.0f32)).is_err());
        assert!(strip("", &Tensor::full([2, 2, 4, 4], 0.0f32)).is_err());
        assert!(filters("", &Tensor::full([0, 3, 3, 3], 0.0f32)).unwrap().scene().is_ok());
    }

    #[test]
    fn captions_name_channels() {
        let svg = filters("", &Tensor::full([2, 2, 3, 3], 0.5f32)).unwrap().scene().unwrap().to_svg();
        assert!(svg.contains("1←0"));
    }
}
