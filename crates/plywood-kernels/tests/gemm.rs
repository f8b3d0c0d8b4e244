//! Products against the definition: every tail, stride, epilogue, operand and instruction set.

mod common;

use common::{for_each_level, fractions, integers, same_on_any_threads};
use plywood_kernels::Scalar;
use plywood_kernels::gemm::{Activation, Bias, Epilogue, MatMut, MatRef, Operand, Packed, gemm, gemm_batched};
use proptest::prelude::*;

/// One product to be checked.
#[derive(Clone, Debug)]
struct Case {
    size: [usize; 3],
    /// Whether an operand is stored transposed, and how far apart its numbers lie.
    transposed: [bool; 2],
    spread: [usize; 2],
    /// Elements between the rows of `C` beyond what they need.
    gap: usize,
    accumulate: bool,
    relu: bool,
    bias: u8,
    packed: [bool; 2],
    seed: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let edge = || prop_oneof![4 => 0..20usize, 3 => 1..70usize, 1 => 100..150usize];
    let depth = prop_oneof![4 => 0..40usize, 2 => 300..350usize, 1 => 640..700usize];
    (
        (edge(), edge(), depth).prop_map(|(m, n, k)| [m, n, k]),
        any::<[bool; 2]>(),
        prop_oneof![3 => Just([1, 1]), 1 => [1..3usize, 1..3usize]],
        0..4usize,
        any::<(bool, bool)>(),
        0..3u8,
        prop_oneof![3 => Just([false, false]), 1 => any::<[bool; 2]>()],
        any::<u64>(),
    )
        .prop_map(|(size, transposed, spread, gap, (accumulate, relu), bias, packed, seed)| Case {
            size,
            transposed,
            spread,
            gap,
            accumulate,
            relu,
            bias,
            packed,
            seed,
        })
}

/// A view of `rows × cols` numbers that lie `spread` apart in `data`.
fn view<T: Scalar>(data: &[T], rows: usize, cols: usize, transposed: bool, spread: usize) -> MatRef<'_, T> {
    if transposed {
        MatRef::new(data, rows, cols, spread, spread * rows + spread / 2)
    } else {
        MatRef::new(data, rows, cols, spread * cols + spread / 2, spread)
    }
}

fn check<T: Scalar>(case: &Case) {
    let [m, n, k] = case.size;
    let len = |rows: usize, cols: usize| (rows + 1) * (cols + 1) * 3;
    let (a, b) = (integers::<T>(len(m, k), case.seed), integers::<T>(len(k, n), case.seed ^ 1));
    let (a, b) =
        (view(&a, m, k, case.transposed[0], case.spread[0]), view(&b, k, n, case.transposed[1], case.spread[1]));
    let bias = integers::<T>(m.max(n), case.seed ^ 2);
    let epilogue = Epilogue {
        accumulate: case.accumulate,
        bias: match case.bias {
            0 => Bias::None,
            1 => Bias::PerRow(&bias[..m]),
            _ => Bias::PerColumn(&bias[..n]),
        },
        activation: if case.relu { Activation::Relu } else { Activation::None },
    };
    let stride = n + case.gap;
    let old = integers::<T>(m * stride, case.seed ^ 3);
    let mut got = old.clone();
    let packed = (case.packed[0].then(|| Packed::lhs(a)), case.packed[1].then(|| Packed::rhs(b)));
    let left: Operand<'_, T> = packed.0.as_ref().map_or(a.into(), Into::into);
    let right: Operand<'_, T> = packed.1.as_ref().map_or(b.into(), Into::into);
    gemm(left, right, MatMut::strided(&mut got, m, n, stride), epilogue);
    for (place, (&got, &old)) in got.iter().zip(&old).enumerate() {
        let (i, j) = (place / stride, place % stride);
        let mut expected = old;
        if j < n {
            expected = if case.accumulate { old } else { T::ZERO };
            for p in 0..k {
                expected += a.at(i, p) * b.at(p, j);
            }
            expected += [T::ZERO, bias[i], bias[j]][case.bias as usize];
            if case.relu && expected < T::ZERO {
                expected = T::ZERO;
            }
        }
        assert!(got == expected, "({i}, {j}): expected {expected}, got {got}");
    }
}

#[test]
fn products_are_exact_on_integers() {
    for_each_level(|| {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
        proptest!(config, |(case in cases())| {
            check::<f32>(&case);
            check::<f64>(&case);
        });
    });
}

/// Sizes that are divided among threads: by columns, by rows, by depth, and as a vector.
const LARGE: [[usize; 3]; 7] =
    [[150, 300, 200], [700, 40, 90], [20, 12, 9000], [1, 700, 900], [900, 1, 700], [64, 2048, 64], [2100, 150, 2050]];

#[test]
fn large_products_are_exact_on_integers() {
    for size in LARGE {
        for transposed in [[false, false], [true, false], [false, true]] {
            let case = Case {
                size,
                transposed,
                spread: [1, 1],
                gap: 3,
                accumulate: true,
                relu: false,
                bias: 2,
                packed: [false; 2],
                seed: 7,
            };
            if size[0] * size[1] * size[2] < 1 << 24 || transposed == [false, false] {
                check_against_sums::<f32>(&case);
            }
        }
    }
}

