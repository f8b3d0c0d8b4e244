//! What the formulas of this folder need from a floating-point type: its bits, its limits and its polynomials.
//!
//! Polynomials are minimax fits (Remez exchange in 50 digits) with the error, relative to the function that they serve,
//! well under half a unit in the last place.

use crate::isa::Isa;
use crate::math;

/// Per-type machinery behind the functions of [`math`](crate::math); part of [`Scalar`](crate::Scalar).
#[doc(hidden)]
pub trait Real: Sized + Copy {
    /// 1.5 · 2^(fraction bits): adding and subtracting it rounds a moderate number to the nearest integer.
    const MAGIC: Self;
    /// ln 2 rounded to so few bits that its product with any exponent is exact.
    const LN2_HI: Self;
    /// ln 2 less [`LN2_HI`](Self::LN2_HI).
    const LN2_LO: Self;
    /// Below this, e^x rounds to 0.
    const EXP_MIN: Self;
    /// Above this, e^x overflows.
    const EXP_MAX: Self;
    /// Below this, e^x - 1 rounds to -1.
    const EXPM1_MIN: Self;
    /// Above this, tanh rounds to 1.
    const TANH_MAX: Self;
    /// The power of two that makes every subnormal number normal, and its exponent.
    const NORMALISE: (Self, Self);
    /// Below this magnitude, `erf` uses [`erf_small`](Self::erf_small).
    const ERF_SPLIT: Self;
    /// Above this, erf rounds to 1.
    const ERF_MAX: Self;

    /// 2^n for an integer `n` in the range of normal exponents, put together from bits.
    fn exp2_int(n: Self) -> Self;
    /// `(m, k)` with `self = m 2^k` and `m` in [√½, √2), for a positive normal number.
    fn split(self) -> (Self, Self);
    /// The magnitude of `self` with the sign of `sign`.
    fn with_sign(self, sign: Self) -> Self;
    /// The greatest integer that is not greater.
    fn floor(self) -> Self;
    /// The nearest integer, ties to even.
    fn round(self) -> Self;
    /// Whether the sign bit is set.
    fn has_sign(self) -> bool;

    /// (e^r - 1 - r) / r² for |r| ≤ ½ ln 2.
    fn exp_tail<I: Isa>(r: Self) -> Self;
    /// (ln((1 + s) / (1 - s)) / s - 2) / z with z = s² ≤ 0.0295.
    fn ln_tail<I: Isa>(z: Self) -> Self;
    /// erf(t) / t - 1 with z = t².
    fn erf_small<I: Isa>(z: Self) -> Self;
    /// 1 - erf(t) for t between [`ERF_SPLIT`](Self::ERF_SPLIT) and [`ERF_MAX`](Self::ERF_MAX).
    fn erfc_large<I: Isa>(t: Self) -> Self;

    /// x^y, with the special cases of IEEE 754.
    fn pow<I: Isa>(self, y: Self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
}

/// Horner's scheme: coefficients from the constant term up.
macro_rules! poly {
    ($I:ident, $x:expr; $c:expr) => { $c };
    ($I:ident, $x:expr; $c:expr, $($rest:expr),+) => { $I::fma(poly!($I, $x; $($rest),+), $x, $c) };
}

impl Real for f32 {
    const MAGIC: f32 = 12582912.0;
    const LN2_HI: f32 = 0.693_145_75;
    const LN2_LO: f32 = 1.428_606_8e-6;
    const EXP_MIN: f32 = -104.0;
    const EXP_MAX: f32 = 89.0;
    const EXPM1_MIN: f32 = -18.0;
    const TANH_MAX: f32 = 9.2;
    const NORMALISE: (f32, f32) = (8388608.0, 23.0);
    const ERF_SPLIT: f32 = 0.93;
    const ERF_MAX: f32 = 3.95;

    #[inline(always)]
    fn exp2_int(n: f32) -> f32 {
        f32::from_bits(((n + Self::MAGIC).to_bits() << 23).wrapping_add(0x3f80_0000))
    }
    #[inline(always)]
    fn split(self) -> (f32, f32) {
        const SQRT_HALF: u32 = 0x3f35_04f3;
        let bits = self.to_bits().wrapping_add(0x3f80_0000 - SQRT_HALF);
        // The exponent as the low bits of a float near 2^23 converts without an integer conversion.
        let k = f32::from_bits((bits >> 23) | 0x4b00_0000) - (8388608.0 + 127.0);
        (f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF), k)
    }
    #[inline(always)]
    fn with_sign(self, sign: f32) -> f32 {
        self.copysign(sign)
    }
    #[inline(always)]
    fn floor(self) -> f32 {
        self.floor()
    }
    #[inline(always)]
    fn round(self) -> f32 {
        self.round_ties_even()
    }
    #[inline(always)]
    fn has_sign(self) -> bool {
        self.is_sign_negative()
    }

