//! Convolutions against the definition: every pass and algorithm, over strides, paddings, dilations, groups and sizes
//! with every tail, on every instruction set.

mod common;

use common::{for_each_level, fractions, integers, same_on_any_threads};
use plywood_kernels::conv_transpose2d::{self, ConvTranspose2dDims};
use plywood_kernels::conv2d::{self, Algorithm, Conv2dDims};
use plywood_kernels::gemm::Activation;
use plywood_kernels::{Scalar, par};
use proptest::prelude::*;

const ALGORITHMS: [Algorithm; 4] = [Algorithm::Auto, Algorithm::ImplicitGemm, Algorithm::Winograd, Algorithm::Direct];

/// The products that a convolution consists of: `f(y, x, w)` with the three elements' indices.
fn products(d: &Conv2dDims, mut f: impl FnMut(usize, usize, usize)) {
    let (c_group, o_group) = (d.c / d.groups, d.o / d.groups);
    for n in 0..d.n {
        for o in 0..d.o {
            for (i, j) in (0..d.oh).flat_map(|i| (0..d.ow).map(move |j| (i, j))) {
                for c in 0..c_group {
                    for (p, q) in (0..d.kh).flat_map(|p| (0..d.kw).map(move |q| (p, q))) {
                        let row = (i * d.stride[0] + p * d.dilation[0]).wrapping_sub(d.padding[0][0]);
                        let col = (j * d.stride[1] + q * d.dilation[1]).wrapping_sub(d.padding[1][0]);
                        if row < d.h && col < d.w {
                            f(
                                ((n * d.o + o) * d.oh + i) * d.ow + j,
                                ((n * d.c + o / o_group * c_group + c) * d.h + row) * d.w + col,
                                ((o * c_group + c) * d.kh + p) * d.kw + q,
                            );
                        }
                    }
                }
            }
        }
    }
}

/// All passes by the definition, in `f64`: `y` without bias, `dx`, `dw`.
fn expected(d: &Conv2dDims, x: &[f64], w: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
    let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    products(d, |iy, ix, iw| {
        y[iy] += x[ix] * w[iw];
        dx[ix] += dy[iy] * w[iw];
        dw[iw] += dy[iy] * x[ix];
    });
    [y, dx, dw]
}

fn wide<T: Scalar>(v: &[T]) -> Vec<f64> {
    v.iter().map(|x| x.to_f64()).collect()
}

fn assert_near<T: Scalar>(what: &str, d: &Conv2dDims, algorithm: Algorithm, got: &[T], expected: &[f64], allowed: f64) {
    for (i, (got, &expected)) in got.iter().zip(expected).enumerate() {
        let right = (got.to_f64() - expected).abs() <= allowed;
        assert!(right, "{what} by {algorithm:?}, {d:?}: element {i} is {got}, expected {expected}");
    }
}

fn largest<T: Scalar>(v: &[T]) -> f64 {
    v.iter().fold(0.0, |most, x| most.max(x.to_f64().abs()))
}

/// What sums of `terms` products of two tensors may be off by: nothing, but for Winograd's transforms, whose fractions
/// round by a share of the largest sum that there could be.
fn allowance<T: Scalar>(d: &Conv2dDims, algorithm: Algorithm, terms: usize, a: &[T], b: &[T]) -> f64 {
    let winograd = d.kh == d.kw && matches!(d.kh, 3 | 5) && d.stride == [1, 1] && d.dilation == [1, 1];
    if winograd && matches!(algorithm, Algorithm::Winograd | Algorithm::Auto) {
        8.0 * T::EPSILON.to_f64() * terms as f64 * largest(a) * largest(b)
    } else {
        0.0
    }
}

