//! Vectors of 64-bit ARM.

use core::arch::aarch64::*;

use super::Vector;

macro_rules! neon {
    ($(#[$doc:meta])* $name:ident, $t:ty, $v:ty, $lanes:literal, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident, $sub:ident, $mul:ident, $max:ident, $sum:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name($v);

        impl Vector<$t> for $name {
            const LANES: usize = $lanes;
            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                // SAFETY: every 64-bit ARM has the instruction set, here and in each method below.
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
            unsafe fn load_first(p: *const $t, n: usize) -> Self {
                let mut lanes = [0.0; $lanes];
                for (i, lane) in lanes.iter_mut().enumerate().take(n) {
                    // SAFETY: the caller answers for `n` elements at `p`.
                    *lane = unsafe { *p.add(i) };
                }
                // SAFETY: `lanes` is as long as a vector.
                Self(unsafe { $load(lanes.as_ptr()) })
            }
            #[inline(always)]
            unsafe fn store_first(self, p: *mut $t, n: usize) {
                let mut lanes = [0.0; $lanes];
                // SAFETY: `lanes` is as long as a vector.
                unsafe { $store(lanes.as_mut_ptr(), self.0) };
                for (i, &lane) in lanes.iter().enumerate().take(n) {
                    // SAFETY: the caller answers for `n` elements at `p`.
                    unsafe { *p.add(i) = lane };
                }
            }
            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: see `splat`.
                Self(unsafe { $fma(c.0, self.0, b.0) })
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
                // This instruction returns NaN if either operand is.
                // SAFETY: see `splat`.
                Self(unsafe { $max(self.0, $splat(0.0)) })
            }
            #[inline(always)]
            unsafe fn sum(self) -> $t {
                // SAFETY: see `splat`.
                unsafe { $sum(self.0) }
            }
            #[inline(always)]
            unsafe fn transpose(src: *const $t, from: usize, dst: *mut $t, to: usize) {
                for j in 0..$lanes {
                    for i in 0..$lanes {
                        // SAFETY: the caller answers for `LANES` rows of `LANES` elements on both sides.
                        unsafe { *dst.add(j * to + i) = *src.add(i * from + j) };
                    }
                }
            }
        }
    };
}
neon!(
    /** Four `f32`. */ F32x4, f32, float32x4_t, 4, vdupq_n_f32, vld1q_f32, vst1q_f32, vfmaq_f32, vaddq_f32, vsubq_f32,
    vmulq_f32, vmaxq_f32, vaddvq_f32
);
neon!(
    /** Two `f64`. */ F64x2, f64, float64x2_t, 2, vdupq_n_f64, vld1q_f64, vst1q_f64, vfmaq_f64, vaddq_f64, vsubq_f64,
    vmulq_f64, vmaxq_f64, vaddvq_f64
);