/// As [`check`], by one random combination of the columns: `C·v = A·(B·v)`, which costs less than the product.
fn check_against_sums<T: Scalar>(case: &Case) {
    let [m, n, k] = case.size;
    let (a, b) = (integers::<T>(m * k, case.seed), integers::<T>(k * n, case.seed ^ 1));
    let (a, b) = (view(&a, m, k, case.transposed[0], 1), view(&b, k, n, case.transposed[1], 1));
    let mut c = vec![T::ZERO; m * n];
    let packed = (case.packed[0].then(|| Packed::lhs(a)), case.packed[1].then(|| Packed::rhs(b)));
    let left: Operand<'_, T> = packed.0.as_ref().map_or(a.into(), Into::into);
    let right: Operand<'_, T> = packed.1.as_ref().map_or(b.into(), Into::into);
    gemm(left, right, MatMut::row_major(&mut c, m, n), Epilogue::WRITE);
    let v = integers::<f64>(n, 5);
    let bv: Vec<f64> = (0..k).map(|p| (0..n).map(|j| b.at(p, j).to_f64() * v[j]).sum()).collect();
    for i in 0..m {
        let expected: f64 = (0..k).map(|p| a.at(i, p).to_f64() * bv[p]).sum();
        let got: f64 = (0..n).map(|j| c[i * n + j].to_f64() * v[j]).sum();
        assert_eq!(got, expected, "row {i} of {case:?}");
    }
}

#[test]
fn packed_operands_are_divided_among_threads_too() {
    for_each_level(|| {
        // Fewer columns than a vector holds, which other heights of tiles suit; and more.
        for (size, packed) in [([700, 3, 900], 0), ([530, 8, 400], 0), ([610, 40, 70], 0), ([90, 700, 40], 1)] {
            let packed = [packed == 0, packed == 1];
            let (transposed, spread) = ([false; 2], [1, 1]);
            let case =
                Case { size, transposed, spread, gap: 0, accumulate: false, relu: false, bias: 0, packed, seed: 9 };
            check_against_sums::<f32>(&case);
            check_against_sums::<f64>(&case);
        }
    });
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for [m, n, k] in LARGE {
        let (a, b) = (fractions::<f32>(m * k, 1), fractions::<f32>(k * n, 2));
        same_on_any_threads(|| {
            let mut c = vec![0.0; m * n];
            let (a, b) = (MatRef::row_major(&a, m, k), MatRef::row_major(&b, k, n));
            gemm(a, b, MatMut::row_major(&mut c, m, n), Epilogue::WRITE);
            c
        });
    }
}

#[test]
fn a_batch_is_a_product_after_another() {
    let (m, n, k, batch) = (5, 18, 7, 9);
    let (a, b) = (integers::<f32>(m * k, 1), integers::<f32>(batch * k * n, 2));
    let mut c = vec![1.0; batch * m * n];
    gemm_batched(batch, (MatRef::row_major(&a, m, k), 0), (MatRef::new(&b, k, n, n, 1), k * n), &mut c, Epilogue::ADD);
    for (i, c) in c.chunks(m * n).enumerate() {
        let mut expected = vec![1.0; m * n];
        let b = MatRef::row_major(&b[i * k * n..][..k * n], k, n);
        gemm(MatRef::row_major(&a, m, k), b, MatMut::row_major(&mut expected, m, n), Epilogue::ADD);
        assert_eq!(c, expected);
    }
}

#[test]
fn what_is_not_a_number_stays_so() {
    for n in [3, 16, 17] {
        let (a, mut b) = (vec![1.0f32; 8], vec![1.0; 4 * n]);
        b[n - 1] = f32::NAN;
        b[0] = f32::INFINITY;
        let mut c = vec![0.0; 2 * n];
        let epilogue = Epilogue { activation: Activation::Relu, ..Epilogue::WRITE };
        gemm(MatRef::row_major(&a, 2, 4), MatRef::row_major(&b, 4, n), MatMut::row_major(&mut c, 2, n), epilogue);
        assert!(c[n - 1].is_nan() && c[2 * n - 1].is_nan());
        assert_eq!(c[..2], [f32::INFINITY, 4.0]);
    }
}

#[test]
#[should_panic(expected = "depth of the operands")]
fn sizes_that_do_not_agree_panic() {
    let x = [0.0f32; 6];
    let mut c = [0.0; 4];
    gemm(MatRef::row_major(&x, 2, 3), MatRef::row_major(&x, 2, 2), MatMut::row_major(&mut c, 2, 2), Epilogue::WRITE);
}

#[test]
fn products_of_fractions_are_those_of_another_library() {
    for [m, n, k] in [[7, 5, 3], [64, 64, 64], [100, 77, 333], [300, 200, 600]] {
        let (a, b) = (fractions::<f64>(m * k, 1), fractions::<f64>(k * n, 2));
        let mut expected = vec![0.0; m * n];
        let strides = |columns: usize| (columns as isize, 1);
        let ((ra, ca), (rb, cb), (rc, cc)) = (strides(k), strides(n), strides(n));
        // SAFETY: the three are row-major matrices of these sizes.
        unsafe {
            let (a, b, c) = (a.as_ptr(), b.as_ptr(), expected.as_mut_ptr());
            matrixmultiply::dgemm(m, k, n, 1.0, a, ra, ca, b, rb, cb, 0.0, c, rc, cc);
        }
        for_each_level(|| {
            let mut got = vec![0.0; m * n];
            let (a, b) = (MatRef::row_major(&a, m, k), MatRef::row_major(&b, k, n));
            gemm(a, b, MatMut::row_major(&mut got, m, n), Epilogue::WRITE);
            // Sums of `k` products of at most a quarter, added up in another order.
            let allowed = k as f64 * 0.25 * f64::EPSILON * 8.0;
            assert!(got.iter().zip(&expected).all(|(got, expected)| (got - expected).abs() <= allowed), "{m}×{k}×{n}");
        });
    }
}