/// Every pass on small integers, which leave no room for rounding except to Winograd's transforms.
fn check<T: Scalar>(d: &Conv2dDims, accumulate: bool, relu: bool, seed: u64) {
    let (x, w) = (integers::<T>(d.input_len(), seed), integers::<T>(d.weight_len(), seed ^ 1));
    let (dy, bias) = (integers::<T>(d.output_len(), seed ^ 2), integers::<T>(d.o, seed ^ 3));
    let [y, dx, dw] = expected(d, &wide(&x), &wide(&w), &wide(&dy));
    let plane = d.oh * d.ow;
    let y: Vec<f64> = y
        .iter()
        .enumerate()
        .map(|(i, y)| y + bias[i / plane % d.o].to_f64())
        .map(|y| if relu { y.max(0.0) } else { y })
        .collect();
    let old = if accumulate { 1.0 } else { 0.0 };
    let [dx, dw] = [dx, dw].map(|v| v.iter().map(|v| v + old).collect::<Vec<_>>());
    for algorithm in ALGORITHMS {
        // What isn't written must not matter.
        let mut got = vec![T::NAN; y.len()];
        let activation = if relu { Activation::Relu } else { Activation::None };
        conv2d::forward(d, algorithm, &x, &w, Some(&bias), activation, &mut got);
        let allowed = allowance(d, algorithm, d.c / d.groups * d.kh * d.kw, &x, &w);
        assert_near("forward", d, algorithm, &got, &y, allowed);
        let start = if accumulate { T::ONE } else { T::NAN };
        let mut got = vec![start; dx.len()];
        conv2d::input_grad(d, algorithm, &dy, &w, &mut got, accumulate);
        let allowed = allowance(d, algorithm, d.o / d.groups * d.kh * d.kw, &dy, &w);
        assert_near("input gradient", d, algorithm, &got, &dx, allowed);
        let mut got = vec![start; dw.len()];
        conv2d::weight_grad(d, algorithm, &x, &dy, &mut got, accumulate);
        // The transforms mix all numbers of a tile of 4×4, those of other taps too, so that whole tiles count.
        let terms = d.n * d.oh.next_multiple_of(4) * d.ow.next_multiple_of(4);
        let allowed = allowance(d, algorithm, terms, &x, &dy);
        assert_near("weight gradient", d, algorithm, &got, &dw, allowed);
    }
    let mut got = vec![if accumulate { T::ONE } else { T::NAN }; d.o];
    conv2d::bias_grad(d, &dy, &mut got, accumulate);
    for (o, got) in got.iter().enumerate() {
        let planes = (0..d.n).flat_map(|n| &dy[(n * d.o + o) * plane..][..plane]);
        assert_eq!(got.to_f64(), planes.map(|x| x.to_f64()).sum::<f64>() + old);
    }
}

fn dims() -> impl Strategy<Value = Conv2dDims> {
    let channels = || prop_oneof![3 => 1..6usize, 1 => 15..20usize];
    let image = prop_oneof![3 => 1..9usize, 2 => 9..20usize];
    let images = prop_oneof![4 => 0..4usize, 1 => 8..18usize];
    let kernel = || prop_oneof![2 => Just(3usize), 1 => Just(1), 2 => 1..6usize];
    let small = || prop_oneof![3 => Just(1usize), 1 => 1..4usize];
    (
        (images, channels(), channels(), 1..4usize),
        (image.clone(), image, kernel(), kernel()),
        (small(), small(), small(), small()),
        any::<[u8; 4]>(),
    )
        .prop_filter_map("fits", |((n, c, o, groups), (h, w, kh, kw), (sh, sw, dh, dw), pad)| {
            let depthwise = pad[0] > 220;
            let groups = if depthwise { c } else { groups };
            let padding = [[0, 1], [2, 3]].map(|axis| axis.map(|i: usize| pad[i] as usize % 3));
            let weight = [o * groups, if depthwise { 1 } else { c }, kh, kw];
            let weight = if depthwise { [c * (1 + o % 2), 1, kh, kw] } else { weight };
            let input = [n, if depthwise { c } else { c * groups }, h, w];
            Conv2dDims::new(input, weight, [sh, sw], padding, [dh, dw], groups).ok()
        })
        .prop_filter("small enough to be checked", |d| d.macs() < 300_000)
}

