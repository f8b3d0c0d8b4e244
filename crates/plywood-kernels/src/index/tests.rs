//! Forward against what each function's definition says, adjoints by `⟨A x, y⟩ = ⟨x, Aᵀ y⟩`, which all of these linear
//! maps must meet exactly on small whole numbers.

use super::*;
use crate::Scalar;

/// Whole numbers, so that sums in any order are exact.
fn values(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 2_654_435_761 + seed * 40_503) >> 7) as f64 % 16.0 - 7.0).collect()
}

fn indices(n: usize, below: usize, seed: usize) -> Vec<i64> {
    (0..n).map(|i| (((i * 2_654_435_761 + seed * 40_503) >> 9) % below) as i64).collect()
}

fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
}

#[test]
fn slices_are_selected_and_added_back() {
    for (outer, len, inner, count) in
        [(1, 1, 1, 1), (1, 7, 5, 12), (3, 4, 1, 6), (2, 5, 3, 0), (1, 65, 200, 3000), (40, 9, 70, 50)]
    {
        let d = SelectDims { outer, len, inner };
        let (x, index) = (values(outer * len * inner, 1), indices(count, len, 2));
        let mut out = vec![f64::NAN; outer * count * inner];
        index_select(&d, &x, &index, &mut out);
        for (i, &got) in out.iter().enumerate() {
            let (o, k, j) = (i / inner / count, i / inner % count, i % inner);
            assert_eq!(got, x[(o * len + index[k] as usize) * inner + j], "{d:?}");
        }
        let grad = values(out.len(), 3);
        let mut back = vec![0.0; x.len()];
        index_add(&d, &grad, &index, None, &mut back);
        assert_eq!(dot(&out, &grad), dot(&x, &back), "{d:?}");
        let mut skipped = vec![0.0; x.len()];
        index_add(&d, &grad, &index, Some(0), &mut skipped);
        let expected = |i: usize| if (i / inner).is_multiple_of(len) { 0.0 } else { back[i] };
        assert!(skipped.iter().enumerate().all(|(i, &v)| v == expected(i)), "{d:?}");
    }
    assert_eq!(SelectDims::new(&[2, 3, 4], 1), Ok(SelectDims { outer: 2, len: 3, inner: 4 }));
    assert!(SelectDims::new(&[2], 1).is_err());
}

#[test]
fn indices_outside_are_named() {
    assert_eq!(check_index(&[0, 2], 3), Ok(()));
    assert_eq!(check_index(&[0, 3], 3).unwrap_err().to_string(), "index 1: expected within 0..3, got 3");
    assert_eq!(check_index(&[-1], 3).unwrap_err().to_string(), "index 0: expected within 0..3, got -1");
}

#[test]
fn values_are_gathered_and_scattered() {
    let cases: [(&[usize], &[usize], usize); 7] = [
        (&[5], &[9], 0),
        (&[3, 5], &[3, 2], 1),
        (&[4, 3], &[5, 3], 0),
        (&[4, 3], &[5, 2], 0),
        (&[3, 4, 5], &[2, 6, 4], 1),
        (&[3, 4, 5], &[3, 4, 0], 2),
        (&[9, 100, 80], &[8, 99, 100], 2),
    ];
    for (shape, index_shape, dim) in cases {
        let d = GatherDims::new(shape, index_shape, dim).unwrap();
        let (x, n) = (values(shape.iter().product(), 1), index_shape.iter().product());
        let index = indices(n, shape[dim], 2);
        let mut out = vec![f64::NAN; n];
        gather(&d, &x, &index, &mut out);
        for (i, &got) in out.iter().enumerate() {
            let (mut rest, mut at, mut stride) = (i, 0, 1);
            for k in (0..shape.len()).rev() {
                let coordinate = if k == dim { index[i] as usize } else { rest % index_shape[k] };
                at += coordinate * stride;
                rest /= index_shape[k];
                stride *= shape[k];
            }
            assert_eq!(got, x[at], "{d:?}");
        }
        let grad = values(n, 3);
        let mut back = vec![0.0; x.len()];
        scatter_add(&d, &grad, &index, &mut back);
        assert_eq!(dot(&out, &grad), dot(&x, &back), "{d:?}");
    }
    let message = |shape: &[usize], index: &[usize]| GatherDims::new(shape, index, 1).unwrap_err().to_string();
    assert_eq!(message(&[3, 4], &[3]), "dimensions of the index: expected 2, as many as the tensor's, got 1");
    assert_eq!(message(&[3, 4], &[4, 9]), "dimension 0 of the index: expected at most 3, got 4");
}

