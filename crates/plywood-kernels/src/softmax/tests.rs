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
