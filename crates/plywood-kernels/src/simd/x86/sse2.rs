//! SSE2: 128 bits, no fused multiply-add.

use core::arch::x86_64::*;

use super::super::Vector;
use super::common;

/// Partial vectors of a set that has no masks, by way of memory.
macro_rules! one_by_one {
    ($t:ty) => {
        #[inline(always)]
        unsafe fn load_first(p: *const $t, n: usize) -> Self {
            let mut lanes = [0.0; Self::LANES];
            for (i, lane) in lanes.iter_mut().enumerate().take(n) {
                // SAFETY: the caller answers for `n` elements at `p`.
                *lane = unsafe { *p.add(i) };
            }
            // SAFETY: `lanes` is as long as a vector.
            unsafe { Self::load(lanes.as_ptr()) }
        }
        #[inline(always)]
        unsafe fn store_first(self, p: *mut $t, n: usize) {
            let mut lanes = [0.0; Self::LANES];
            // SAFETY: `lanes` is as long as a vector.
            unsafe { self.store(lanes.as_mut_ptr()) };
            for (i, &lane) in lanes.iter().enumerate().take(n) {
                // SAFETY: the caller answers for `n` elements at `p`.
                unsafe { *p.add(i) = lane };
            }
        }
    };
}

/// Four `f32`.
#[derive(Clone, Copy)]
pub struct F32x4(__m128);

impl Vector<f32> for F32x4 {
    common!(
        f32,
        4,
        _mm_set1_ps,
        _mm_setzero_ps,
        _mm_loadu_ps,
        _mm_storeu_ps,
        |a, b, c| _mm_add_ps(_mm_mul_ps(a, b), c),
        _mm_add_ps,
        _mm_sub_ps,
        _mm_mul_ps,
        _mm_max_ps
    );
    one_by_one!(f32);
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: see `splat`.
        unsafe {
            let v = _mm_add_ps(self.0, _mm_movehl_ps(self.0, self.0));
            _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f32, from: usize, dst: *mut f32, to: usize) {
        // SAFETY: the caller answers for 4 rows of 4 elements on both sides.
        unsafe {
            let row = |i: usize| _mm_loadu_ps(src.add(i * from));
            let (ab, cd) = (_mm_unpacklo_ps(row(0), row(1)), _mm_unpacklo_ps(row(2), row(3)));
            let (ab2, cd2) = (_mm_unpackhi_ps(row(0), row(1)), _mm_unpackhi_ps(row(2), row(3)));
            _mm_storeu_ps(dst, _mm_movelh_ps(ab, cd));
            _mm_storeu_ps(dst.add(to), _mm_movehl_ps(cd, ab));
            _mm_storeu_ps(dst.add(2 * to), _mm_movelh_ps(ab2, cd2));
            _mm_storeu_ps(dst.add(3 * to), _mm_movehl_ps(cd2, ab2));
        }
    }
}

/// Two `f64`.
#[derive(Clone, Copy)]
pub struct F64x2(__m128d);

impl Vector<f64> for F64x2 {
    common!(
        f64,
        2,
        _mm_set1_pd,
        _mm_setzero_pd,
        _mm_loadu_pd,
        _mm_storeu_pd,
        |a, b, c| _mm_add_pd(_mm_mul_pd(a, b), c),
        _mm_add_pd,
        _mm_sub_pd,
        _mm_mul_pd,
        _mm_max_pd
    );
    one_by_one!(f64);
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe { _mm_cvtsd_f64(_mm_add_sd(self.0, _mm_unpackhi_pd(self.0, self.0))) }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f64, from: usize, dst: *mut f64, to: usize) {
        // SAFETY: the caller answers for 2 rows of 2 elements on both sides.
        unsafe {
            let (a, b) = (_mm_loadu_pd(src), _mm_loadu_pd(src.add(from)));
            _mm_storeu_pd(dst, _mm_unpacklo_pd(a, b));
            _mm_storeu_pd(dst.add(to), _mm_unpackhi_pd(a, b));
        }
    }
}