#[test]
fn passes_follow_the_definition() {
    for_each_level(|| {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) };
        proptest!(config, |(d in dims(), accumulate: bool, relu: bool, seed: u64)| {
            check::<f32>(&d, accumulate, relu, seed);
            check::<f64>(&d, accumulate, relu, seed);
        });
    });
}

/// 3×3 and 5×5 kernels of stride 1, over images that leave every number of outputs to the last tile.
fn square_kernels() -> impl Strategy<Value = Conv2dDims> {
    let channels = || prop_oneof![3 => 1..9usize, 1 => 15..20usize];
    let side = prop_oneof![Just(3usize), Just(5)];
    (0..4usize, channels(), channels(), 1..3usize, (1..15usize, 1..15usize, side), any::<[u8; 4]>())
        .prop_filter_map("fits", |(n, c, o, groups, (h, w, side), pad)| {
            let padding = [[0, 1], [2, 3]].map(|axis| axis.map(|i: usize| pad[i] as usize % 6));
            Conv2dDims::new([n, c * groups, h, w], [o * groups, c, side, side], [1, 1], padding, [1, 1], groups).ok()
        })
        .prop_filter("small enough to be checked", |d| d.macs() < 300_000)
}

#[test]
fn square_kernels_passes_follow_the_definition() {
    for_each_level(|| {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) };
        proptest!(config, |(d in square_kernels(), accumulate: bool, relu: bool, seed: u64)| {
            check::<f32>(&d, accumulate, relu, seed);
            check::<f64>(&d, accumulate, relu, seed);
        });
    });
}

/// Many channels of small images, among them kernels of one tap.
fn many_channels() -> impl Strategy<Value = Conv2dDims> {
    let channels = || prop_oneof![24..34usize, 47..66usize];
    let size = || prop_oneof![3 => 1..6usize, 1 => 6..11usize];
    let kernel = || prop_oneof![2 => Just(1usize), 3 => 2..4usize];
    let stride = || prop_oneof![2 => Just(1usize), 1 => 2..4usize];
    ((1..7usize, channels(), channels()), (size(), size()), (kernel(), kernel(), stride(), stride()), any::<[u8; 4]>())
        .prop_filter_map("fits", |((n, c, o), (h, w), (kh, kw, sh, sw), pad)| {
            let pointwise = kh * kw == 1 && pad[0] > 60;
            let padding = [[0, 1], [2, 3]].map(|axis| axis.map(|i: usize| pad[i] as usize % 2));
            let padding = if pointwise { [[0; 2]; 2] } else { padding };
            Conv2dDims::new([n, c, h, w], [o, c, kh, kw], [sh, sw], padding, [1, 1], 1).ok()
        })
        .prop_filter("small enough to be checked", |d| d.macs() < 2_000_000)
}

#[test]
fn many_channels_of_small_images_follow_the_definition() {
    for_each_level(|| {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) };
        proptest!(config, |(d in many_channels(), accumulate: bool, relu: bool, seed: u64)| {
            check::<f32>(&d, accumulate, relu, seed);
            check::<f64>(&d, accumulate, relu, seed);
        });
    });
}

/// The root mean square of `got - expected`, as a share of that of `expected`.
fn error<T: Scalar>(got: &[T], expected: &[f64]) -> f64 {
    let square = |sum: f64, x: f64| sum + x * x;
    let wrong = got.iter().zip(expected).map(|(got, e)| got.to_f64() - e).fold(0.0, square);
    (wrong / expected.iter().copied().fold(0.0, square)).sqrt()
}

