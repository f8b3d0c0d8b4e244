//! Vectors of SSE2, which every x86-64 has, of AVX2 with FMA, and of AVX-512.

mod avx2;
mod avx512;
mod sse2;

pub use avx2::{F32x8, F64x4};
pub use avx512::{F32x16, F64x8};
pub use sse2::{F32x4, F64x2};

/// The methods whose intrinsics have the same form in every set.
macro_rules! common {
    ($t:ty, $lanes:literal, $splat:ident, $zero:ident, $load:ident, $store:ident, $fma:expr, $add:ident, $sub:ident, $mul:ident, $max:ident) => {
        const LANES: usize = $lanes;
        #[inline(always)]
        unsafe fn splat(x: $t) -> Self {
            // SAFETY: the caller has the instruction set, here and in each method below.
            Self(unsafe { $splat(x) })
        }
        #[inline(always)]
        unsafe fn load(p: *const $t) -> Self {
            // SAFETY: the caller answers for all lanes at `p`.
            Self(unsafe { $load(p) })
        }
        #[inline(always)]
        unsafe fn store(self, p: *mut $t) {
            // SAFETY: the caller answers for all lanes at `p`.
            unsafe { $store(p, self.0) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, b: Self, c: Self) -> Self {
            // SAFETY: see `splat`.
            Self(unsafe { ($fma)(self.0, b.0, c.0) })
        }
        #[inline(always)]
        unsafe fn add(self, b: Self) -> Self {
            // SAFETY: see `splat`.
            Self(unsafe { $add(self.0, b.0) })
        }
        #[inline(always)]
        unsafe fn sub(self, b: Self) -> Self {
            // SAFETY: see `splat`.
            Self(unsafe { $sub(self.0, b.0) })
        }
        #[inline(always)]
        unsafe fn mul(self, b: Self) -> Self {
            // SAFETY: see `splat`.
            Self(unsafe { $mul(self.0, b.0) })
        }
        #[inline(always)]
        unsafe fn relu(self) -> Self {
            // The instruction returns its second operand if either is NaN.
            // SAFETY: see `splat`.
            Self(unsafe { $max($zero(), self.0) })
        }
    };
}
use common;
