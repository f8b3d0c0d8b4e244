//! AVX2 with FMA: 256 bits.

use core::arch::x86_64::*;

use super::super::Vector;
use super::common;

/// Eight `f32`.
#[derive(Clone, Copy)]
pub struct F32x8(__m256);

impl Vector<f32> for F32x8 {
    common!(
        f32,
        8,
        _mm256_set1_ps,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_max_ps
    );
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        unsafe {
            let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            Self(_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), lane)))
        }
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut f32, n: usize) {
        // A masked store costs tens of cycles on AMD's processors; halves, quarters and single lanes don't.
        // SAFETY: each step writes lanes below `n`; the caller answers for these.
        unsafe {
            let mut half = _mm256_castps256_ps128(self.0);
            let mut at = p;
            if n & 4 != 0 {
                _mm_storeu_ps(at, half);
                half = _mm256_extractf128_ps::<1>(self.0);
                at = at.add(4);
            }
            if n & 2 != 0 {
                _mm_storel_pd(at.cast(), _mm_castps_pd(half));
                half = _mm_movehl_ps(half, half);
                at = at.add(2);
            }
            if n & 1 != 0 {
                _mm_store_ss(at, half);
            }
        }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: see `splat`.
        unsafe {
            let v = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
            _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f32, from: usize, dst: *mut f32, to: usize) {
        // SAFETY: the caller answers for 8 rows of 8 elements on both sides.
        unsafe {
            for h in 0..2 {
                let row = |i: usize| _mm_loadu_ps(src.add(i * from + 4 * h));
                let turned =
                    turn([pair(row(0), row(4)), pair(row(1), row(5)), pair(row(2), row(6)), pair(row(3), row(7))]);
                for (j, column) in turned.into_iter().enumerate() {
                    _mm256_storeu_ps(dst.add((4 * h + j) * to), column);
                }
            }
        }
    }
    #[inline(always)]
    unsafe fn columns<const N: usize>(base: *const f32, places: &[usize]) -> [Self; N] {
        // SAFETY: the caller answers for 8 numbers of 8 rows.
        unsafe {
            let mut vectors = [Self::splat(0.0); N];
            let places = &places[..8];
            for h in 0..N.div_ceil(4) {
                let row = |i: usize| _mm_loadu_ps(base.add(places[i] + 4 * h));
                let turned =
                    turn([pair(row(0), row(4)), pair(row(1), row(5)), pair(row(2), row(6)), pair(row(3), row(7))]);
                for j in 4 * h..N.min(4 * h + 4) {
                    vectors[j] = Self(turned[j - 4 * h]);
                }
            }
            vectors
        }
    }
    #[inline(always)]
    unsafe fn rows<const ADD: bool>(vectors: [Self; 4], base: *mut f32, places: &[usize]) {
        // SAFETY: the caller answers for 4 numbers of 8 rows.
        unsafe {
            let places = &places[..8];
            let turned = turn([vectors[0].0, vectors[1].0, vectors[2].0, vectors[3].0]);
            for i in 0..4 {
                put::<ADD>(base.add(places[i]), _mm256_castps256_ps128(turned[i]));
                put::<ADD>(base.add(places[i + 4]), _mm256_extractf128_ps::<1>(turned[i]));
            }
        }
    }
}

/// Two quarters of rows as one register, so that what is left to do to turn them happens within halves.
#[inline]
#[target_feature(enable = "avx2")]
fn pair(low: __m128, high: __m128) -> __m256 {
    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
}

/// Writes four numbers, or adds them to what is there.
///
/// # Safety
/// They may be written at `to`, and read if they are added.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn put<const ADD: bool>(to: *mut f32, x: __m128) {
    // SAFETY: by the caller's promise.
    unsafe { _mm_storeu_ps(to, if ADD { _mm_add_ps(_mm_loadu_ps(to), x) } else { x }) }
}

/// The transposes of the 4×4 numbers in each half.
#[inline]
#[target_feature(enable = "avx2")]
fn turn([a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
    let (ab, ab2) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
    let (cd, cd2) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
    [
        _mm256_shuffle_ps::<0x44>(ab, cd),
        _mm256_shuffle_ps::<0xEE>(ab, cd),
        _mm256_shuffle_ps::<0x44>(ab2, cd2),
        _mm256_shuffle_ps::<0xEE>(ab2, cd2),
    ]
}

/// Four `f64`.
#[derive(Clone, Copy)]
pub struct F64x4(__m256d);

impl Vector<f64> for F64x4 {
    common!(
        f64,
        4,
        _mm256_set1_pd,
        _mm256_setzero_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_fmadd_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        _mm256_max_pd
    );
    #[inline(always)]
    unsafe fn load_first(p: *const f64, n: usize) -> Self {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        unsafe {
            let lane = _mm256_setr_epi64x(0, 1, 2, 3);
            Self(_mm256_maskload_pd(p, _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), lane)))
        }
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut f64, n: usize) {
        // SAFETY: each step writes lanes below `n`; the caller answers for these.
        unsafe {
            let mut half = _mm256_castpd256_pd128(self.0);
            let mut at = p;
            if n & 2 != 0 {
                _mm_storeu_pd(at, half);
                half = _mm256_extractf128_pd::<1>(self.0);
                at = at.add(2);
            }
            if n & 1 != 0 {
                _mm_store_sd(at, half);
            }
        }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe {
            let v = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(v, _mm_unpackhi_pd(v, v)))
        }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f64, from: usize, dst: *mut f64, to: usize) {
        // SAFETY: the caller answers for 4 rows of 4 elements on both sides.
        unsafe {
            let row = |i: usize, h: usize| _mm_loadu_pd(src.add(i * from + 2 * h));
            let pair = |i: usize, h: usize| _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(row(i, h)), row(i + 2, h));
            for h in 0..2 {
                let (a, b) = (pair(0, h), pair(1, h));
                _mm256_storeu_pd(dst.add(2 * h * to), _mm256_unpacklo_pd(a, b));
                _mm256_storeu_pd(dst.add((2 * h + 1) * to), _mm256_unpackhi_pd(a, b));
            }
        }
    }
}
