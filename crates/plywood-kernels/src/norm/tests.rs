//! Forward against the definition in `f64`, adjoints against central differences of forward.

use super::*;

fn values(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 2_654_435_761 + seed * 40_503) >> 7) as f64 % 1009.0 / 504.5 - 1.0).collect()
}

fn close(got: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let error = (got - expected).abs();
        assert!(error <= tolerance * (1.0 + expected.abs()), "{what}[{i}]: {got} instead of {expected}");
    }
}

/// The gradient of `Σ f(x) · dy` by central differences.
fn numerical(x: &[f64], dy: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let step = 1e-5;
    let product = |x: &[f64]| f(x).iter().zip(dy).map(|(y, dy)| y * dy).sum::<f64>();
    let mut moved = x.to_vec();
    let slope = |i: usize| {
        moved[i] = x[i] + step;
        let above = product(&moved);
        moved[i] = x[i] - step;
        let below = product(&moved);
        moved[i] = x[i];
        (above - below) / (2.0 * step)
    };
    (0..x.len()).map(slope).collect()
}

/// Normalises the values at `cells` together.
fn normalize_cells(x: &[f64], cells: &[usize], centered: bool, y: &mut [f64]) {
    let n = cells.len() as f64;
    let mean = if centered { cells.iter().map(|&i| x[i]).sum::<f64>() / n } else { 0.0 };
    let var = cells.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / n;
    cells.iter().for_each(|&i| y[i] = (x[i] - mean) / (var + 1e-5).sqrt());
}

fn layer_norm_of(d: &LayerNormDims, weight: Option<&[f64]>, bias: Option<&[f64]>, x: &[f64]) -> Vec<f64> {
    let mut y = vec![f64::NAN; d.len()];
    layer_norm(d, weight, bias, 1e-5, x, &mut y, &mut vec![RowStatistics::default(); d.rows]);
    y
}

#[test]
fn layer_and_rms_norm_are_what_the_definition_says() {
    for (rows, features) in [(1, 1), (3, 2), (2, 31), (5, 33), (70, 64), (2, 100)] {
        for centered in [true, false] {
            let d = LayerNormDims { rows, features, centered };
            let (weight, bias) = (values(features, 1), values(features, 2));
            let (x, dy) = (values(d.len(), 3), values(d.len(), 4));
            for (weight, bias) in
                [(None, None), (Some(&weight[..]), None), (None, Some(&bias[..])), (Some(&weight[..]), Some(&bias[..]))]
            {
                let mut expected = vec![0.0; d.len()];
                for row in 0..rows {
                    let cells: Vec<usize> = (row * features..(row + 1) * features).collect();
                    normalize_cells(&x, &cells, centered, &mut expected);
                    for (j, &i) in cells.iter().enumerate() {
                        expected[i] = expected[i] * weight.map_or(1.0, |w| w[j]) + bias.map_or(0.0, |b| b[j]);
                    }
                }
                let what = format!("{d:?}");
                close(&layer_norm_of(&d, weight, bias, &x), &expected, 1e-12, &what);

                let mut statistics = vec![RowStatistics::default(); rows];
                layer_norm(&d, weight, bias, 1e-5, &x, &mut expected, &mut statistics);
                let mut dx = vec![f64::NAN; d.len()];
                layer_norm_input_grad(&d, weight, 1e-5, &x, &statistics, &dy, &mut dx);
                // Rows of one or two values are so steep near equal values that differences are good to 1e-4 only.
                let tolerance = if features < 3 { 1e-4 } else { 1e-7 };
                close(&dx, &numerical(&x, &dy, |x| layer_norm_of(&d, weight, bias, x)), tolerance, &what);
                if let (Some(weight), Some(bias)) = (weight, bias) {
                    let (mut dweight, mut dbias) = (vec![f64::NAN; features], vec![f64::NAN; features]);
                    layer_norm_affine_grad(&d, 1e-5, &x, &statistics, &dy, &mut dweight, &mut dbias);
                    let by_weight = |w: &[f64]| layer_norm_of(&d, Some(w), Some(bias), &x);
                    close(&dweight, &numerical(weight, &dy, by_weight), 1e-8, &what);
                    close(&dbias, &numerical(bias, &dy, |b| layer_norm_of(&d, Some(weight), Some(b), &x)), 1e-8, &what);
                }
            }
        }
    }
}

