//! Reductions against a plain loop in double precision, over every pattern of reduced dimensions.

use super::*;
use crate::isa;

/// Which result each value belongs to.
fn places(extents: &[usize], reduced: usize) -> Vec<usize> {
    let n: usize = extents.iter().product();
    (0..n)
        .map(|i| {
            let (mut rest, mut at, mut stride) = (i, 0, 1);
            for (d, &extent) in extents.iter().enumerate().rev() {
                if reduced >> d & 1 == 0 {
                    at += rest % extent * stride;
                    stride *= extent;
                }
                rest /= extent;
            }
            at
        })
        .collect()
}

fn values(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f32 * 0.004 - 1.5).collect()
}

#[test]
fn every_pattern_of_dimensions() {
    for extents in [vec![], vec![1], vec![7], vec![3, 5], vec![2, 3, 4], vec![3, 1, 4, 2], vec![2, 3, 2, 2, 3]] {
        for reduced in 0..1 << extents.len() {
            let x = values(extents.iter().product());
            let dims = ReduceDims::new(&extents, |d| reduced >> d & 1 == 1);
            let places = places(&extents, reduced);
            let group = |y: usize| x.iter().zip(&places).filter(move |p| *p.1 == y).map(|p| *p.0 as f64);
            let check = |name: &str, f: &dyn Fn(&mut [f32]), truth: &dyn Fn(&[f64]) -> f64| {
                let mut out = vec![0.0; dims.output()];
                f(&mut out);
                for (y, &got) in out.iter().enumerate() {
                    let truth = truth(&group(y).collect::<Vec<_>>());
                    let near = (got as f64 - truth).abs() <= 2e-6 * (1.0 + truth.abs());
                    assert!(
                        near || got.is_nan() && truth.is_nan(),
                        "{name} {extents:?} {reduced:b}: {got} not {truth}"
                    );
                }
            };
            let mean_of = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            check("sum", &|y| sum(&dims, &x, y), &|v| v.iter().sum());
            check("mean", &|y| mean(&dims, &x, y), &mean_of);
            check("prod", &|y| prod(&dims, &x, y), &|v| v.iter().product());
            check("amax", &|y| amax(&dims, &x, y), &|v| v.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            check("amin", &|y| amin(&dims, &x, y), &|v| v.iter().copied().fold(f64::INFINITY, f64::min));
            check("logsumexp", &|y| logsumexp(&dims, &x, y), &|v| v.iter().map(|x| x.exp()).sum::<f64>().ln());
            check("var", &|y| var_mean(&dims, 0.0, &x, y, &mut vec![0.0; y.len()]), &|v| {
                v.iter().map(|x| (x - mean_of(v)).powi(2)).sum::<f64>() / v.len() as f64
            });
            for p in [2.0, 1.0, 3.0, 0.0, f64::INFINITY, f64::NEG_INFINITY] {
                check("norm", &|y| norm(&dims, p, &x, y), &|v| {
                    let v = v.iter().map(|x| x.abs());
                    match p {
                        0.0 => v.filter(|&x| x != 0.0).count() as f64,
                        f64::INFINITY => v.fold(0.0, f64::max),
                        f64::NEG_INFINITY => v.fold(f64::INFINITY, f64::min),
                        _ => v.map(|x| x.powf(p)).sum::<f64>().powf(1.0 / p),
                    }
                });
            }
        }
    }
}

#[test]
fn large_sums_are_right_to_the_last_places() {
    // A plain loop in f32 stops growing at 2^24.
    let n = (1 << 24) + 4096;
    let x = vec![1.1f32; n];
    let truth = 1.1f32 as f64 * n as f64;
    let mut y = [0.0];
    sum(&ReduceDims::new(&[n], |_| true), &x, &mut y);
    assert!((y[0] as f64 / truth - 1.0).abs() < 2e-7, "{} not {truth}", y[0]);
    let mut y = [0.0; 64];
    sum(&ReduceDims::new(&[n / 64, 64], |d| d == 0), &x, &mut y);
    assert!(y.iter().all(|&y| (y as f64 / (truth / 64.0) - 1.0).abs() < 2e-7), "{y:?} not {}", truth / 64.0);
    let mut y = [0.0; 256];
    sum(&ReduceDims::new(&[n / 256 / 16, 256, 16], |d| d != 1), &x, &mut y);
    assert!(y.iter().all(|&y| (y as f64 / (truth / 256.0) - 1.0).abs() < 2e-7), "{y:?} not {}", truth / 256.0);
}

#[test]
fn any_number_of_threads_and_every_instruction_set() {
    let shapes: [(&[usize], usize); 5] =
        [(&[300_007], 1), (&[700, 333], 2), (&[700, 333], 1), (&[9, 31, 601], 5), (&[3, 1, 2000, 40], 0b100)];
    for (extents, reduced) in shapes {
        let x = values(extents.iter().product());
        let dims = ReduceDims::new(extents, |d| reduced >> d & 1 == 1);
        let run = || {
            let [mut a, mut b, mut c] = [(); 3].map(|_| vec![0f32; dims.output()]);
            var_mean(&dims, 1.0, &x, &mut a, &mut b);
            logsumexp(&dims, &x, &mut c);
            [a, b, c].concat()
        };
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let one = pool(1).install(run);
        for n in [2, 3, 8] {
            assert_eq!(pool(n).install(run), one, "{n} threads, {extents:?}");
        }
        isa::at_each_level(|level| {
            let near = run().iter().zip(&one).all(|(a, b)| (a - b).abs() <= 1e-6 * (1.0 + b.abs()));
            assert!(near, "{level:?} {extents:?}");
        });
    }
}

#[test]
fn nothing_and_nan() {
    let dims = ReduceDims::new(&[0, 3], |d| d == 0);
    let mut y = [9.0f64; 3];
    sum(&dims, &[], &mut y);
    assert_eq!(y, [0.0; 3]);
    prod(&dims, &[], &mut y);
    assert_eq!(y, [1.0; 3]);
    mean(&dims, &[], &mut y);
    assert!(y.iter().all(|y| y.is_nan()));
    logsumexp(&dims, &[], &mut y);
    assert_eq!(y, [f64::NEG_INFINITY; 3]);
    sum(&ReduceDims::new(&[0, 3], |d| d == 1), &[] as &[f32], &mut []);

    let mut y = [0.0f32];
    for x in [[1.0, f32::NAN, 3.0], [f32::NAN, 1.0, 3.0], [1.0, 3.0, f32::NAN]] {
        for extents in [[3, 1], [1, 3]] {
            let dims = ReduceDims::new(&extents, |_| true);
            amax(&dims, &x, &mut y);
            assert!(y[0].is_nan());
            amin(&dims, &x, &mut y);
            assert!(y[0].is_nan());
        }
        let mut at = [0];
        argmax(&AxisDims::new(&[3], 0), &x, &mut at);
        assert!(x[at[0] as usize].is_nan());
    }
    let all = ReduceDims::new(&[2], |_| true);
    let inf = f32::INFINITY;
    for (x, truth) in [([inf, 1.0], inf), ([-inf, -inf], -inf), ([1000.0, 1000.0], 1000.0 + 2f32.ln())] {
        logsumexp(&all, &x, &mut y);
        assert_eq!(y[0], truth);
    }
    let mut mean_out = [0.0];
    var_mean(&ReduceDims::new(&[1], |_| true), 1.0, &[3.0f32], &mut y, &mut mean_out);
    assert!(y[0].is_nan());
    let (mut y, mut mean_out) = ([0.0; 3], [0.0; 3]);
    var_mean(&ReduceDims::new(&[3, 1], |d| d == 1), 0.0, &[3.0f32, 4.0, 5.0], &mut y, &mut mean_out);
    assert_eq!(y, [0.0; 3]);
}

#[test]
fn extrema_are_found_first() {
    let x = [1.0, 3.0, 3.0, -1.0, -1.0, 0.0f32];
    let mut rows = [0; 2];
    argmax(&AxisDims::new(&[2, 3], 1), &x, &mut rows);
    assert_eq!(rows, [1, 2]);
    argmin(&AxisDims::new(&[2, 3], 1), &x, &mut rows);
    assert_eq!(rows, [0, 0]);
    let mut columns = [0; 3];
    argmax(&AxisDims::new(&[2, 3], 0), &x, &mut columns);
    assert_eq!(columns, [0, 0, 0]);
}

#[test]
fn scans_and_their_adjoint() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0f64];
    let (rows, columns) = (AxisDims::new(&[2, 3], 1), AxisDims::new(&[2, 3], 0));
    let mut y = [0.0; 6];
    cumsum(&rows, false, &x, &mut y);
    assert_eq!(y, [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
    cumsum(&rows, true, &x, &mut y);
    assert_eq!(y, [6.0, 5.0, 3.0, 15.0, 11.0, 6.0]);
    cumsum(&columns, false, &x, &mut y);
    assert_eq!(y, [1.0, 2.0, 3.0, 5.0, 7.0, 9.0]);
    cumsum(&columns, true, &x, &mut y);
    assert_eq!(y, [5.0, 7.0, 9.0, 4.0, 5.0, 6.0]);
}

#[test]
fn sorting_is_stable_and_puts_nan_last() {
    let x = [2.0, f32::NAN, 1.0, 2.0, -0.0, 0.0];
    let line = AxisDims::new(&[6], 0);
    let (mut values, mut indices) = ([0.0; 6], [0; 6]);
    sort(&line, false, &x, &mut values, &mut indices);
    assert_eq!(indices, [4, 5, 2, 0, 3, 1]);
    assert_eq!(values[..5], [0.0, 0.0, 1.0, 2.0, 2.0]);
    sort(&line, true, &x, &mut values, &mut indices);
    assert_eq!(indices, [1, 0, 3, 2, 4, 5]);
    let (mut values, mut indices) = ([0.0; 4], [0; 4]);
    top_k(&AxisDims::new(&[3, 2], 0), 2, true, &[1.0f32, 9.0, 5.0, 7.0, 3.0, 8.0], &mut values, &mut indices);
    assert_eq!((values, indices), ([5.0, 9.0, 3.0, 8.0], [1, 0, 2, 2]));
    top_k(&line, 0, true, &x, &mut [], &mut []);
}

#[test]
fn products_with_zeros() {
    let x = [2.0, 3.0, 4.0, 2.0, 0.0, 4.0, 0.0, 0.0, 4.0];
    let mut dx = [0.0; 9];
    prod_adjoint(3, &x, &[1.0, 10.0, 1.0], &mut dx);
    assert_eq!(dx, [12.0, 8.0, 6.0, 0.0, 80.0, 0.0, 0.0, 0.0, 0.0f64]);
}
