//! Against the definition in `f64`.

use super::*;

fn values(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 2_654_435_761 + seed * 40_503) >> 7) as f64 % 1009.0 / 504.5 - 1.0).collect()
}

/// Every pair of sample and position of a channel, as flat positions.
fn cells(d: &BatchNormDims, c: usize) -> impl Iterator<Item = usize> + Clone {
    let d = *d;
    (0..d.n).flat_map(move |n| (0..d.s).map(move |s| (n * d.c + c) * d.s + s))
}

struct Case {
    d: BatchNormDims,
    x: Vec<f64>,
    dy: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
    mean: Vec<f64>,
    var: Vec<f64>,
}

fn case(n: usize, c: usize, s: usize) -> Case {
    let d = BatchNormDims { n, c, s };
    let positive = |v: Vec<f64>| v.iter().map(|v| v.abs() + 0.1).collect();
    Case {
        d,
        x: values(d.len(), 1).iter().map(|v| 2.0 * v + 0.5).collect(),
        dy: values(d.len(), 2),
        weight: values(c, 3),
        bias: values(c, 4),
        mean: values(c, 5),
        var: positive(values(c, 6)),
    }
}

fn close(got: &[f64], expected: &[f64], what: &str, d: &BatchNormDims) {
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (got - expected).abs();
        assert!(error <= 1e-11 * (1.0 + expected.abs()), "{what}[{i}] of {d:?}: {got} instead of {expected}");
    }
}

fn check_case(case: &Case, training: bool, relu: bool) {
    let Case { d, x, dy, .. } = case;
    let affine = Affine { weight: Some(&case.weight[..]), bias: Some(&case.bias), eps: 1e-5, relu };
    let (mut mean, mut var) = (case.mean.clone(), case.var.clone());
    let mut y = vec![f64::NAN; d.len()];
    if training {
        forward(d, &affine, x, None, &mut mean, &mut var, &mut y);
    } else {
        forward_eval(d, &affine, Statistics { mean: &mean, var: &var }, x, None, &mut y);
    }
    let (mut dx, mut dweight, mut dbias) = (vec![f64::NAN; d.len()], vec![f64::NAN; d.c], vec![f64::NAN; d.c]);
    let statistics = Statistics { mean: &mean, var: &var };
    adjoint(d, &affine, statistics, training, x, dy, Some(&mut dx), &mut dweight, &mut dbias);
    let (mut dweight_alone, mut dbias_alone) = (vec![f64::NAN; d.c], vec![f64::NAN; d.c]);
    adjoint(d, &affine, statistics, training, x, dy, None, &mut dweight_alone, &mut dbias_alone);
    assert_eq!((&dweight, &dbias), (&dweight_alone, &dbias_alone));

    let count = d.count() as f64;
    let (mut ey, mut edx, mut edw, mut edb) = (y.clone(), dx.clone(), dweight.clone(), dbias.clone());
    let (mut em, mut ev) = (case.mean.clone(), case.var.clone());
    for c in 0..d.c {
        if training {
            em[c] = cells(d, c).map(|i| x[i]).sum::<f64>() / count;
            ev[c] = cells(d, c).map(|i| (x[i] - em[c]).powi(2)).sum::<f64>() / count;
        }
        let inverse = 1.0 / (ev[c] + 1e-5).sqrt();
        let hat = |i: usize| (x[i] - em[c]) * inverse;
        cells(d, c).for_each(|i| ey[i] = hat(i) * case.weight[c] + case.bias[c]);
        let g = |i: usize| if relu && ey[i] <= 0.0 { 0.0 } else { dy[i] };
        edb[c] = cells(d, c).map(g).sum();
        edw[c] = cells(d, c).map(|i| g(i) * hat(i)).sum();
        for i in cells(d, c) {
            let through_statistics = if training { (edb[c] + hat(i) * edw[c]) / count } else { 0.0 };
            edx[i] = case.weight[c] * inverse * (g(i) - through_statistics);
        }
    }
    if relu {
        ey.iter_mut().for_each(|y| *y = y.max(0.0));
    }
    close(&mean, &em, "mean", d);
    close(&var, &ev, "var", d);
    close(&y, &ey, "y", d);
    close(&dx, &edx, "dx", d);
    close(&dweight, &edw, "dweight", d);
    close(&dbias, &edb, "dbias", d);
}

#[test]
fn forward_and_adjoint_are_what_the_definition_says() {
    let shapes = [(2, 1, 1), (1, 3, 2), (4, 3, 1), (3, 600, 1), (70, 37, 1), (5, 130, 9), (4, 3, 30), (3, 2, 63)];
    let planes = [(1, 1, 64), (2, 3, 65), (3, 2, 100), (130, 2, 71), (2, 2, 9000), (1, 1, 20_000)];
    for (n, c, s) in shapes.into_iter().chain(planes) {
        for (training, relu) in [(true, false), (true, true), (false, false), (false, true)] {
            check_case(&case(n, c, s), training, relu);
        }
    }
}

