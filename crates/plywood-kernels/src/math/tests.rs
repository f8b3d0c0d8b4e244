//! The elementary functions against the standard library's in double precision, at each instruction set.

use super::*;
use crate::Scalar;
use crate::isa;

macro_rules! slice_functions {
    ($($name:ident),*) => { $(
        dispatch! {
            pub fn $name<I: Isa, T: Scalar>(x: &[T], y: &mut [T]) {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = math::$name::<I, T>(x);
                }
            }
        }
    )* };
}

mod vector {
    use crate::{Scalar, dispatch, math};

    slice_functions!(exp, expm1, ln, log1p, log2, log10, tanh, sigmoid, softplus, log_sigmoid, erf);
}

/// A function: its name, on slices of both types, and the truth.
struct Case {
    name: &'static str,
    f32: fn(&[f32], &mut [f32]),
    f64: fn(&[f64], &mut [f64]),
    truth: fn(f64) -> f64,
}

macro_rules! case {
    ($name:ident, $truth:expr) => {
        Case { name: stringify!($name), f32: vector::$name, f64: vector::$name, truth: $truth }
    };
}

const CASES: &[Case] = &[
    case!(exp, f64::exp),
    case!(expm1, f64::exp_m1),
    case!(ln, f64::ln),
    case!(log1p, f64::ln_1p),
    case!(log2, f64::log2),
    case!(log10, f64::log10),
    case!(tanh, f64::tanh),
    case!(sigmoid, true_sigmoid),
    case!(softplus, true_softplus),
    case!(log_sigmoid, |x| -true_softplus(-x)),
    case!(erf, true_erf),
];

fn true_sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

fn true_softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Maclaurin's series near 0, Lentz's continued fraction of the complement further out (Abramowitz and Stegun 7.1.6 and
/// 7.1.14).
fn true_erf(x: f64) -> f64 {
    let t = x.abs();
    if x.is_nan() || t > 6.0 {
        return if x.is_nan() { x } else { x.signum() };
    }
    if t < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= 2.0 * x * x / (2 * n + 1) as f64;
            sum += term;
            if term.abs() < 1e-18 * sum.abs() {
                break;
            }
        }
        return std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum;
    }
    let mut fraction = t;
    for n in (1..200).rev() {
        fraction = t + n as f64 / 2.0 / fraction;
    }
    (1.0 - (-t * t).exp() / fraction / std::f64::consts::PI.sqrt()).copysign(x)
}

/// The distance of `got` from `truth` in units of f32's last place at `truth`.
fn ulps(got: f32, truth: f64) -> f64 {
    let nearest = truth as f32;
    if got == nearest || (got.is_nan() && truth.is_nan()) {
        return 0.0;
    }
    if !got.is_finite() || !nearest.is_finite() {
        // Next to the greatest number, infinity is one unit away.
        let beyond = 2f64.powi(128);
        let (g, n) = [got as f64, nearest as f64].map(|v| if v.is_infinite() { beyond.copysign(v) } else { v }).into();
        return if g.is_nan() || n.is_nan() { f64::INFINITY } else { (g - n).abs() / 2f64.powi(104) };
    }
    let magnitude = nearest.abs().max(f32::MIN_POSITIVE);
    let unit = (f32::from_bits(magnitude.to_bits() + 1) - magnitude) as f64;
    (got as f64 - truth).abs() / unit
}

#[test]
fn f32_is_within_two_units_over_all_exponents() {
    // A stride that is odd and large visits every exponent with varied fractions.
    let x: Vec<f32> = (0..1u32 << 19).map(|i| f32::from_bits(i.wrapping_mul(8191))).collect();
    let mut y = vec![0.0; x.len()];
    isa::at_each_level(|level| {
        for case in CASES {
            (case.f32)(&x, &mut y);
            for (&x, &y) in x.iter().zip(&y) {
                let truth = (case.truth)(x as f64);
                let d = ulps(y, truth);
                assert!(d <= 2.0, "{}({x:e}) = {y:e}, not {truth:e}: {d} units, at {level:?}", case.name);
            }
        }
    });
}

