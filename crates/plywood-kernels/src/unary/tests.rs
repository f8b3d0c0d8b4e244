//! Each row of the table: its derivative against central differences, its drivers against each other.

use super::table::every;
use super::*;
use crate::isa;

/// Parameters that make sense for each row that has any: slopes, bounds, exponents, beta and threshold.
const PARAMETERS: [[f64; 2]; 3] = [[0.3, 2.5], [-0.7, 1.1], [2.0, 20.0]];

/// Points between -4 and 4, none near a kink of any row.
fn points() -> Vec<f64> {
    (-40..40).map(|i| i as f64 * 0.1 + 0.0337).collect()
}

fn saved<'a, T: Scalar>(f: &Unary<T>, x: &'a [T], y: &'a [T]) -> &'a [T] {
    match f.saved() {
        Saved::Nothing => &[],
        Saved::Input => x,
        Saved::Output => y,
    }
}

#[test]
fn derivatives_agree_with_central_differences() {
    let (h, x) = (1e-6, points());
    for f in PARAMETERS.into_iter().flat_map(every::<f64>) {
        // Their derivative is 0 by definition, not where they step.
        if ["floor", "ceil", "round", "sign"].contains(&f.name()) {
            continue;
        }
        let at = |offset: f64| {
            let moved: Vec<f64> = x.iter().map(|x| x + offset).collect();
            let mut y = vec![0.0; x.len()];
            f.forward(&moved, &mut y);
            y
        };
        let (y, above, below) = (at(0.0), at(h), at(-h));
        let mut dx = vec![0.0; x.len()];
        f.adjoint(saved(&f, &x, &y), &vec![2.0; x.len()], &mut dx);
        for i in 0..x.len() {
            let slope = (above[i] - below[i]) / (2.0 * h);
            if y[i].is_finite() {
                let error = (dx[i] - 2.0 * slope).abs() / (1.0 + slope.abs());
                assert!(error < 1e-7, "{}'({}) = {}, not {slope}, with {:?}", f.name(), x[i], dx[i] / 2.0, f.p);
            }
        }
    }
}

#[test]
fn drivers_and_instruction_sets_agree() {
    let n = 70_001;
    let x: Vec<f32> = (0..n).map(|i| (i % 977) as f32 * 0.01 - 4.9).collect();
    let dy: Vec<f32> = (0..n).map(|i| (i % 13) as f32 - 6.0).collect();
    for f in every([0.3f32, 2.5]) {
        let mut first: Option<(Vec<f32>, Vec<f32>)> = None;
        isa::at_each_level(|level| {
            let (mut y, mut dx) = (vec![0.0; n], vec![0.0; n]);
            f.forward(&x, &mut y);
            f.adjoint(saved(&f, &x, &y), &dy, &mut dx);

            let mut in_place = x.clone();
            f.forward_in_place(&mut in_place);
            assert!(same(&in_place, &y), "{} in place at {level:?}", f.name());
            let mut in_place = dy.clone();
            f.adjoint_in_place(saved(&f, &x, &y), &mut in_place);
            assert!(same(&in_place, &dx), "adjoint of {} in place at {level:?}", f.name());
            let mut added = vec![1.0; n];
            f.adjoint_add(saved(&f, &x, &y), &dy, &mut added);
            assert!(added.iter().zip(&dx).all(|(a, d)| *a == 1.0 + d || d.is_nan()), "{} added", f.name());

            let (y0, dx0) = first.get_or_insert_with(|| (y.clone(), dx.clone()));
            assert!(close(&y, y0) && close(&dx, dx0), "{} at {level:?}", f.name());
        });
    }
}

fn same(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}

/// Instruction sets differ in the rounding of fused products only.
fn close(a: &[f32], b: &[f32]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-6 * (1.0 + a.abs()) || a == b || a.is_nan() && b.is_nan())
}

#[test]
fn values_at_kinks_and_limits() {
    let at = |f: Unary<f32>, x: f32| {
        let mut y = [0.0];
        f.forward(&[x], &mut y);
        let mut dx = [0.0];
        f.adjoint(saved(&f, &[x], &y), &[1.0], &mut dx);
        (y[0], dx[0])
    };
    assert_eq!(at(relu(), 0.0), (0.0, 0.0));
    assert!(at(relu(), f32::NAN).0.is_nan());
    assert_eq!(at(abs(), 0.0), (0.0, 0.0));
    assert_eq!(at(clamp(-1.0, 1.0), 1.0), (1.0, 1.0));
    assert_eq!(at(hardtanh(-1.0, 1.0), 1.0), (1.0, 0.0));
    assert_eq!(at(clamp(2.0, 1.0), 0.0), (1.0, 0.0));
    assert!(at(clamp(-1.0, 1.0), f32::NAN).0.is_nan());
    assert_eq!(at(relu6(), 9.0), (6.0, 0.0));
    assert_eq!(at(softplus(1.0, 20.0), 30.0), (30.0, 1.0));
    assert_eq!(at(mish(), 1e30), (1e30, 1.0));
    assert_eq!(at(pow_scalar(0.0), 0.0), (1.0, 0.0));
    assert_eq!(at(pow_scalar(1.0), 0.0), (0.0, 1.0));
    assert_eq!(at(silu(), -200.0).1, -0.0);
    assert_eq!(at(hardswish(), -3.0), (0.0, 0.0));
    assert_eq!(at(hardswish(), 3.0), (3.0, 1.0));
}

#[test]
fn empty_slices_are_fine() {
    for f in every([0.3f64, 2.5]) {
        f.forward(&[], &mut []);
        f.adjoint(&[], &[], &mut []);
    }
}
