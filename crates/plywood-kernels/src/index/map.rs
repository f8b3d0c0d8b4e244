//! Where each output coordinate of one dimension reads from: padding, rolling, nearest neighbours.

use super::OUTSIDE;
use crate::Mismatch;

/// What stands beyond the ends of a dimension that is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// A constant.
    Constant,
    /// The values mirrored at the first and last one, which aren't repeated.
    Reflect,
    /// The first and last value.
    Replicate,
    /// The values from the other end.
    Circular,
}

/// The map of a dimension of `len` values with `before` and `after` more; negative numbers cut values off.
///
/// # Errors
/// If nothing would be left, or the padding needs more values than there are: `len - 1` on either side for
/// [`Padding::Reflect`], `len` for [`Padding::Circular`], one for [`Padding::Replicate`].
pub fn pad_map(len: usize, before: isize, after: isize, padding: Padding) -> Result<Vec<usize>, Mismatch> {
    let most = match padding {
        Padding::Constant => isize::MAX / 4,
        Padding::Reflect => len as isize - 1,
        Padding::Replicate => {
            if len > 0 {
                isize::MAX / 4
            } else {
                0
            }
        }
        Padding::Circular => len as isize,
    };
    if before > most || after > most {
        let expected = format_args!("at most {most} on either side of a size of {len}");
        return Err(Mismatch::new(format!("{padding:?} padding"), expected, format_args!("{before} and {after}")));
    }
    let out = len as isize + before.max(-(len as isize)) + after.max(-(len as isize));
    if out < 0 || before < -(len as isize) || after < -(len as isize) {
        let expected = format_args!("to leave something of a size of {len}");
        return Err(Mismatch::new("padding", expected, format_args!("{before} and {after}")));
    }
    let len = len as isize;
    let source = |o: isize| {
        let i = o - before;
        let i = match padding {
            _ if (0..len).contains(&i) => i,
            Padding::Constant => return OUTSIDE,
            Padding::Reflect if i < 0 => -i,
            Padding::Reflect => 2 * (len - 1) - i,
            Padding::Replicate => i.clamp(0, len - 1),
            Padding::Circular => i.rem_euclid(len),
        };
        i as usize
    };
    Ok((0..out).map(source).collect())
}

/// The map of a dimension of `len` values moved up by `shift`, those beyond the end coming in at the start.
pub fn roll_map(len: usize, shift: isize) -> Vec<usize> {
    let back = |o: usize| (o as isize - shift % (len.max(1)) as isize).rem_euclid(len as isize) as usize;
    (0..len).map(back).collect()
}

/// The map of a dimension of `len` values resized to `out` by the nearest value. `scale` is the factor that the user
/// gave, if it was one rather than a size. In `f32` arithmetic whatever the values' type, as PyTorch does, so that the
/// same values are picked.
///
/// # Panics
/// If `len` is 0 and `out` isn't.
pub fn nearest_map(len: usize, out: usize, scale: Option<f64>) -> Vec<usize> {
    assert!(len > 0 || out == 0, "no value to pick");
    let step = scale.map_or(len as f32 / out as f32, |s| (1.0 / s) as f32);
    let nearest = |o: usize| match out {
        _ if out == len => o,
        _ if out == 2 * len => o / 2,
        _ => ((o as f32 * step).floor() as usize).min(len - 1),
    };
    (0..out).map(nearest).collect()
}