#[test]
fn padding_follows_pytorch() {
    let map = |before, after, padding| pad_map(4, before, after, padding).unwrap();
    const NONE: usize = OUTSIDE;
    assert_eq!(map(2, 1, Padding::Constant), [NONE, NONE, 0, 1, 2, 3, NONE]);
    assert_eq!(map(3, 2, Padding::Reflect), [3, 2, 1, 0, 1, 2, 3, 2, 1]);
    assert_eq!(map(2, 1, Padding::Replicate), [0, 0, 0, 1, 2, 3, 3]);
    assert_eq!(map(4, 1, Padding::Circular), [0, 1, 2, 3, 0, 1, 2, 3, 0]);
    assert_eq!(map(-1, -2, Padding::Constant), [1]);
    assert_eq!(map(-1, 1, Padding::Reflect), [1, 2, 3, 2]);
    let message = |before, after, padding| pad_map(4, before, after, padding).unwrap_err().to_string();
    assert_eq!(
        message(4, 0, Padding::Reflect),
        "Reflect padding: expected at most 3 on either side of a size of 4, got 4 and 0"
    );
    assert_eq!(
        message(-3, -2, Padding::Constant),
        "padding: expected to leave something of a size of 4, got -3 and -2"
    );
    assert!(pad_map(0, 1, 0, Padding::Replicate).is_err() && pad_map(4, isize::MAX, 0, Padding::Constant).is_err());
}

#[test]
fn maps_of_one_dimension() {
    assert_eq!(roll_map(5, 2), [3, 4, 0, 1, 2]);
    assert_eq!(roll_map(5, -6), [1, 2, 3, 4, 0]);
    assert_eq!(roll_map(0, 3), [0; 0]);
    assert_eq!(nearest_map(3, 6, Some(2.0)), [0, 0, 1, 1, 2, 2]);
    assert_eq!(nearest_map(5, 3, None), [0, 1, 3]);
    assert_eq!(nearest_map(3, 7, Some(2.5)), [0, 0, 0, 1, 1, 2, 2]);
}

#[test]
fn a_remap_reads_where_its_maps_say() {
    let pad = |len| pad_map(len, 2, 1, Padding::Constant).unwrap();
    type Maps = Vec<Option<Vec<usize>>>;
    let cases: Vec<(Vec<usize>, Maps)> = vec![
        (vec![4], vec![Some(pad(4))]),
        (vec![2, 3], vec![None, None]),
        (vec![2, 3, 4], vec![None, Some(pad(3)), Some(pad(4))]),
        (vec![2, 3, 4], vec![Some(roll_map(2, 1)), None, Some(nearest_map(4, 9, None))]),
        (vec![3, 4, 5], vec![None, Some(vec![3, 1]), None]),
        (vec![3, 7], vec![None, Some(vec![0, 2, 4, 6])]),
        (vec![2, 9], vec![None, Some(vec![1, 4, 7, 8, OUTSIDE, 2, OUTSIDE, OUTSIDE, 3, 5, 4])]),
        (vec![3, 2, 2], vec![Some(vec![2, 2, 0]), Some(vec![]), None]),
        (vec![60, 40, 50], vec![None, Some(pad_map(40, 3, 3, Padding::Reflect).unwrap()), Some(pad(50))]),
    ];
    for (extents, maps) in cases {
        let x = values(extents.iter().product(), 1);
        let remap = Remap::new(&extents, maps.clone());
        let whole = |d: usize| maps[d].clone().unwrap_or_else(|| (0..extents[d]).collect());
        let maps: Vec<Vec<usize>> = (0..extents.len()).map(whole).collect();
        let mut out = vec![f64::NAN; remap.output_len()];
        assert_eq!(out.len(), maps.iter().map(Vec::len).product::<usize>());
        remap.forward(&x, 9.0, &mut out);
        for (i, &got) in out.iter().enumerate() {
            let (mut rest, mut at, mut stride, mut outside) = (i, 0usize, 1, false);
            for d in (0..extents.len()).rev() {
                let source = maps[d][rest % maps[d].len()];
                rest /= maps[d].len();
                outside |= source == OUTSIDE;
                at = at.wrapping_add(source.wrapping_mul(stride));
                stride *= extents[d];
            }
            assert_eq!(got, if outside { 9.0 } else { x[at] }, "{maps:?}");
        }
        remap.forward(&x, 0.0, &mut out);
        let grad = values(out.len(), 2);
        let mut back = vec![f64::NAN; x.len()];
        remap.adjoint(&grad, &mut back, false);
        assert_eq!(dot(&out, &grad), dot(&x, &back), "{maps:?}");
        let once = back.clone();
        remap.adjoint(&grad, &mut back, true);
        assert!(back.iter().zip(&once).all(|(twice, once)| *twice == 2.0 * once), "{maps:?}");
    }
}

