//! Each row of the table: its partial derivatives against central differences, over every way to broadcast.

use super::table::every;
use super::*;

/// Pairs that are away from ties and, for powers, positive.
fn operands(name: &str) -> (Vec<f64>, Vec<f64>) {
    let unit = name == "binary_cross_entropy" || name == "kl_div";
    let positive = name == "pow";
    let place = |v: f64| {
        if unit {
            0.1 + 0.8 * v
        } else if positive {
            0.5 + v
        } else {
            4.0 * v - 2.0
        }
    };
    let a = (0..60).map(|i| place((i as f64 * 0.618_033_9).fract())).collect();
    let b = (0..60).map(|i| place((i as f64 * 0.414_213_5 + 0.013).fract())).collect();
    (a, b)
}

fn contiguous(data: &[f64]) -> Strided<'_, f64> {
    Strided { data, offset: 0, strides: &[1] }
}

#[test]
fn partial_derivatives_agree_with_central_differences() {
    let h = 1e-6;
    for f in every::<f64>() {
        let (a, b) = operands(f.name());
        let n = a.len();
        let forward = |da: f64, db: f64| {
            let (a, b): (Vec<f64>, Vec<f64>) = a.iter().zip(&b).map(|(a, b)| (a + da, b + db)).unzip();
            let mut y = vec![0.0; n];
            f.forward(&[n], contiguous(&a), contiguous(&b), &mut y);
            y
        };
        for (side, above, below) in
            [(Side::Left, forward(h, 0.0), forward(-h, 0.0)), (Side::Right, forward(0.0, h), forward(0.0, -h))]
        {
            let mut dx = vec![0.0; n];
            f.adjoint(side, &[n], [contiguous(&a), contiguous(&b), contiguous(&vec![3.0; n])], &mut dx);
            for i in 0..n {
                let slope = (above[i] - below[i]) / (2.0 * h);
                let error = (dx[i] / 3.0 - slope).abs() / (1.0 + slope.abs());
                assert!(error < 1e-7, "{} {side:?} at {}, {}: {} not {slope}", f.name(), a[i], b[i], dx[i] / 3.0);
            }
        }
    }
}

#[test]
fn broadcasting_reads_the_right_pairs() {
    let (n, c, hw) = (40, 37, 55);
    let x: Vec<f32> = (0..n * c * hw).map(|i| (i % 1013) as f32).collect();
    let channels: Vec<f32> = (0..c).map(|i| 1000.0 * i as f32).collect();
    let extents = [n, c, hw];
    let dense = [(c * hw) as isize, hw as isize, 1];
    let mut y = vec![0.0; x.len()];
    for strides in [[0, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]] {
        let data = if strides[2] == 1 { &x } else { &channels };
        let (a, b) = (
            Strided { data: &x, offset: 0, strides: &dense },
            Strided { data: data.as_slice(), offset: 0, strides: &strides },
        );
        for (left, right, sign) in [(a, b, 1.0), (b, a, -1.0)] {
            sub().forward(&extents, left, right, &mut y);
            for (i, &y) in y.iter().enumerate() {
                let at = [i / (c * hw), i / hw % c, i % hw]
                    .iter()
                    .zip(&strides)
                    .map(|(&i, &s)| i * s as usize)
                    .sum::<usize>();
                assert_eq!(y, sign * (x[i] - data[at]), "{strides:?} at {i}");
            }
        }
    }
}

#[test]
fn ties_zeros_and_nan() {
    let at = |f: Binary<f64>, a: f64, b: f64| {
        let (a, b) = ([a], [b]);
        let (mut y, mut da, mut db) = ([0.0], [0.0], [0.0]);
        f.forward(&[1], contiguous(&a), contiguous(&b), &mut y);
        f.adjoint(Side::Left, &[1], [contiguous(&a), contiguous(&b), contiguous(&[1.0])], &mut da);
        f.adjoint(Side::Right, &[1], [contiguous(&a), contiguous(&b), contiguous(&[1.0])], &mut db);
        (y[0], da[0], db[0])
    };
    assert_eq!(at(maximum(), 2.0, 2.0), (2.0, 0.5, 0.5));
    assert_eq!(at(minimum(), 2.0, 2.0), (2.0, 0.5, 0.5));
    assert!(at(maximum(), f64::NAN, 1.0).0.is_nan() && at(maximum(), 1.0, f64::NAN).0.is_nan());
    assert!(at(minimum(), f64::NAN, 1.0).0.is_nan() && at(minimum(), 1.0, f64::NAN).0.is_nan());
    assert_eq!(at(pow(), 0.0, 2.0), (0.0, 0.0, 0.0));
    let (y, da, db) = at(pow(), 3.0, 0.0);
    assert!(y == 1.0 && da == 0.0 && (db - 3f64.ln()).abs() < 1e-15);
}

#[test]
fn nothing_of_nothing() {
    let empty = Strided { data: &[], offset: 0, strides: &[3, 1] };
    add::<f32>().forward(&[0, 3], empty, empty, &mut []);
}