fn winograd_error<T: Scalar>(d: &Conv2dDims) -> [f64; 3] {
    let (x, w) = (fractions::<T>(d.input_len(), 1), fractions::<T>(d.weight_len(), 2));
    let dy = fractions::<T>(d.output_len(), 3);
    let [y, dx, dw] = expected(d, &wide(&x), &wide(&w), &wide(&dy));
    let (mut got_y, mut got_dx, mut got_dw) = (dy.clone(), x.clone(), w.clone());
    conv2d::forward(d, Algorithm::Winograd, &x, &w, None, Activation::None, &mut got_y);
    conv2d::input_grad(d, Algorithm::Winograd, &dy, &w, &mut got_dx, false);
    conv2d::weight_grad(d, Algorithm::Winograd, &x, &dy, &mut got_dw, false);
    [error(&got_y, &y), error(&got_dx, &dx), error(&got_dw, &dw)]
}

#[test]
fn winograd_errs_as_little_as_its_documentation_says() {
    for side in [3, 5] {
        let d = Conv2dDims::new([4, 64, 16, 16], [64, 64, side, side], [1, 1], [[side / 2; 2]; 2], [1, 1], 1).unwrap();
        let (single, double) = (winograd_error::<f32>(&d), winograd_error::<f64>(&d));
        assert!(single.iter().all(|&e| e > 0.0 && e < 1e-6), "{side}: {single:?}");
        assert!(double.iter().all(|&e| e > 0.0 && e < 2.2e-15), "{side}: {double:?}");
    }
}

/// Shapes that each take another way, large enough to be divided among threads.
fn large() -> Vec<Conv2dDims> {
    let new = |input, weight, stride: usize, padding: usize, groups| {
        Conv2dDims::new(input, weight, [stride; 2], [[padding; 2]; 2], [1, 1], groups).unwrap()
    };
    vec![
        new([9, 20, 14, 14], [24, 20, 3, 3], 1, 1, 1),
        new([16, 40, 4, 4], [70, 40, 3, 3], 1, 1, 1),
        new([20, 32, 2, 2], [33, 32, 3, 3], 1, 1, 1),
        new([2, 16, 30, 27], [18, 16, 3, 3], 2, 1, 1),
        new([8, 12, 8, 8], [400, 12, 1, 1], 1, 0, 1),
        new([1, 3, 67, 63], [20, 3, 11, 11], 4, 2, 1),
        new([17, 1, 28, 28], [6, 1, 5, 5], 1, 2, 1),
        new([5, 40, 21, 21], [40, 1, 3, 3], 1, 1, 40),
        new([3, 24, 12, 12], [36, 12, 3, 3], 1, 1, 2),
        new([4, 40, 13, 11], [66, 20, 5, 5], 1, 2, 2),
        new([5, 48, 27, 10], [70, 24, 3, 3], 1, 1, 2),
        new([2, 300, 9, 13], [40, 300, 3, 3], 1, 0, 1),
        new([1, 700, 2, 2], [650, 700, 1, 1], 1, 0, 1),
        new([6, 130, 8, 8], [90, 130, 1, 1], 1, 0, 1),
        new([3, 600, 5, 7], [1030, 600, 1, 1], 1, 0, 1),
        new([3, 200, 3, 3], [150, 200, 3, 3], 1, 1, 1),
        new([5, 100, 6, 6], [130, 100, 3, 3], 2, 1, 1),
        new([1, 256, 2, 2], [256, 256, 3, 3], 1, 1, 1),
    ]
}

#[test]
fn large_passes_follow_the_definition() {
    for_each_level(|| {
        par::for_each(large().len(), usize::MAX, |i| check::<f32>(&large()[i], i % 2 == 0, i % 3 == 0, 11));
    });
}

#[test]
fn the_source_is_not_read_past_its_end() {
    // The odd columns' gradient takes no zeros around the source, and their number is no multiple of any vector's
    // length, while that of the even ones is.
    for w in [3, 7, 15, 31] {
        let d = Conv2dDims::new([1, 1, 2, w], [1, 1, 2, 2], [2, 2], [[0, 0], [1, 1]], [1, 1], 1).unwrap();
        check::<f32>(&d, false, false, 5);
        check::<f64>(&d, false, false, 5);
    }
}