/// Prints the figures that the documentation of the functions gives. The truth is the same function in f64, which
/// [`f64_is_right_to_the_last_places`] holds to the standard library: that takes seconds where the library takes minutes.
#[test]
#[ignore = "goes through all 2^32 values of f32 for each function: minutes"]
fn f32_is_within_two_units_everywhere() {
    const BLOCK: u32 = 1 << 14;
    for case in CASES {
        let worst = |block: u32| {
            let x: Vec<f32> = (0..BLOCK).map(|i| f32::from_bits(block * BLOCK + i)).collect();
            let wide: Vec<f64> = x.iter().map(|&x| x as f64).collect();
            let (mut y, mut truth) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            (case.f32)(&x, &mut y);
            (case.f64)(&wide, &mut truth);
            let units = y.iter().zip(&truth).map(|(&y, &truth)| if y == truth as f32 { 0.0 } else { ulps(y, truth) });
            units.zip(x).fold((0.5, 0.0), |worst, next| if next.0 > worst.0 { next } else { worst })
        };
        let (units, x) = (0..u32::MAX / BLOCK + 1)
            .map(worst)
            .fold((0.5, 0.0), |worst: (f64, f32), next| if next.0 > worst.0 { next } else { worst });
        println!("{:?} {}: {units:.2} units at {x:e}", isa::level(), case.name);
        assert!(units <= 2.0, "{}", case.name);
    }
}

#[test]
fn f64_is_right_to_the_last_places() {
    let x: Vec<f64> = (-4000..4000)
        .flat_map(|i| [i as f64 * 0.01, i as f64 * 0.3, (i as f64 * 0.17).exp(), -(i as f64 * 0.17).exp()])
        .collect();
    let mut y = vec![0.0; x.len()];
    isa::at_each_level(|level| {
        for case in CASES {
            (case.f64)(&x, &mut y);
            for (&x, &y) in x.iter().zip(&y) {
                let truth = (case.truth)(x);
                let same = y == truth || (y.is_nan() && truth.is_nan());
                // Subnormal results are right to their last place.
                let near = (y - truth).abs() <= 2e-15 * truth.abs() + 1e-323;
                assert!(same || near, "{}({x:e}) = {y:e}, not {truth:e}, at {level:?}", case.name);
            }
        }
    });
}

fn specials<T: Scalar>(f: fn(&[T], &mut [T]), expected: [f64; 5], name: &str) {
    let x = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(T::from_f64);
    let mut y = [T::ZERO; 5];
    f(&x, &mut y);
    for ((x, y), e) in x.iter().zip(y).zip(expected) {
        let y = y.to_f64();
        let same = y.is_nan() && e.is_nan() || y == e && y.is_sign_negative() == e.is_sign_negative();
        assert!(same, "{name}({x}) = {y}, not {e}, in {} at {:?}", T::NAME, isa::level());
    }
}

#[test]
fn signed_zeros_infinities_and_nan() {
    let (inf, nan, ln2) = (f64::INFINITY, f64::NAN, std::f64::consts::LN_2);
    let table: [(&str, [f64; 5]); 8] = [
        ("exp", [1.0, 1.0, inf, 0.0, nan]),
        ("expm1", [0.0, -0.0, inf, -1.0, nan]),
        ("ln", [-inf, -inf, inf, nan, nan]),
        ("log1p", [0.0, -0.0, inf, nan, nan]),
        ("log2", [-inf, -inf, inf, nan, nan]),
        ("tanh", [0.0, -0.0, 1.0, -1.0, nan]),
        ("sigmoid", [0.5, 0.5, 1.0, 0.0, nan]),
        ("erf", [0.0, -0.0, 1.0, -1.0, nan]),
    ];
    isa::at_each_level(|_| {
        for (name, expected) in table {
            let case = CASES.iter().find(|c| c.name == name).unwrap();
            specials(case.f32, expected, name);
            specials(case.f64, expected, name);
        }
        let mut y = [0.0f64];
        vector::softplus(&[0.0], &mut y);
        assert!((y[0] - ln2).abs() < 1e-16);
    });
}

#[test]
fn powers_follow_the_standard_library() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let mut values =
        vec![0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e-40, 1e30, 16777216.0];
    values.extend((1..40).map(|i| i as f32 * 0.37 - 7.0));
    for &x in &values {
        for &y in &values {
            let got = pow::<isa::Portable, f32>(x, y);
            let truth = (x as f64).powf(y as f64);
            let d = ulps(got, truth);
            assert!(d <= 1.0, "{x:e}^{y:e} = {got:e}, not {truth:e}: {d} units");
            if got == 0.0 && truth == 0.0 {
                assert_eq!(got.is_sign_negative(), truth.is_sign_negative(), "{x:e}^{y:e}");
            }
        }
    }
}
