//! Softmax against a plain loop; the adjoints against central differences.

use super::*;
use crate::isa;
use crate::reduce::AxisDims;

fn values(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f64 * 0.006 - 3.0).collect()
}

fn shapes() -> impl Iterator<Item = AxisDims> {
    [(1, 1, 1), (3, 5, 1), (2, 100, 1), (2, 3, 4), (3, 7, 150), (0, 3, 2), (2, 0, 2), (40, 33, 65)]
        .into_iter()
        .map(|(outer, n, inner)| AxisDims { outer, n, inner })
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance * (1.0 + b.abs()))
}

#[test]
fn softmax_is_the_normalised_exponential() {
    isa::at_each_level(|level| {
        for dims in shapes() {
            let x = values(dims.len());
            let mut truth = vec![0.0; x.len()];
            for line in 0..dims.lines() {
                let at = |k: usize| line / dims.inner * dims.n * dims.inner + k * dims.inner + line % dims.inner;
                let total: f64 = (0..dims.n).map(|k| x[at(k)].exp()).sum();
                (0..dims.n).for_each(|k| truth[at(k)] = x[at(k)].exp() / total);
            }
            let mut y = vec![0.0; x.len()];
            softmax(&dims, &x, &mut y);
            assert!(close(&y, &truth, 1e-14), "softmax {dims:?} {level:?}");
            log_softmax(&dims, &x, &mut y);
            let truth: Vec<f64> = truth.iter().map(|p| p.ln()).collect();
            assert!(close(&y, &truth, 1e-14), "log_softmax {dims:?} {level:?}");
        }
    });
}

#[test]
fn adjoints_agree_with_central_differences() {
    type Forward = fn(&AxisDims, &[f64], &mut [f64]);
    type Adjoint = fn(&AxisDims, &[f64], &[f64], &mut [f64]);
    let pairs: [(Forward, Adjoint); 2] = [(softmax, softmax_adjoint), (log_softmax, log_softmax_adjoint)];
    for (forward, adjoint) in pairs {
        for dims in shapes().filter(|d| d.len() < 2000) {
            let (mut x, mut dy) = (values(dims.len()), values(dims.len()));
            dy.reverse();
            let mut y = vec![0.0; x.len()];
            let mut value = |x: &[f64]| {
                forward(&dims, x, &mut y);
                y.iter().zip(&dy).map(|(y, dy)| y * dy).sum::<f64>()
            };
            let slopes: Vec<f64> = (0..x.len())
                .map(|i| {
                    let (old, h) = (x[i], 1e-6);
                    x[i] = old + h;
                    let above = value(&x);
                    x[i] = old - h;
                    let below = value(&x);
                    x[i] = old;
                    (above - below) / (2.0 * h)
                })
                .collect();
            forward(&dims, &x, &mut y);
            let mut dx = vec![0.0; x.len()];
            adjoint(&dims, &y, &dy, &mut dx);
            assert!(close(&dx, &slopes, 1e-6), "{dims:?}");
        }
    }
}

#[test]
fn extremes() {
    let row = AxisDims { outer: 1, n: 3, inner: 1 };
    let column = AxisDims { outer: 1, n: 3, inner: 2 };
    let (inf, mut y) = (f32::INFINITY, [0.0f32; 3]);
    softmax(&row, &[1e30, 1e30, -1e30], &mut y);
    assert_eq!(y, [0.5, 0.5, 0.0]);
    softmax(&row, &[0.0, -inf, 0.0], &mut y);
    assert_eq!(y, [0.5, 0.0, 0.5]);
    softmax(&row, &[-inf; 3], &mut y);
    assert!(y.iter().all(|y| y.is_nan()));
    log_softmax(&row, &[0.0, -inf, -inf], &mut y);
    assert_eq!(y, [0.0, -inf, -inf]);
    softmax(&row, &[0.0, f32::NAN, 0.0], &mut y);
    assert!(y.iter().all(|y| y.is_nan()));
    let mut y = [0.0f32; 6];
    softmax(&column, &[0.0, -inf, -inf, 100.0, 0.0, -1e30], &mut y);
    assert_eq!(y, [0.5, 0.0, 0.0, 1.0, 0.5, 0.0]);
}

#[test]
fn cross_entropy_and_its_adjoint() {
    let weights = [0.5, 2.0, 1.0, 0.0, 1.5];
    for (outer, inner) in [(1, 1), (7, 1), (2, 3), (300, 1), (0, 2)] {
        let dims = AxisDims { outer, n: 5, inner };
        let target: Vec<i64> = (0..dims.lines()).map(|i| if i % 4 == 3 { -100 } else { (i * 7 % 5) as i64 }).collect();
        let x = values(dims.len());
        let mut log_p = vec![0.0; x.len()];
        log_softmax(&dims, &x, &mut log_p);
        for weight in [&[] as &[f64], &weights] {
            for smoothing in [0.0, 0.1] {
                let classes = Classes::new(dims, &target, weight, -100, smoothing).unwrap();
                let w = |k: usize| weight.get(k).copied().unwrap_or(1.0);
                let (mut loss, mut log_sum) = (vec![0.0; target.len()], vec![0.0; target.len()]);
                cross_entropy(&classes, &x, &mut loss, &mut log_sum);
                let mut dx_truth = vec![0.0; x.len()];
                for (p, &t) in target.iter().enumerate().filter(|t| *t.1 >= 0) {
                    let at = |k: usize| p / inner * 5 * inner + k * inner + p % inner;
                    let share =
                        |k: usize| w(k) * (smoothing / 5.0 + if k == t as usize { 1.0 - smoothing } else { 0.0 });
                    let truth: f64 = (0..5).map(|k| -share(k) * log_p[at(k)]).sum();
                    assert!((loss[p] - truth).abs() < 1e-13, "loss {dims:?} {p}");
                    let total: f64 = (0..5).map(share).sum();
                    (0..5).for_each(|k| dx_truth[at(k)] = 3.0 * (total * log_p[at(k)].exp() - share(k)));
                }
                let mut dx = vec![0.0; x.len()];
                cross_entropy_adjoint(&classes, &x, &log_sum, &[3.0], &mut dx);
                assert!(close(&dx, &dx_truth, 1e-13), "{dims:?}");
                if !loss.is_empty() {
                    cross_entropy_adjoint(&classes, &x, &log_sum, &vec![3.0; loss.len()], &mut dx);
                    assert!(close(&dx, &dx_truth, 1e-13), "{dims:?} a scale a position");
                }
            }
        }
    }
}

#[test]
fn bad_targets_are_named() {
    let dims = AxisDims { outer: 2, n: 3, inner: 1 };
    let error = Classes::<f32>::new(dims, &[0, 3], &[], -100, 0.0).unwrap_err();
    assert_eq!(error.to_string(), "target number 1: expected a class from 0 to 2 or -100, which is ignored, got 3");
    assert!(Classes::<f32>::new(dims, &[0], &[], -100, 0.0).is_err());
    assert!(Classes::<f32>::new(dims, &[0, 1], &[1.0], -100, 0.0).is_err());
    assert!(Classes::<f32>::new(dims, &[0, 1], &[], -100, f64::NAN).is_err());
    assert_eq!(Classes::<f32>::new(dims, &[-100, 2], &[1.0, 1.0, 4.0], -100, 0.0).unwrap().total_weight(), 4.0);
}