#[test]
fn small_images_share_the_last_vector() {
    // Several images, or channels on their own, lie within one vector of the source's end.
    for (n, groups) in [(2, 1), (3, 1), (5, 1), (3, 2)] {
        for w in 1..=6 {
            for k in 1..=w.min(3) {
                let d = Conv2dDims::new([n, groups, 1, w], [groups, 1, 1, k], [1, 1], [[0; 2]; 2], [1, 1], groups);
                let d = d.unwrap();
                check::<f32>(&d, false, false, 5);
                check::<f64>(&d, true, false, 6);
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for d in large() {
        let x = fractions::<f32>(d.input_len(), 1);
        let (w, dy) = (fractions::<f32>(d.weight_len(), 2), fractions::<f32>(d.output_len(), 3));
        same_on_any_threads(|| {
            [Algorithm::Auto, Algorithm::Winograd].map(|algorithm| {
                let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
                conv2d::forward(&d, algorithm, &x, &w, None, Activation::None, &mut y);
                conv2d::input_grad(&d, algorithm, &dy, &w, &mut dx, false);
                conv2d::weight_grad(&d, algorithm, &x, &dy, &mut dw, false);
                [y, dx, dw]
            })
        });
    }
}

#[test]
fn a_transposed_convolution_is_the_adjoint() {
    for (stride, padding, output_padding, dilation, groups) in
        [([1, 1], [[0, 0], [0, 0]], [0, 0], [1, 1], 1), ([2, 3], [[1, 0], [0, 2]], [1, 2], [2, 1], 2)]
    {
        let d = ConvTranspose2dDims::new([2, 4, 5, 3], [4, 3, 3, 2], stride, padding, output_padding, dilation, groups)
            .unwrap();
        let [len, w_len, y_len] =
            [d.input_shape(), d.weight_shape(), d.output_shape()].map(|s| s.iter().product::<usize>());
        let (x, w) = (integers::<f64>(len, 1), integers::<f64>(w_len, 2));
        let (dy, bias) = (integers::<f64>(y_len, 3), integers::<f64>(d.output_shape()[1], 4));
        let mut y = vec![f64::NAN; y_len];
        conv_transpose2d::forward(&d, Algorithm::Auto, &x, &w, Some(&bias), Activation::None, &mut y);
        let plane = d.output_shape()[2] * d.output_shape()[3];
        for (i, y) in y.iter_mut().enumerate() {
            *y -= bias[i / plane % bias.len()];
        }
        // By the definition: input (i, j) adds w[p, q] to output (i · stride + p · dilation - padding, …).
        let mut expected = vec![0.0; y_len];
        let ([n, c, h, wd], [_, o_group, kh, kw], [_, o, oh, ow]) =
            (d.input_shape(), d.weight_shape(), d.output_shape());
        for (i, &x) in x.iter().enumerate() {
            let (image, channel, row, col) = (i / (c * h * wd), i / (h * wd) % c, i / wd % h, i % wd);
            for (k, &w) in w[channel * o_group * kh * kw..][..o_group * kh * kw].iter().enumerate() {
                let out = channel / (c / groups) * o_group + k / (kh * kw);
                let y = (row * stride[0] + k / kw % kh * dilation[0]).wrapping_sub(padding[0][0]);
                let z = (col * stride[1] + k % kw * dilation[1]).wrapping_sub(padding[1][0]);
                if y < oh && z < ow {
                    expected[((image * o + out) * oh + y) * ow + z] += x * w;
                }
            }
        }
        assert_eq!(y, expected);
        assert_eq!(n, 2);
        // The adjoint of a linear map: <dy, A x> = <Aᵀ dy, x>, and the same seen as a map of the weights.
        let (mut dx, mut dw) = (vec![f64::NAN; len], vec![f64::NAN; w_len]);
        conv_transpose2d::input_grad(&d, Algorithm::Auto, &dy, &w, &mut dx);
        conv_transpose2d::weight_grad(&d, Algorithm::Auto, &x, &dy, &mut dw, false);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert_eq!(dot(&dy, &y), dot(&dx, &x));
        assert_eq!(dot(&dy, &y), dot(&dw, &w));
    }
}
