//! AVX-512: 512 bits, and masks.

use core::arch::{asm, x86_64::*};

use super::super::Vector;
use super::avx2::{F32x8, F64x4, put};
use super::common;

/// The row of a tile of two vectors in instructions of our own: left to itself, the compiler loads the numbers of all
/// rows before it multiplies any, and with the 28 sums of AVX-512's tile it has no registers left for them.
macro_rules! in_turn {
    ($v:ty, $register:ty, $t:ty, $broadcast:literal, $fma:literal, $size:literal) => {
        #[inline(always)]
        unsafe fn add_products<const N: usize>(a: *const $t, b: [Self; N], mut sums: [Self; N]) -> [Self; N] {
            #[inline]
            #[target_feature(enable = "avx512f")]
            unsafe fn pair(a: *const $t, b: [$v; 2], mut sums: [$v; 2]) -> [$v; 2] {
                // SAFETY: the caller answers for the number at `a`, all that is read.
                unsafe {
                    let _broadcast: $register;
                    asm!(
                        concat!($broadcast, " {x}, ", $size, " [{a}]"),
                        concat!($fma, " {s0}, {x}, {b0}"),
                        concat!($fma, " {s1}, {x}, {b1}"),
                        a = in(reg) a,
                        x = out(zmm_reg) _broadcast,
                        b0 = in(zmm_reg) b[0].0,
                        b1 = in(zmm_reg) b[1].0,
                        s0 = inout(zmm_reg) sums[0].0,
                        s1 = inout(zmm_reg) sums[1].0,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
                sums
            }
            // SAFETY: see `splat`; the caller answers for `a`.
            unsafe {
                if N == 2 {
                    [sums[0], sums[1]] = pair(a, [b[0], b[1]], [sums[0], sums[1]]);
                } else {
                    let a = Self::splat(*a);
                    for j in 0..N {
                        sums[j] = a.mul_add(b[j], sums[j]);
                    }
                }
            }
            sums
        }
    };
}

/// Sixteen `f32`.
#[derive(Clone, Copy)]
pub struct F32x16(__m512);

impl Vector<f32> for F32x16 {
    common!(
        f32,
        16,
        _mm512_set1_ps,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_max_ps
    );
    in_turn!(F32x16, __m512, f32, "vbroadcastss", "vfmadd231ps", "dword ptr");
    #[inline(always)]
    unsafe fn load_first(p: *const f32, n: usize) -> Self {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        Self(unsafe { _mm512_maskz_loadu_ps((1u16 << n) - 1, p) })
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut f32, n: usize) {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        unsafe { _mm512_mask_storeu_ps(p, (1u16 << n) - 1, self.0) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: see `splat`.
        unsafe { _mm512_reduce_add_ps(self.0) }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f32, from: usize, dst: *mut f32, to: usize) {
        // The second halves of the rows come first, so that what they write past `to` is overwritten.
        for i in [8, 0] {
            for j in (0..16).step_by(8) {
                // SAFETY: four blocks of 8 rows of 8 elements; whoever has AVX-512 has AVX2.
                unsafe { F32x8::transpose(src.add(i * from + j), from, dst.add(j * to + i), to) };
            }
        }
    }
    #[inline(always)]
    unsafe fn columns<const N: usize>(base: *const f32, places: &[usize]) -> [Self; N] {
        // SAFETY: the caller answers for 8 numbers of 16 rows.
        unsafe {
            let places = &places[..16];
            let row = |i: usize| _mm256_loadu_ps(base.add(places[i]));
            // Of four quarters, the first and third are of the numbers 0 to 3, of the rows i and i + 4.
            let first = turn([pair(row(0), row(4)), pair(row(1), row(5)), pair(row(2), row(6)), pair(row(3), row(7))]);
            let then =
                turn([pair(row(8), row(12)), pair(row(9), row(13)), pair(row(10), row(14)), pair(row(11), row(15))]);
            let mut vectors = [Self::splat(0.0); N];
            for j in 0..N {
                let (a, b) = (first[j % 4], then[j % 4]);
                vectors[j] =
                    Self(if j < 4 { _mm512_shuffle_f32x4::<0x88>(a, b) } else { _mm512_shuffle_f32x4::<0xDD>(a, b) });
            }
            vectors
        }
    }
    #[inline(always)]
    unsafe fn rows<const ADD: bool>(vectors: [Self; 4], base: *mut f32, places: &[usize]) {
        // SAFETY: the caller answers for 4 numbers of 16 rows.
        unsafe {
            let places = &places[..16];
            let turned = turn([vectors[0].0, vectors[1].0, vectors[2].0, vectors[3].0]);
            for i in 0..4 {
                put::<ADD>(base.add(places[i]), _mm512_castps512_ps128(turned[i]));
                put::<ADD>(base.add(places[i + 4]), _mm512_extractf32x4_ps::<1>(turned[i]));
                put::<ADD>(base.add(places[i + 8]), _mm512_extractf32x4_ps::<2>(turned[i]));
                put::<ADD>(base.add(places[i + 12]), _mm512_extractf32x4_ps::<3>(turned[i]));
            }
        }
    }
}

/// Two halves as one register.
#[inline]
#[target_feature(enable = "avx512f")]
fn pair(low: __m256, high: __m256) -> __m512 {
    _mm512_castpd_ps(_mm512_insertf64x4::<1>(_mm512_castps_pd(_mm512_castps256_ps512(low)), _mm256_castps_pd(high)))
}

/// The transposes of the 4×4 numbers in each quarter.
#[inline]
#[target_feature(enable = "avx512f")]
fn turn([a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
    let (ab, ab2) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    let (cd, cd2) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    [
        _mm512_shuffle_ps::<0x44>(ab, cd),
        _mm512_shuffle_ps::<0xEE>(ab, cd),
        _mm512_shuffle_ps::<0x44>(ab2, cd2),
        _mm512_shuffle_ps::<0xEE>(ab2, cd2),
    ]
}

/// Eight `f64`.
#[derive(Clone, Copy)]
pub struct F64x8(__m512d);

impl Vector<f64> for F64x8 {
    common!(
        f64,
        8,
        _mm512_set1_pd,
        _mm512_setzero_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_fmadd_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_mul_pd,
        _mm512_max_pd
    );
    in_turn!(F64x8, __m512d, f64, "vbroadcastsd", "vfmadd231pd", "qword ptr");
    #[inline(always)]
    unsafe fn load_first(p: *const f64, n: usize) -> Self {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        Self(unsafe { _mm512_maskz_loadu_pd((1u8 << n) - 1, p) })
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut f64, n: usize) {
        // SAFETY: the mask lets through `n` lanes only; the caller answers for these.
        unsafe { _mm512_mask_storeu_pd(p, (1u8 << n) - 1, self.0) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: see `splat`.
        unsafe { _mm512_reduce_add_pd(self.0) }
    }
    #[inline(always)]
    unsafe fn transpose(src: *const f64, from: usize, dst: *mut f64, to: usize) {
        // The second halves of the rows come first, so that what they write past `to` is overwritten.
        for i in [4, 0] {
            for j in (0..8).step_by(4) {
                // SAFETY: four blocks of 4 rows of 4 elements; whoever has AVX-512 has AVX2.
                unsafe { F64x4::transpose(src.add(i * from + j), from, dst.add(j * to + i), to) };
            }
        }
    }
}