fn group_norm_of(d: &GroupNormDims, weight: &[f64], bias: &[f64], x: &[f64]) -> Vec<f64> {
    let mut y = vec![f64::NAN; d.len()];
    let mut statistics = vec![RowStatistics::default(); d.statistics_len()];
    group_norm(d, Some(weight), Some(bias), 1e-5, x, &mut y, &mut statistics);
    y
}

#[test]
fn group_norm_is_what_the_definition_says() {
    for (shape, groups) in [([2, 6, 3, 4], 1), ([2, 6, 3, 4], 2), ([3, 6, 1, 5], 3), ([1, 4, 2, 17], 4)] {
        let d = GroupNormDims::new(&shape, groups).unwrap();
        let (weight, bias) = (values(d.c, 1), values(d.c, 2));
        let (x, dy) = (values(d.len(), 3), values(d.len(), 4));
        let mut expected = vec![0.0; d.len()];
        for group in 0..d.statistics_len() {
            let len = d.len() / d.statistics_len();
            normalize_cells(&x, &(group * len..(group + 1) * len).collect::<Vec<_>>(), true, &mut expected);
        }
        for (i, y) in expected.iter_mut().enumerate() {
            let c = i / d.s % d.c;
            *y = *y * weight[c] + bias[c];
        }
        let what = format!("{d:?}");
        close(&group_norm_of(&d, &weight, &bias, &x), &expected, 1e-12, &what);

        let mut statistics = vec![RowStatistics::default(); d.statistics_len()];
        group_norm(&d, Some(&weight[..]), Some(&bias), 1e-5, &x, &mut expected, &mut statistics);
        let (mut dx, mut dweight, mut dbias) = (vec![f64::NAN; d.len()], vec![f64::NAN; d.c], vec![f64::NAN; d.c]);
        let grads = (&mut dweight[..], &mut dbias[..]);
        group_norm_adjoint(&d, Some(&weight), 1e-5, &x, &statistics, &dy, Some(&mut dx), grads.0, grads.1);
        close(&dx, &numerical(&x, &dy, |x| group_norm_of(&d, &weight, &bias, x)), 1e-7, &what);
        close(&dweight, &numerical(&weight, &dy, |w| group_norm_of(&d, w, &bias, &x)), 1e-8, &what);
        close(&dbias, &numerical(&bias, &dy, |b| group_norm_of(&d, &weight, b, &x)), 1e-8, &what);
    }
}