#[test]
fn a_residual_is_added_before_the_rectifier() {
    for (n, c, s) in [(2, 1, 1), (3, 600, 1), (4, 3, 30), (3, 2, 63), (2, 3, 65), (1, 2, 100)] {
        let Case { d, x, dy: residual, weight, bias, mean, var } = case(n, c, s);
        for (training, relu) in [(true, false), (true, true), (false, false), (false, true)] {
            let run = |residual: Option<&[f64]>, relu| {
                let affine = Affine { weight: Some(&weight[..]), bias: Some(&bias), eps: 1e-5, relu };
                let (mut mean, mut var, mut y) = (mean.clone(), var.clone(), vec![f64::NAN; d.len()]);
                if training {
                    forward(&d, &affine, &x, residual, &mut mean, &mut var, &mut y);
                } else {
                    forward_eval(&d, &affine, Statistics { mean: &mean, var: &var }, &x, residual, &mut y);
                }
                (y, mean, var)
            };
            let (mut y, mean, var) = run(None, false);
            y.iter_mut().zip(&residual).for_each(|(y, r)| *y += r);
            if relu {
                y.iter_mut().for_each(|y| *y = y.max(0.0));
            }
            assert_eq!(run(Some(&residual), relu), (y, mean, var), "{d:?} training {training} relu {relu}");
        }
    }
}

#[test]
fn single_precision_statistics_hold_where_the_mean_dwarfs_the_spread() {
    for (n, c, s) in [(64, 2, 1), (64, 3, 1024), (1, 1, 50_000), (3000, 5, 1)] {
        let d = BatchNormDims { n, c, s };
        let x: Vec<f32> = values(d.len(), 7).iter().map(|&v| (1000.0 + v) as f32).collect();
        let (mut mean, mut var, mut y) = (vec![0f32; c], vec![0f32; c], vec![0f32; d.len()]);
        forward(
            &d,
            &Affine { weight: None, bias: None, eps: 1e-5, relu: false },
            &x,
            None,
            &mut mean,
            &mut var,
            &mut y,
        );
        for c in 0..c {
            let expected = cells(&d, c).map(|i| f64::from(x[i])).sum::<f64>() / d.count() as f64;
            let squares = cells(&d, c).map(|i| (f64::from(x[i]) - expected).powi(2)).sum::<f64>();
            let expected_var = squares / d.count() as f64;
            // The mean itself is rounded to f32, by up to half an ulp of 1000, 3.05e-5; the variance isn't touched by that.
            assert!((f64::from(mean[c]) - expected).abs() < 3.1e-5, "mean {} instead of {expected}", mean[c]);
            let error = (f64::from(var[c]) / expected_var - 1.0).abs();
            assert!(error < 1e-6, "var {} instead of {expected_var}, {d:?}", var[c]);
        }
    }
}

#[test]
fn running_statistics_move_towards_the_unbiased_ones() {
    let statistics = Statistics { mean: &[3.0], var: &[2.0] };
    let (mut mean, mut var) = ([1.0], [1.0]);
    update_running(0.1, 5, statistics, &mut mean, &mut var);
    assert!((mean[0] - 1.2f64).abs() < 1e-15 && (var[0] - 1.15f64).abs() < 1e-15, "{mean:?} {var:?}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for (n, c, s) in [(64, 300, 3), (40, 7, 400)] {
        let d = BatchNormDims { n, c, s };
        let x: Vec<f32> = values(d.len(), 8).iter().map(|&v| v as f32).collect();
        let dy: Vec<f32> = values(d.len(), 9).iter().map(|&v| v as f32).collect();
        let affine = Affine { weight: None, bias: None, eps: 1e-5, relu: true };
        let run = |threads| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
                let (mut mean, mut var) = (vec![0f32; c], vec![0f32; c]);
                let (mut y, mut dx, mut dw, mut db) = (x.clone(), x.clone(), mean.clone(), mean.clone());
                forward(&d, &affine, &x, None, &mut mean, &mut var, &mut y);
                let statistics = Statistics { mean: &mean, var: &var };
                adjoint(&d, &affine, statistics, true, &x, &dy, Some(&mut dx), &mut dw, &mut db);
                (mean, var, y, dx, dw, db)
            })
        };
        let one = run(1);
        assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one), "{d:?}");
    }
}

#[test]
fn batches_without_statistics_are_refused() {
    let message = |shape: &[usize], c| match BatchNormDims::new(shape, c).map(|d| d.check_training()) {
        Ok(Err(mismatch)) | Err(mismatch) => mismatch.to_string(),
        Ok(Ok(())) => String::new(),
    };
    assert_eq!(
        message(&[1, 3], 3),
        "values per channel in training mode: expected 2 or more, got 1 (batch of 1 with 1 each)"
    );
    assert_eq!(message(&[3], 3), "input shape: expected [n, c] or more dimensions, got [3]");
    assert_eq!(message(&[2, 3, 4], 5), "input channels (dimension 1): expected 5, got 3 in [2, 3, 4]");
    assert_eq!(message(&[1, 3, 2], 3), "");
}