#[test]
fn masks_fill_select_and_scatter() {
    let (x, mask) = ([1.0, 2.0, 3.0, 4.0], [true, false, false, true]);
    let mut out = [0.0; 4];
    masked_fill(&x, &mask, -3.5, &mut out);
    assert_eq!(out, [-3.5, 2.0, 3.0, -3.5]);
    let mut selected = [0.0; 2];
    masked_select(&x, &mask, &mut selected);
    assert_eq!(selected, [1.0, 4.0]);
    masked_scatter(&selected, &mask, &mut out);
    assert_eq!(out, [1.0, 0.0, 0.0, 4.0]);
}

#[test]
fn triangles_reach_their_diagonal() {
    for (rows, columns) in [(1, 1), (4, 5), (5, 4), (0, 3)] {
        let x: Vec<f64> = values(2 * rows * columns, 1).iter().map(|v| v + 0.5).collect();
        for diagonal in [-9, -2, -1, 0, 1, 3, 9, i64::MAX, i64::MIN] {
            let (mut lower, mut upper) = (x.clone(), x.clone());
            triangle(rows, columns, Triangle::Lower(diagonal), &x, &mut lower);
            triangle(rows, columns, Triangle::Upper(diagonal), &x, &mut upper);
            for i in 0..x.len() {
                let above = i128::from((i % columns) as i64) - i128::from((i / columns % rows) as i64);
                let kept = |keep: bool| if keep { x[i] } else { 0.0 };
                assert_eq!(lower[i], kept(above <= i128::from(diagonal)), "{rows}×{columns}, {diagonal}");
                assert_eq!(upper[i], kept(above >= i128::from(diagonal)), "{rows}×{columns}, {diagonal}");
            }
        }
    }
}

#[test]
fn one_hot_rows_have_a_one() {
    let mut out = [7; 6];
    one_hot(&[2, 0], 3, &mut out);
    assert_eq!(out, [0, 0, 1, 1, 0, 0]);
}

#[test]
fn pieces_are_joined_in_order() {
    let mut out = [0; 12];
    cat(2, &[(&[1, 2], 1), (&[], 0), (&[3, 4, 5, 6], 2), (&[7, 8, 9, 10, 11, 12], 3)], &mut out);
    assert_eq!(out, [1, 3, 4, 7, 8, 9, 2, 5, 6, 10, 11, 12]);
}

#[test]
fn linear_interpolation_is_what_the_definition_says() {
    let by_edges = LinearAxis::new(4, 8, false, None);
    let (edges, corners) = (LinearAxis::new(1, 1, false, None), LinearAxis::new(4, 7, true, None));
    let x = [1.0, 2.0, 4.0, 8.0];
    let mut out = [0.0; 8];
    bilinear(&edges, &by_edges, &x, &mut out);
    assert_eq!(out, [1.0, 1.25, 1.75, 2.5, 3.5, 5.0, 7.0, 8.0]);
    let mut out = [0.0; 7];
    bilinear(&edges, &corners, &x, &mut out);
    assert_eq!(out, [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0]);

    for (h, w, oh, ow) in [(1, 1, 1, 1), (3, 4, 5, 7), (5, 7, 3, 4), (4, 4, 1, 1), (2, 2, 9, 0)] {
        for align_corners in [false, true] {
            let axes = [LinearAxis::new(h, oh, align_corners, None), LinearAxis::new(w, ow, align_corners, None)];
            let (x, grad) = (values(3 * h * w, 1), values(3 * oh * ow, 2));
            let (mut out, mut back) = (vec![f64::NAN; grad.len()], vec![f64::NAN; x.len()]);
            bilinear(&axes[0], &axes[1], &x, &mut out);
            bilinear_adjoint(&axes[0], &axes[1], &grad, &mut back);
            let (a, b) = (dot(&out, &grad), dot(&x, &back));
            assert!((a - b).abs() < 1e-9, "{h}×{w} to {oh}×{ow}: {a} and {b}");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let x: Vec<f32> = values(1_000_000, 1).iter().map(|&v| v as f32 / 3.0).collect();
    let index = indices(2000, 65, 2);
    let d = SelectDims { outer: 1, len: 65, inner: 500 };
    let g = GatherDims::new(&[100, 50, 100], &[100, 100, 100], 1).unwrap();
    let axes = [LinearAxis::new(100, 150, false, None), LinearAxis::new(100, 140, true, None)];
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let (mut table, mut scattered) = (vec![0f32; 65 * 500], vec![0f32; 500_000]);
            index_add(&d, &x, &index, Some(3), &mut table);
            scatter_add(&g, &x, &indices(1_000_000, 50, 3), &mut scattered);
            let mut resized = vec![0f32; 50 * 150 * 140];
            bilinear(&axes[0], &axes[1], &x[..500_000], &mut resized);
            let mut back = vec![0f32; 500_000];
            bilinear_adjoint(&axes[0], &axes[1], &resized, &mut back);
            (table, scattered, resized, back)
        })
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}
