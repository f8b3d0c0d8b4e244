//! Vectors of numbers, one type an instruction set: for the loops that the compiler can't vectorise by itself.
//!
//! A loop is written once over `I::V<T>` ([`Isa::V`](crate::isa::Isa::V)) inside [`dispatch!`](crate::dispatch).

use std::mem::MaybeUninit;

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(not(target_arch = "x86_64"))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A vector register of numbers. Its methods compile to the instructions of a set that the processor may lack, which
/// is why they are unsafe, one and all.
///
/// # Safety
/// Every method must be inlined into code compiled for the vector's instruction set, which `dispatch!` sees to, and
/// runs only on a machine that has it. A pointer must be good for the elements that the method reads or writes.
#[allow(clippy::missing_safety_doc)]
pub trait Vector<T>: Copy + 'static {
    /// How many numbers it holds.
    const LANES: usize;
    /// The same number in every lane.
    unsafe fn splat(x: T) -> Self;
    /// Reads [`Self::LANES`] numbers from any address.
    unsafe fn load(p: *const T) -> Self;
    /// Writes all lanes to any address.
    unsafe fn store(self, p: *mut T);
    /// Reads the first `n` lanes, fewer than all, and zeros the others.
    unsafe fn load_first(p: *const T, n: usize) -> Self;
    /// Writes the first `n` lanes, fewer than all.
    unsafe fn store_first(self, p: *mut T, n: usize);
    /// `self * b + c`, fused where the set can.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
    /// `sums[j] + *a * b[j]` for each `j`: a row of a product's tile.
    #[inline(always)]
    unsafe fn add_products<const N: usize>(a: *const T, b: [Self; N], mut sums: [Self; N]) -> [Self; N]
    where
        T: Copy,
    {
        // SAFETY: the caller answers for `a`, and has the instruction set.
        unsafe {
            let a = Self::splat(*a);
            for j in 0..N {
                sums[j] = a.mul_add(b[j], sums[j]);
            }
        }
        sums
    }
    /// The sum, lane by lane.
    unsafe fn add(self, b: Self) -> Self;
    /// The difference, lane by lane.
    unsafe fn sub(self, b: Self) -> Self;
    /// The product, lane by lane.
    unsafe fn mul(self, b: Self) -> Self;
    /// The greater of the lane and 0; NaN stays NaN.
    unsafe fn relu(self) -> Self;
    /// The sum of the lanes, in an order that depends on the set only.
    unsafe fn sum(self) -> T;
    /// Turns rows into columns: of `LANES` vectors that lie `from` elements apart, writes the transpose, its rows `to`
    /// elements apart. Where `to` is less than `LANES`, each row overwrites what the one before it wrote past `to`.
    unsafe fn transpose(src: *const T, from: usize, dst: *mut T, to: usize);
    /// Turns short rows into vectors: lane `l` of vector `j` is the number `j` of the row at `base + places[l]`. There are
    /// `N` vectors, at most eight, and of each row eight numbers may be read.
    #[inline(always)]
    unsafe fn columns<const N: usize>(base: *const T, places: &[usize]) -> [Self; N]
    where
        T: Copy,
    {
        let mut turned = MaybeUninit::<[T; 8 * MOST_LANES]>::uninit();
        let turned = turned.as_mut_ptr().cast::<T>();
        // SAFETY: the buffer has room for the longest vectors; the caller answers for the rows, of which there are as
        // many as lanes.
        unsafe {
            for (l, &place) in places.iter().enumerate().take(Self::LANES) {
                for j in 0..N {
                    *turned.add(j * Self::LANES + l) = *base.add(place + j);
                }
            }
            let mut vectors = [Self::load(turned); N];
            for (j, vector) in vectors.iter_mut().enumerate().skip(1) {
                *vector = Self::load(turned.add(j * Self::LANES));
            }
            vectors
        }
    }
    /// Turns four vectors into short rows: lane `l` of vector `j` becomes the number `j` of the row at
    /// `base + places[l]`, or is added to it.
    #[inline(always)]
    unsafe fn rows<const ADD: bool>(vectors: [Self; 4], base: *mut T, places: &[usize])
    where
        T: Copy + std::ops::Add<Output = T>,
    {
        let mut turned = MaybeUninit::<[T; 4 * MOST_LANES]>::uninit();
        let turned = turned.as_mut_ptr().cast::<T>();
        // SAFETY: as for `columns`.
        unsafe {
            for (j, vector) in vectors.into_iter().enumerate() {
                vector.store(turned.add(j * Self::LANES));
            }
            for (l, &place) in places.iter().enumerate().take(Self::LANES) {
                for j in 0..4 {
                    let (to, x) = (base.add(place + j), *turned.add(j * Self::LANES + l));
                    *to = if ADD { *to + x } else { x };
                }
            }
        }
    }
}

/// The lanes of the longest vector.
pub(crate) const MOST_LANES: usize = 16;

/// Asks for the cache line at `p`, which may point anywhere.
#[inline(always)]
pub(crate) fn prefetch<T>(p: *const T) {
    // SAFETY: every x86-64 has the instruction, which does nothing where there is no memory.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(p.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}

/// The vector types of a number, one an instruction set; a set that the target lacks borrows the portable
/// one, which is SSE2 on x86-64.
pub trait Vectors: Sized {
    /// For [`Level::Portable`](crate::isa::Level::Portable).
    type Portable: Vector<Self>;
    /// For [`Level::Neon`](crate::isa::Level::Neon).
    type Neon: Vector<Self>;
    /// For [`Level::Avx2`](crate::isa::Level::Avx2).
    type Avx2: Vector<Self>;
    /// For [`Level::Avx512`](crate::isa::Level::Avx512).
    type Avx512: Vector<Self>;
}

macro_rules! vectors {
    ($t:ty, $portable:ty, $neon:ty, $sse2:ty, $avx2:ty, $avx512:ty) => {
        impl Vectors for $t {
            #[cfg(target_arch = "x86_64")]
            type Portable = $sse2;
            #[cfg(not(target_arch = "x86_64"))]
            type Portable = $portable;
            #[cfg(target_arch = "aarch64")]
            type Neon = $neon;
            #[cfg(not(target_arch = "aarch64"))]
            type Neon = Self::Portable;
            #[cfg(target_arch = "x86_64")]
            type Avx2 = $avx2;
            #[cfg(not(target_arch = "x86_64"))]
            type Avx2 = Self::Portable;
            #[cfg(target_arch = "x86_64")]
            type Avx512 = $avx512;
            #[cfg(not(target_arch = "x86_64"))]
            type Avx512 = Self::Portable;
        }
    };
}
vectors!(f32, portable::Array<f32, 4>, neon::F32x4, x86::F32x4, x86::F32x8, x86::F32x16);
vectors!(f64, portable::Array<f64, 2>, neon::F64x2, x86::F64x2, x86::F64x4, x86::F64x8);