#[test]
fn local_response_norm_is_what_the_definition_says() {
    for (shape, size) in [([2, 7, 3, 3], 3), ([1, 7, 2, 9], 5), ([2, 5, 1, 4], 4), ([1, 3, 2, 2], 1), ([1, 2, 1, 3], 9)]
    {
        for beta in [0.75, 0.5, 1.0, 0.6] {
            let d = LocalResponseNormDims::new(&shape, size, 0.5, beta, 2.0).unwrap();
            let (x, dy) = (values(d.len(), 1), values(d.len(), 2));
            let forward = |x: &[f64]| {
                let mut y = vec![f64::NAN; d.len()];
                local_response_norm(&d, x, &mut y);
                y
            };
            let value = |i: usize| {
                let (n, c, s) = (i / d.s / d.c, i / d.s % d.c, i % d.s);
                let window = (c as isize - size as isize / 2..).take(size).filter(|c| (0..d.c as isize).contains(c));
                let squares = window.map(|c| x[(n * d.c + c as usize) * d.s + s].powi(2)).sum::<f64>();
                x[i] / (2.0 + 0.5 * squares / size as f64).powf(beta)
            };
            let expected: Vec<f64> = (0..d.len()).map(value).collect();
            let what = format!("{d:?}");
            close(&forward(&x), &expected, 1e-13, &what);
            let mut dx = vec![f64::NAN; d.len()];
            local_response_norm_adjoint(&d, &x, &dy, &mut dx);
            close(&dx, &numerical(&x, &dy, forward), 1e-8, &what);
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let single = |v: Vec<f64>| v.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let layer = LayerNormDims { rows: 500, features: 300, centered: true };
    let group = GroupNormDims { n: 5, c: 100, s: 300, groups: 10 };
    let local = LocalResponseNormDims::new(&[50, 30, 100], 5, 1e-4, 0.75, 2.0).unwrap();
    let (x, dy) = (single(values(150_000, 1)), single(values(150_000, 2)));
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let mut results: Vec<Vec<f32>> = vec![vec![0.0; 150_000]; 6];
            let [y, dx, group_y, group_dx, local_y, local_dx] = &mut results[..] else { unreachable!() };
            let mut statistics = vec![RowStatistics::default(); 500];
            layer_norm(&layer, None, None, 1e-5, &x, y, &mut statistics);
            layer_norm_input_grad(&layer, None, 1e-5, &x, &statistics, &dy, dx);
            let (mut dweight, mut dbias) = (vec![0f32; 300], vec![0f32; 300]);
            layer_norm_affine_grad(&layer, 1e-5, &x, &statistics, &dy, &mut dweight, &mut dbias);
            let mut groups = vec![RowStatistics::default(); 50];
            group_norm(&group, None, None, 1e-5, &x, group_y, &mut groups);
            let (mut group_dweight, mut group_dbias) = (vec![0f32; 100], vec![0f32; 100]);
            let grads = (&mut group_dweight[..], &mut group_dbias[..]);
            group_norm_adjoint(&group, None, 1e-5, &x, &groups, &dy, Some(group_dx), grads.0, grads.1);
            local_response_norm(&local, &x, local_y);
            local_response_norm_adjoint(&local, &x, &dy, local_dx);
            results.extend([dweight, dbias, group_dweight, group_dbias]);
            (results, statistics, groups)
        })
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn wrong_shapes_are_named() {
    let layer = |input: &[usize], shape: &[usize]| LayerNormDims::new(input, shape, true).unwrap_err().to_string();
    assert_eq!(
        layer(&[2, 3, 4], &[3, 5]),
        "last dimensions of the input: expected [3, 5], the normalized_shape, got [2, 3, 4]"
    );
    assert_eq!(layer(&[2, 3], &[]), "normalized_shape: expected one or more sizes above 0, got []");
    let group = |input: &[usize], groups| GroupNormDims::new(input, groups).unwrap_err().to_string();
    assert_eq!(group(&[2, 6, 3], 4), "num_groups: expected a divisor of the 6 channels, got 4");
    assert_eq!(group(&[2, 6, 3], 0), "num_groups: expected a divisor of the 6 channels, got 0");
    assert_eq!(group(&[6], 1), "input shape: expected [n, c] or more dimensions, got [6]");
    assert!(GroupNormDims::new(&[2, 3, 1], 3).unwrap().check_instances().is_err());
    let local =
        |input: &[usize], size| LocalResponseNormDims::new(input, size, 1.0, 0.75, 1.0).unwrap_err().to_string();
    assert_eq!(local(&[2, 3], 5), "input shape: expected 3 or more dimensions, got [2, 3]");
    assert_eq!(local(&[2, 3, 4], 0), "size: expected 1 or more channels, got 0");
}

#[test]
fn an_empty_batch_stays_empty() {
    let d = GroupNormDims::new(&[0, 4, 3], 2).unwrap();
    group_norm::<f32>(&d, None, None, 1e-5, &[], &mut [], &mut []);
    let (mut dweight, mut dbias) = ([1f32; 4], [1f32; 4]);
    group_norm_adjoint(&d, None, 1e-5, &[], &[], &[], Some(&mut []), &mut dweight, &mut dbias);
    assert_eq!((dweight, dbias), ([0.0; 4], [0.0; 4]));
    let d = LayerNormDims::new(&[0, 3], &[3], true).unwrap();
    layer_norm::<f32>(&d, None, None, 1e-5, &[], &mut [], &mut []);
    let d = LocalResponseNormDims::new(&[2, 3, 0], 3, 1.0, 0.75, 1.0).unwrap();
    local_response_norm::<f32>(&d, &[], &mut []);
    local_response_norm_adjoint::<f32>(&d, &[], &[], &mut []);
}
