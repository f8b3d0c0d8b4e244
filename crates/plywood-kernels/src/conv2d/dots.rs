//! The weight gradient of few filters over few channels, with neighbouring pixels in the lanes: a tap's sum with an output
//! channel is a dot product of the image, shifted by the tap, with the channel's gradients.
//!
//! Some taps by some output channels at a time are kept in registers, a vector each, whose lanes are added up in the end.

use std::ops::Range;

use super::Conv2dDims;
use super::geometry::Correlation;
use super::image::Layout;
use crate::gemm::tile::TileSize;
use crate::scratch::Scratch;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch};

/// Output channels that are kept in registers.
const OUTS: usize = 6;

/// Taps that are kept in registers, at most.
const MOST_TAPS: usize = 4;

/// Whether this is faster than tiles of a kernel's row by output channels, which must be few for that: a tile of few sums
/// waits for each of them. The pixels of a row must fill vectors well.
pub(super) fn suits(d: &Conv2dDims, tile: TileSize) -> bool {
    let outs = d.o / d.groups;
    let few = outs <= tile.lanes && outs * d.kw <= 4 * tile.lanes;
    d.stride == [1, 1] && few && 4 * d.ow > 3 * d.ow.next_multiple_of(tile.lanes)
}

/// Adds up the sums of some images for a group of channels; those of tap `t`, channel `c` and output channel `o` come to
/// `put(t, c, o, …)`.
pub(super) fn sums<T: Scalar>(
    d: &Conv2dDims,
    x: &[T],
    dy: &[T],
    images: Range<usize>,
    group: usize,
    mut put: impl FnMut(usize, usize, usize, T),
) {
    let (channels, outs, taps) = (d.c / d.groups, d.o / d.groups, d.kh * d.kw);
    let layout = Layout::in_order::<T>(&Correlation::axes_of(d));
    // Where each tap of each channel begins.
    let mut places: Vec<usize> = (0..channels * taps)
        .map(|i| {
            let (p, q) = (i % taps / d.kw * d.dilation[0], i % d.kw * d.dilation[1]);
            i / taps * layout.plane + p * layout.pitch + q
        })
        .collect();
    // A block's last places are taken again and again where there are too few.
    places.resize(places.len().next_multiple_of(MOST_TAPS), places[places.len() - 1]);
    let mut copy = Scratch::take(channels * layout.plane);
    let mut vectors = Scratch::take(places.len() * outs.next_multiple_of(OUTS) * MOST_LANES);
    vectors.fill(T::ZERO);
    let (plane, pixels) = (d.h * d.w, d.oh * d.ow);
    for image in images {
        let first = (image * d.c + group * channels) * plane;
        layout.fill(&x[first..][..channels * plane], d.h, d.w, &mut copy);
        let dy = &dy[(image * d.o + group * outs) * pixels..][..outs * pixels];
        add(&copy, layout.pitch, &places, dy, [d.oh, d.ow], &mut vectors);
    }
    for i in 0..channels * taps {
        for o in 0..outs {
            put(i % taps, i / taps, o, total(&vectors, i * outs.next_multiple_of(OUTS) + o));
        }
    }
}

dispatch! {
    /// The sum of a vector's lanes.
    fn total<I: Isa, T: Scalar>(vectors: &[T], i: usize) -> T {
        let lanes = I::V::<T>::LANES;
        // SAFETY: as many numbers as lanes.
        unsafe { I::V::<T>::load(vectors[i * lanes..][..lanes].as_ptr()).sum() }
    }
}

dispatch! {
    /// Adds the products of an image, at rows `pitch` apart from each of `places` on, with planes of gradients, `size` each,
    /// to vectors `[place][output channel]`.
    fn add<I: Isa, T: Scalar>(
        x: &[T],
        pitch: usize,
        places: &[usize],
        dy: &[T],
        size: [usize; 2],
        vectors: &mut [T],
    ) {
        let (lanes, [rows, columns]) = (I::V::<T>::LANES, size);
        let plane = rows * columns;
        let outs = dy.len() / plane;
        let pitch_of_vectors = outs.next_multiple_of(OUTS);
        let furthest = places.iter().max().map_or(0, |&place| place + (rows - 1) * pitch + columns);
        assert!(furthest <= x.len() && places.len().is_multiple_of(MOST_TAPS));
        assert!(vectors.len() >= places.len() * pitch_of_vectors * lanes);
        for o in (0..outs).step_by(OUTS) {
            let mut planes = [dy.as_ptr(); OUTS];
            for i in 0..OUTS {
                planes[i] = dy[(o + i).min(outs - 1) * plane..].as_ptr();
            }
            let taps = if I::ACCUMULATORS >= MOST_TAPS * OUTS { MOST_TAPS } else { MOST_TAPS / 2 };
            for tap in (0..places.len()).step_by(taps) {
                // SAFETY: rows and columns from each place on, and those of each plane, lie inside by what was asserted,
                // and so do the vectors.
                unsafe {
                    let to = vectors.as_mut_ptr().add((tap * pitch_of_vectors + o) * lanes);
                    let places = &places[tap..];
                    if taps == MOST_TAPS {
                        block::<I::V<T>, T, MOST_TAPS>(x, pitch, places, &planes, size, to, pitch_of_vectors * lanes);
                    } else {
                        block::<I::V<T>, T, { MOST_TAPS / 2 }>(x, pitch, places, &planes, size, to, pitch_of_vectors * lanes);
                    }
                }
            }
        }
    }
}

/// Some taps by [`OUTS`] output channels.
///
/// # Safety
/// As [`add`] asserts; for use within `dispatch!`.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
unsafe fn block<V: Vector<T>, T: Scalar, const TAPS: usize>(
    x: &[T],
    pitch: usize,
    places: &[usize],
    dy: &[*const T; OUTS],
    [rows, columns]: [usize; 2],
    to: *mut T,
    tap: usize,
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut sums = [[V::splat(T::ZERO); OUTS]; TAPS];
        for t in 0..TAPS {
            for o in 0..OUTS {
                sums[t][o] = V::load(to.add(t * tap + o * V::LANES));
            }
        }
        // Adds the products of the pixels from a column on, as many as the method reads.
        macro_rules! add_products {
            ($row:expr, $column:expr, $load:ident $(, $n:expr)?) => {
                let mut shifted = [V::splat(T::ZERO); TAPS];
                for t in 0..TAPS {
                    shifted[t] = V::$load(x.as_ptr().add(places[t] + $row * pitch + $column) $(, $n)?);
                }
                for o in 0..OUTS {
                    let gradient = V::$load(dy[o].add($row * columns + $column) $(, $n)?);
                    for t in 0..TAPS {
                        sums[t][o] = shifted[t].mul_add(gradient, sums[t][o]);
                    }
                }
            };
        }
        let rest = columns % V::LANES;
        for row in 0..rows {
            for column in (0..columns - rest).step_by(V::LANES) {
                add_products!(row, column, load);
            }
            if rest > 0 {
                add_products!(row, columns - rest, load_first, rest);
            }
        }
        for t in 0..TAPS {
            for o in 0..OUTS {
                sums[t][o].store(to.add(t * tap + o * V::LANES));
            }
        }
    }
}
