//! The way back of a correlation: from sums over channels to tiles of outputs, each at its place.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::transform::{Map, SIDE};
use super::{MOST_STEP, POINTS, Tiles};
use crate::conv2d::geometry::Correlation;
use crate::simd::{MOST_LANES, Vector};
use crate::{Scalar, dispatch};

/// Where the outputs of each tile go in the first output channel, and how many rows and columns of them exist.
pub(super) struct Spots {
    at: Vec<usize>,
    size: Vec<[usize; 2]>,
    /// Of each vector of tiles, whether it is full and all of its outputs exist.
    whole: Vec<bool>,
}

impl Spots {
    /// The spots of a block of tiles.
    pub(super) fn new(c: &Correlation, tiles: &Tiles, block: Range<usize>, lanes: usize) -> Self {
        let mut spots = Self { at: vec![], size: vec![], whole: vec![] };
        let step = tiles.step;
        for tile in block {
            let in_image = tile % tiles.of_image();
            let (y, x) = (in_image / tiles.across * step, in_image % tiles.across * step);
            let image = tile / tiles.of_image() * c.groups * c.rows * c.out_plane();
            spots.at.push(image + y * c.axes[1].out + x);
            spots.size.push([step.min(c.axes[0].out - y), step.min(c.axes[1].out - x)]);
        }
        let whole = |size: &[[usize; 2]]| size.len() == lanes && size.iter().all(|&size| size == [step; 2]);
        spots.whole = spots.size.chunks(lanes).map(whole).collect();
        spots
    }
}

/// What becomes of the sums of an output channel; no caller asks for an addition after a ReLU.
#[derive(Clone, Copy)]
pub(super) struct Finish<T> {
    pub(super) bias: T,
    pub(super) accumulate: bool,
    pub(super) relu: bool,
    /// Elements from one row of outputs to the next.
    pub(super) width: usize,
}

dispatch! {
    /// Transforms sums back, those of point `p` at `sums[p * step..]`, tiles in the lanes, and writes them to `spots`.
    ///
    /// The caller promises that `out` is good for the outputs at all spots.
    #[allow(clippy::needless_range_loop)] // Plain loops, which unroll.
    pub(super) fn unfold<I: Isa, T: Scalar, M: Map>(
        sums: &[T],
        step: usize,
        spots: &Spots,
        finish: Finish<T>,
        out: *mut T,
    ) {
        let lanes = I::V::<T>::LANES;
        assert!(sums.len() >= (POINTS - 1) * step + spots.at.len().next_multiple_of(lanes));
        let mut tiles = MaybeUninit::<[T; MOST_STEP * MOST_STEP * MOST_LANES]>::uninit();
        let tiles = tiles.as_mut_ptr().cast::<T>();
        let mut own = [0; MOST_LANES];
        for l in 0..lanes {
            own[l] = l * M::OUT * M::OUT;
        }
        for (group, (at, size)) in spots.at.chunks(lanes).zip(spots.size.chunks(lanes)).enumerate() {
            let whole = spots.whole[group];
            // SAFETY: whole vectors of sums were asserted, the buffer has room for the longest ones, and of the
            // outputs only those are touched that exist.
            unsafe {
                let zero = I::V::<T>::splat(T::ZERO);
                let mut half = [[zero; SIDE]; SIDE];
                for j in 0..SIDE {
                    let mut x = [zero; SIDE];
                    for i in 0..SIDE {
                        x[i] = I::V::<T>::load(sums.as_ptr().add((i * SIDE + j) * step + group * lanes));
                    }
                    half[j] = M::apply::<I::V<T>, T>(x);
                }
                let bias = I::V::<T>::splat(finish.bias);
                let in_place = whole && M::OUT == MOST_STEP;
                let mut four = [zero; MOST_STEP];
                for i in 0..M::OUT {
                    let mut x = [zero; SIDE];
                    for j in 0..SIDE {
                        x[j] = half[j][i];
                    }
                    let x = M::apply::<I::V<T>, T>(x);
                    for j in 0..M::OUT {
                        let y = x[j].add(bias);
                        four[(i * M::OUT + j) % MOST_STEP] = if finish.relu { y.relu() } else { y };
                    }
                    // A row of a large tile, or both of a small one.
                    if !((i + 1) * M::OUT).is_multiple_of(MOST_STEP) {
                        continue;
                    }
                    if !in_place {
                        I::V::<T>::rows::<false>(four, tiles.add(i * M::OUT / MOST_STEP * MOST_STEP), &own[..lanes]);
                    } else if finish.accumulate {
                        I::V::<T>::rows::<true>(four, out.add(i * finish.width), at);
                    } else {
                        I::V::<T>::rows::<false>(four, out.add(i * finish.width), at);
                    }
                }
                if in_place {
                    continue;
                }
                for (l, (&at, &[rows, columns])) in at.iter().zip(size).enumerate() {
                    for i in 0..M::OUT {
                        for j in 0..M::OUT {
                            if whole || i < rows && j < columns {
                                let to = out.add(at + i * finish.width + j);
                                let x = *tiles.add((l * M::OUT + i) * M::OUT + j);
                                *to = if finish.accumulate { *to + x } else { x };
                            }
                        }
                    }
                }
            }
        }
    }
}
