//! Vectors of SSE2, which every x86-64 has, of AVX2 with FMA, and of AVX-512.

use core::arch::{asm, x86_64::*};

use super::Vector;

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
            // Rows i and i + 4 share a register, so that what is left to do happens within 128-bit halves.
            let row = |i: usize, h: usize| _mm_loadu_ps(src.add(i * from + 4 * h));
            let pair = |i: usize, h: usize| _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(row(i, h)), row(i + 4, h));
            for h in 0..2 {
                let (a, b, c, d) = (pair(0, h), pair(1, h), pair(2, h), pair(3, h));
                let (ab, ab2) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (cd, cd2) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                let dst = dst.add(4 * h * to);
                _mm256_storeu_ps(dst, _mm256_shuffle_ps::<0x44>(ab, cd));
                _mm256_storeu_ps(dst.add(to), _mm256_shuffle_ps::<0xEE>(ab, cd));
                _mm256_storeu_ps(dst.add(2 * to), _mm256_shuffle_ps::<0x44>(ab2, cd2));
                _mm256_storeu_ps(dst.add(3 * to), _mm256_shuffle_ps::<0xEE>(ab2, cd2));
            }
        }
    }
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
