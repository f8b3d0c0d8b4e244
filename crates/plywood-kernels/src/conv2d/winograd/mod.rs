//! Winograd's minimal filtering: 3×3 kernels of stride 1 with a quarter of the multiplications.
//!
//! A tile of 4×4 outputs takes a patch of 6×6 inputs. Patch and filter are transformed to 6×6 each, where a convolution
//! is a product element by element: 36 multiplications instead of 144. Summed over channels, that makes 36 matrix
//! products, `[o, c] · [c, tiles]`, and the sums are transformed back (Lavin and Gray 2016, "Fast Algorithms for
//! Convolutional Neural Networks", sections 3 and 4). The weight gradient has the same shape with 4×4 gradients in the
//! filter's place and 3×3 taps in that of the outputs. Nothing is kept for backward.
//!
//! # Accuracy
//! Root mean square of the error, as a share of that of the result, for normal inputs, from `[128, 16, 32, 32]` by 16
//! filters to `[32, 256, 8, 8]` by 256; the largest single error is some ten times that.
//!
//! | | forward, input gradient | weight gradient |
//! |---|---|---|
//! | `f32` | 5e-7 to 7e-7 | 8e-7 to 9e-7 |
//! | `f32`, implicit gemm | 2e-7 to 3e-7 | 3e-7 |
//! | `f64` | 0.9e-15 to 1.3e-15 | 1.6e-15 |
//!
//! That is within the tolerance of every convolution's conformance case, so F(2×2, 3×3), more exact but with 2.25 times
//! instead of 4 times fewer multiplications, isn't needed. An infinite input makes NaN of its whole tile.

mod correlate;
mod filters;
mod stage;
mod transform;
mod weight;

pub(super) use correlate::correlate;
pub(super) use weight::gradient;

use super::geometry::{Axis, Correlation};

/// Outputs of a tile along an axis, and so positions from one tile to the next.
const STEP: usize = 4;

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
}

impl Tiles {
    fn of_image(&self) -> usize {
        self.down * self.across
    }

    fn count(&self) -> usize {
        self.images * self.of_image()
    }
}

/// Whether a correlation is one that this algorithm computes.
pub(super) fn can(c: &Correlation) -> bool {
    c.axes.iter().all(|axis| first_tap(axis).is_some()) && c.images * c.out_plane() * c.channels * c.rows > 0
}

/// The passes, as far as they differ in what they cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Forward or input gradient.
    Correlation,
    /// Weight gradient.
    Weight,
}

/// Whether this algorithm is likely to save a quarter of the time or more: whether its multiplications and transforms,
/// counted in multiply-adds that take as long, are so much fewer than those of the definition. For less, twice the
/// rounding isn't worth it: in a deep network in `f32` it decides now and then on which side of its corner a rectifier is.
pub(super) fn pays(c: &Correlation, pass: Pass) -> bool {
    // Measured with AVX2: what one channel of a tile costs, and one filter, most of which is the way to memory and back.
    let (tile_cost, filter_cost) = if pass == Pass::Correlation { (550, 2000) } else { (550, 2500) };
    let tiles = c.images * c.axes[0].out.div_ceil(STEP) * c.axes[1].out.div_ceil(STEP);
    let filters = c.rows * c.channels;
    let transformed = tiles * (POINTS * filters + tile_cost * (c.rows + c.channels)) + filter_cost * filters;
    can(c) && 4 * transformed < 3 * 9 * filters * c.images * c.out_plane()
}

/// Where the three neighbouring taps of an axis begin, if such they are, and whether the kernel is laid over them the
/// other way round.
fn first_tap(axis: &Axis) -> Option<(isize, bool)> {
    let [phase] = &axis.phases[..] else { return None };
    match phase.taps[..] {
        [(0, a), (1, b), (2, c)] if axis.source_step == 1 && axis.out_step == 1 => match (b - a, c - b) {
            (1, 1) => Some((a, false)),
            (-1, -1) => Some((c, true)),
            _ => None,
        },
        _ => None,
    }
}