    #[inline(always)]
    fn exp_tail<I: Isa>(r: f32) -> f32 {
        poly!(I, r; 0.5, 0.166_665_44, 0.041_666_277, 0.008_366_606, 0.001_394_676_5)
    }
    #[inline(always)]
    fn ln_tail<I: Isa>(z: f32) -> f32 {
        poly!(I, z; 0.666_666_6, 0.400_003_34, 0.285_372_58, 0.235_832_59)
    }
    #[inline(always)]
    fn erf_small<I: Isa>(z: f32) -> f32 {
        poly!(I, z; 0.128_379_16, -0.376_126_32, 0.112_836_644, -0.026_857_706, 0.005_196_954,
            -0.000_809_771_07, 8.185_086e-5)
    }
    #[inline(always)]
    fn erfc_large<I: Isa>(t: f32) -> f32 {
        let minus_ln = poly!(I, t; -0.000_174_709_74, 1.129_515, 0.633_346_6, 0.108_280_45, -0.025_119_68, 0.004_171_167_5,
            -0.000_434_485_93, 2.109_722e-5);
        math::exp::<I, f32>(-minus_ln)
    }

    #[inline(always)]
    fn pow<I: Isa>(self, y: f32) -> f32 {
        math::power::pow_f32::<I>(self, y)
    }
    #[inline(always)]
    fn sin(self) -> f32 {
        self.sin()
    }
    #[inline(always)]
    fn cos(self) -> f32 {
        self.cos()
    }
}

impl Real for f64 {
    const MAGIC: f64 = 6755399441055744.0;
    const LN2_HI: f64 = 0.693_147_180_559_890_3;
    const LN2_LO: f64 = 5.497_923_018_708_371e-14;
    const EXP_MIN: f64 = -746.0;
    const EXP_MAX: f64 = 710.0;
    const EXPM1_MIN: f64 = -38.0;
    const TANH_MAX: f64 = 20.0;
    const NORMALISE: (f64, f64) = (4503599627370496.0, 52.0);
    const ERF_SPLIT: f64 = 1.0;
    const ERF_MAX: f64 = 6.0;

    #[inline(always)]
    fn exp2_int(n: f64) -> f64 {
        f64::from_bits(((n + Self::MAGIC).to_bits() << 52).wrapping_add(0x3ff0_0000_0000_0000))
    }
    #[inline(always)]
    fn split(self) -> (f64, f64) {
        const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
        let bits = self.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - SQRT_HALF);
        let k = f64::from_bits((bits >> 52) | 0x4330_0000_0000_0000) - (4503599627370496.0 + 1023.0);
        (f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + SQRT_HALF), k)
    }
    #[inline(always)]
    fn with_sign(self, sign: f64) -> f64 {
        self.copysign(sign)
    }
    #[inline(always)]
    fn floor(self) -> f64 {
        self.floor()
    }
    #[inline(always)]
    fn round(self) -> f64 {
        self.round_ties_even()
    }
    #[inline(always)]
    fn has_sign(self) -> bool {
        self.is_sign_negative()
    }

    #[inline(always)]
    fn exp_tail<I: Isa>(r: f64) -> f64 {
        poly!(I, r; 0.500_000_000_000_000_6, 0.166_666_666_666_666_88, 0.041_666_666_666_573_33, 0.008_333_333_333_314_16,
            0.001_388_888_893_250_696, 0.000_198_412_699_038_652_86, 2.480_150_427_361_892e-5, 2.755_722_725_836_337_4e-6,
            2.762_639_921_348_306e-7, 2.511_468_427_865_082e-8)
    }
    #[inline(always)]
    fn ln_tail<I: Isa>(z: f64) -> f64 {
        poly!(I, z; 0.666_666_666_666_673_4, 0.399_999_999_994_142_8, 0.285_714_287_426_425_3, 0.222_221_985_324_360_55,
            0.181_835_671_162_255_5, 0.153_139_636_551_136_7, 0.147_969_606_214_186_06)
    }
    #[inline(always)]
    fn erf_small<I: Isa>(z: f64) -> f64 {
        poly!(I, z; 0.128_379_167_095_512_57, -0.376_126_389_031_835_2, 0.112_837_916_709_442,
            -0.026_866_170_643_113_415, 0.005_223_977_606_130_842, -0.000_854_832_592_976_624_4,
            0.000_120_552_935_869_369_5, -1.492_471_243_953_481_4e-5,
            1.644_713_269_978_662_1e-6, -1.620_631_875_296_920_8e-7, 1.371_098_870_419_052_3e-8, -7.779_462_971_761_597e-10)
    }
    /// (1 + 2t) e^(t²) erfc(t) is nearly constant in u = (t - 3) / (t + 3) (Shepherd and Laframboise, Mathematics of
    /// Computation 36, 1981).
    #[inline(always)]
    fn erfc_large<I: Isa>(t: f64) -> f64 {
        let u = (t - 3.0) / (t + 3.0);
        let p = poly!(I, u; 1.253_008_058_270_916_7, -0.135_621_106_086_764_9, -0.047_562_294_595_746_235,
            0.129_645_136_589_058_02, -0.119_274_032_066_375_24, 0.068_304_792_316_388_78, -0.023_788_176_075_547_21,
            0.002_465_716_369_492_807_6, 0.001_734_508_852_856_387_1, -0.001_026_611_592_412_540_7,
            -0.000_350_439_351_981_451_6);
        p * math::exp::<I, f64>(-t * t) / (1.0 + 2.0 * t)
    }

    #[inline(always)]
    fn pow<I: Isa>(self, y: f64) -> f64 {
        self.powf(y)
    }
    #[inline(always)]
    fn sin(self) -> f64 {
        self.sin()
    }
    #[inline(always)]
    fn cos(self) -> f64 {
        self.cos()
    }
}
