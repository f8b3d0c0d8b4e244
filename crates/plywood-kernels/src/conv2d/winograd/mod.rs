//! Winograd's minimal filtering: 3×3 kernels of stride 1 with a quarter of the multiplications, 5×5 with two fifths.
//!
//! With 3×3 taps, a tile of 4×4 outputs takes a patch of 6×6 inputs. Patch and filter are transformed to 6×6 each, where a
//! convolution is a product element by element: 36 multiplications instead of 144. Summed over channels, that makes 36
//! matrix products, `[o, c] · [c, tiles]`, and the sums are transformed back (Lavin and Gray 2016, "Fast Algorithms for
//! Convolutional Neural Networks", sections 3 and 4). The weight gradient has the same shape with 4×4 gradients in the
//! filter's place and 3×3 taps in that of the outputs. Nothing is kept for backward.
//!
//! With 5×5 taps the same patch yields a tile of 2×2: 36 multiplications instead of 100.
//!
//! # Accuracy
//! Root mean square of the error, as a share of that of the result, for normal inputs, from `[128, 16, 32, 32]` by 16
//! filters to `[32, 256, 8, 8]` by 256; the largest single error is some ten times that.
//!
//! | | forward, input gradient | weight gradient |
//! |---|---|---|
//! | `f32`, 3×3 | 5e-7 to 7e-7 | 8e-7 to 9e-7 |
//! | `f32`, 5×5 | 7e-7 | 9e-7 |
//! | `f32`, implicit gemm | 2e-7 to 3e-7 | 3e-7 |
//! | `f64`, 3×3 | 0.9e-15 to 1.5e-15 | 1.6e-15 to 1.8e-15 |
//! | `f64`, 5×5 | 1.8e-15 | 2.0e-15 |
//!
//! That is within the tolerance of every convolution's conformance case, so F(2×2, 3×3), more exact but with 2.25 times
//! instead of 4 times fewer multiplications, isn't needed. An infinite input makes NaN of its whole tile.

mod correlate;
mod filters;
mod stage;
mod transform;
mod unfold;
mod weight;

pub(super) use correlate::correlate;
pub(super) use weight::gradient;

use super::geometry::{Axis, Correlation};

/// Taps of the longest kernel along an axis.
const MOST_TAPS: usize = 5;

/// The side of the larger tile of outputs.
const MOST_STEP: usize = 4;

/// Outputs of a tile along an axis, and so positions from one tile to the next, for a kernel of so many taps.
const fn step(taps: usize) -> usize {
    transform::SIDE + 1 - taps
}

/// Elements of a transformed tile.
const POINTS: usize = transform::SIDE * transform::SIDE;

/// Elements put between what would fall into one set of the cache: a line.
const SKEW: usize = 16;

/// The tiles of all images, counted row by row, image by image.
#[derive(Clone, Copy)]
struct Tiles {
    images: usize,
    down: usize,
    across: usize,
    /// Outputs of a tile along an axis.
    step: usize,
}

impl Tiles {
    fn new(images: usize, outputs: [usize; 2], step: usize) -> Self {
        let [down, across] = outputs.map(|outputs| outputs.div_ceil(step));
        Self { images, down, across, step }
    }

    fn of_image(&self) -> usize {
        self.down * self.across
    }

    fn count(&self) -> usize {
        self.images * self.of_image()
    }
}

/// Whether a correlation is one that this algorithm computes.
pub(super) fn can(c: &Correlation) -> bool {
    Window::of(c).is_some() && c.images * c.out_plane() * c.channels * c.rows > 0
}

/// Whether this algorithm is likely to save a quarter of the time or more: whether its multiplications and transforms,
/// counted in multiply-adds that take as long, are so much fewer than those of the definition. For less, twice the
/// rounding isn't worth it: in a deep network in `f32` it decides now and then on which side of its corner a rectifier is.
pub(super) fn pays(c: &Correlation) -> bool {
    let Some(window) = Window::of(c) else { return false };
    // Measured: what one channel of a tile costs, and one filter. A filter's gradient costs half as much again or more,
    // by about which the other way is slower then too.
    const TILE_COST: usize = 550;
    const FILTER_COST: usize = 500;
    let tiles = Tiles::new(c.images, [0, 1].map(|a| c.axes[a].out), step(window.taps)).count();
    let filters = c.rows * c.channels;
    let transformed = tiles * (POINTS * filters + TILE_COST * (c.rows + c.channels)) + FILTER_COST * filters;
    can(c) && 4 * transformed < 3 * window.taps * window.taps * filters * c.images * c.out_plane()
}

/// Where neighbouring taps lie over a plane.
struct Window {
    /// Taps along each axis.
    taps: usize,
    /// Where they begin for the first output.
    top: isize,
    left: isize,
    /// Whether the kernel is laid over them the other way round, vertically and horizontally.
    flip: [bool; 2],
}

impl Window {
    /// The window of a correlation with as many neighbouring taps along each axis as there are transforms for.
    fn of(c: &Correlation) -> Option<Self> {
        let [(rows, top, flip_y), (columns, left, flip_x)] = [neighbours(&c.axes[0])?, neighbours(&c.axes[1])?];
        (rows == columns && matches!(rows, 3 | 5)).then_some(Self { taps: rows, top, left, flip: [flip_y, flip_x] })
    }
}

/// How many taps an axis has, where they begin, and whether they are in the opposite order, if they are neighbours.
fn neighbours(axis: &Axis) -> Option<(usize, isize, bool)> {
    let [phase] = &axis.phases[..] else { return None };
    let (&(_, first), &(_, last)) = (phase.taps.first()?, phase.taps.last()?);
    let step = if first <= last { 1 } else { -1 };
    let even = phase.taps.iter().enumerate().all(|(i, &(tap, at))| tap == i && at == first + step * i as isize);
    (even && axis.source_step == 1 && axis.out_step == 1).then_some((phase.taps.len(), first.min(last), step < 0))
}
