//! From planes to transformed patches: some rows of a plane are copied with zeros around them, and the patches of as
//! many tiles, or channels, as a vector has lanes are turned into it and transformed together.

use std::ops::Range;

use super::Tiles;
use super::transform::{Map, SIDE, columns};
use crate::gemm::tile::tile_size;
use crate::simd::{Vector, prefetch};
use crate::{Scalar, dispatch};

/// The planes that patches are taken from, one an image for each channel.
#[derive(Clone, Copy)]
pub(super) struct Planes {
    /// Position of the first patch, which may lie before the plane.
    pub(super) top: isize,
    pub(super) left: isize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Elements from one image to the next.
    pub(super) image: usize,
    /// Side of a patch.
    pub(super) side: usize,
}

/// Room for a block of tiles of one channel.
pub(super) struct Stage {
    /// Where each row that exists begins in the source and here.
    rows: Vec<[usize; 2]>,
    /// How long these rows are.
    inside: usize,
    /// Elements from one row here to the next.
    pitch: usize,
    /// Where the patch of each tile begins.
    places: Vec<usize>,
    len: usize,
}

/// Numbers that are read from each row of a patch.
const READ: usize = 8;

impl Stage {
    /// The room for some tiles, whose rows are copied whole.
    pub(super) fn new(tiles: &Tiles, planes: &Planes, block: Range<usize>) -> Self {
        let step = tiles.step;
        let pitch = tiles.across * step + planes.side - step;
        let skip = planes.left.max(0) as usize;
        let before = (planes.left.min(0).unsigned_abs()).min(pitch);
        let inside = planes.width.saturating_sub(skip).min(pitch - before);
        let mut stage = Self { rows: vec![], inside, pitch, places: vec![], len: 0 };
        let mut tile = block.start;
        while tile < block.end {
            // The tiles of one image.
            let image = tile / tiles.of_image();
            let end = block.end.min((image + 1) * tiles.of_image());
            let row = |tile: usize| tile % tiles.of_image() / tiles.across;
            let (first, last) = (row(tile), row(end - 1));
            for r in 0..(last - first) * step + planes.side {
                let y = planes.top + (first * step + r) as isize;
                if inside > 0 && y >= 0 && y < planes.height as isize {
                    let from = image * planes.image + y as usize * planes.width + skip;
                    stage.rows.push([from, stage.len + r * pitch + before]);
                }
            }
            let place = |t: usize| stage.len + (row(t) - first) * step * pitch + t % tiles.across * step;
            stage.places.extend((tile..end).map(place));
            stage.len += ((last - first) * step + planes.side) * pitch;
            tile = end;
        }
        stage.len += READ;
        stage
    }

    /// Elements of the room.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Sets the room to zero where no rows are copied to.
    pub(super) fn clear<T: Scalar>(&self, room: &mut [T]) {
        let mut end = 0;
        for &[_, to] in &self.rows {
            room[end..to].fill(T::ZERO);
            end = to + self.inside;
        }
        room[end..self.len].fill(T::ZERO);
    }

    /// Copies the rows of a channel, whose planes begin at that of `source`, into the room, and asks for those of the next
    /// channel, `plane` elements further on.
    pub(super) fn fill<T: Scalar>(&self, source: &[T], plane: usize, room: &mut [T]) {
        copy_rows(source, &self.rows, self.inside, plane, &mut room[..self.len]);
    }

    /// The places of patches, a vector's after another: of neighbouring tiles.
    pub(super) fn by_tiles(&self, lanes: usize) -> Vec<usize> {
        let mut places = self.places.clone();
        // Lanes without a tile of their own do as the last one does.
        places.resize(places.len().next_multiple_of(lanes), *self.places.last().expect("a block of tiles"));
        places
    }

    /// The places of patches, a vector's after another: of neighbouring channels, whose rooms follow one another.
    pub(super) fn by_channels(&self, lanes: usize) -> Vec<usize> {
        self.places.iter().flat_map(|&place| (0..lanes).map(move |l| place + l * self.len)).collect()
    }

    /// Transforms the patches at `places`, see [`fold`].
    ///
    /// # Safety
    /// As [`fold`].
    pub(super) unsafe fn fold<T: Scalar, M: Map>(&self, room: &[T], places: &[usize], out: Folded<T>) {
        let lanes = tile_size(T::ZERO).lanes;
        let most = places.iter().max().map_or(0, |&place| place + (M::IN - 1) * self.pitch);
        assert!(places.len().is_multiple_of(lanes) && most + READ <= room.len());
        fold::<T, M>(room, places, self.pitch, out);
    }
}

/// Where transformed patches go: vector `i` of element `e` to `first + e * step + i / 2 * pair + i % 2 * single`.
#[derive(Clone, Copy)]
pub(super) struct Folded<T> {
    pub(super) first: *mut T,
    pub(super) step: usize,
    pub(super) pair: usize,
    pub(super) single: usize,
}

dispatch! {
    fn copy_rows<I: Isa, T: Scalar>(source: &[T], rows: &[[usize; 2]], len: usize, ahead: usize, room: &mut [T]) {
        let lanes = I::V::<T>::LANES;
        for &[from, to] in rows {
            let (from, to) = (&source[from..][..len], &mut room[to..][..len]);
            // SAFETY: both are `len` long; the last vector of several may overlap the one before.
            unsafe {
                if len < lanes {
                    prefetch(from.as_ptr().wrapping_add(ahead));
                    I::V::<T>::load_first(from.as_ptr(), len).store_first(to.as_mut_ptr(), len);
                    continue;
                }
                for at in (0..len).step_by(lanes) {
                    prefetch(from.as_ptr().wrapping_add(ahead + at));
                    let at = at.min(len - lanes);
                    I::V::<T>::load(from.as_ptr().add(at)).store(to.as_mut_ptr().add(at));
                }
            }
        }
    }
}

dispatch! {
    /// Transforms patches of `IN` rows, `pitch` apart, that begin at `places`, a vector's lanes at a time.
    ///
    /// The caller promises that [`READ`] numbers may be read from each row of each patch on, and that `out` is good for
    /// what is written there.
    fn fold<I: Isa, T: Scalar, M: Map>(room: &[T], places: &[usize], pitch: usize, out: Folded<T>) {
        for (group, places) in places.chunks_exact(I::V::<T>::LANES).enumerate() {
            // SAFETY: by the caller's promise.
            unsafe {
                let mut half = [[I::V::<T>::splat(T::ZERO); SIDE]; SIDE];
                for (i, half) in half.iter_mut().enumerate().take(M::IN) {
                    *half = M::apply::<I::V<T>, T>(I::V::<T>::columns(room.as_ptr().add(i * pitch), places));
                }
                let out_at = out.first.add(group / 2 * out.pair + group % 2 * out.single);
                columns::<M, I::V<T>, T>(&half, out_at, out.step);
            }
        }
    }
}
