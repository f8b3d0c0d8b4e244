//! Against the definition, written out cell by cell.

use std::num::NonZeroUsize;

use super::*;

/// Values in -8..8 with many ties, none of them 0.
fn values(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 2_654_435_761 + seed * 40_503) >> 7) as f64 % 16.0 - 7.5).collect()
}

/// The cell that element `(ky, kx)` of the window of output `(oy, ox)` reads, if it lies inside of the input.
fn cell(d: &PoolDims, [oy, ox]: [usize; 2], [ky, kx]: [usize; 2]) -> Option<usize> {
    let inside = |a: &Axis, o: usize, k: usize| {
        (o * a.stride + k * a.dilation).checked_sub(a.padding).filter(|&cell| cell < a.input)
    };
    Some(inside(&d.h, oy, ky)? * d.w.input + inside(&d.w, ox, kx)?)
}

/// For each output its window's cells (flat positions within the input), in order.
fn windows(d: &PoolDims) -> Vec<Vec<usize>> {
    let mut windows = Vec::new();
    for plane in 0..d.planes {
        for oy in 0..d.h.output {
            for ox in 0..d.w.output {
                let taps = (0..d.h.kernel).flat_map(|ky| (0..d.w.kernel).map(move |kx| [ky, kx]));
                let cells = taps.filter_map(|tap| cell(d, [oy, ox], tap));
                windows.push(cells.map(|cell| plane * d.input_plane() + cell).collect());
            }
        }
    }
    windows
}

/// The winner as PyTorch defines it: the first maximum, or the last NaN.
fn winner(x: &[f64], window: &[usize]) -> usize {
    let wins = |best: usize, &cell: &usize| if x[cell] > x[best] || x[cell].is_nan() { cell } else { best };
    window.iter().fold(window[0], wins)
}

/// Sizes, windows, steps, paddings and dilations with every tail.
fn cases() -> Vec<PoolDims> {
    let mut cases = Vec::new();
    for (h, w) in [(1, 1), (2, 2), (2, 3), (5, 4), (7, 33), (9, 70), (18, 18)] {
        for kernel in [[1, 1], [2, 2], [3, 3], [2, 5], [17, 17]] {
            for stride in [[1, 1], [2, 2], [3, 1], [1, 4]] {
                for padding in [[0, 0], [1, 1], [0, 2]] {
                    for dilation in [[1, 1], [2, 3]] {
                        for ceil_mode in [false, true] {
                            let window = Window { kernel, stride, padding, dilation, ceil_mode };
                            cases.extend(PoolDims::new(&[2, 3, h, w], &window));
                        }
                    }
                }
            }
        }
    }
    assert!(cases.len() > 500, "most windows should fit");
    cases
}

fn check_max<P: Tap>(d: &PoolDims, x: &[f64]) {
    let (mut out, mut taps) = (vec![0.0; d.output_len()], vec![P::from_u32(0); d.output_len()]);
    max_pool2d(d, x, &mut out, &mut taps);
    let grad_out = values(out.len(), 1);
    let mut grad_in = vec![f64::NAN; x.len()];
    max_pool2d_adjoint(d, &grad_out, &taps, &mut grad_in);
    let mut expected = vec![0.0; x.len()];
    for ((window, &out), &g) in windows(d).iter().zip(&out).zip(&grad_out) {
        let at = winner(x, window);
        assert_eq!(out.to_bits(), x[at].to_bits(), "{d:?}");
        expected[at] += g;
    }
    assert_eq!(grad_in, expected, "{d:?}");
}

#[test]
fn max_pooling_is_what_the_definition_says() {
    for d in cases() {
        let mut x = values(d.input_len(), 2);
        if d.window_len() <= 256 {
            check_max::<u8>(&d, &x);
        }
        check_max::<u32>(&d, &x);
        for (i, x) in x.iter_mut().enumerate() {
            match i % 7 {
                3 => *x = f64::NAN,
                4 | 5 => *x = f64::NEG_INFINITY,
                _ => {}
            }
        }
        check_max::<u32>(&d, &x);
        check_max::<u32>(&d, &vec![f64::NEG_INFINITY; x.len()]);
    }
}

#[test]
fn max_pooling_without_taps_gives_the_same_values() {
    for d in cases() {
        let x = values(d.input_len(), 3);
        let (mut with, mut without) = (vec![0.0; d.output_len()], vec![0.0; d.output_len()]);
        max_pool2d(&d, &x, &mut with, &mut vec![0u32; d.output_len()]);
        max_pool2d(&d, &x, &mut without, &mut vec![(); d.output_len()]);
        assert_eq!(with, without, "{d:?}");
    }
}

#[test]
fn average_pooling_is_what_the_definition_says() {
    for d in cases().into_iter().filter(|d| d.h.dilation == 1) {
        let x = values(d.input_len(), 4);
        for divisor in
            [AvgDivisor::IncludePad, AvgDivisor::ExcludePad, AvgDivisor::Fixed(NonZeroUsize::new(5).unwrap())]
        {
            let mut out = vec![f64::NAN; d.output_len()];
            avg_pool2d(&d, divisor, &x, &mut out);
            let grad_out = values(out.len(), 5);
            let mut grad_in = vec![f64::NAN; x.len()];
            avg_pool2d_adjoint(&d, divisor, &grad_out, &mut grad_in);
            let mut expected = vec![0.0; x.len()];
            for (i, ((window, &out), &g)) in windows(&d).iter().zip(&out).zip(&grad_out).enumerate() {
                let (oy, ox) = (i % d.output_plane() / d.w.output, i % d.w.output);
                let padded = |a: &Axis, o: usize| {
                    let reached = |k: &usize| o * a.stride + k < a.input + 2 * a.padding;
                    (0..a.kernel).filter(reached).count()
                };
                let n = match divisor {
                    AvgDivisor::IncludePad => padded(&d.h, oy) * padded(&d.w, ox),
                    AvgDivisor::ExcludePad => window.len(),
                    AvgDivisor::Fixed(n) => n.get(),
                } as f64;
                let mean = window.iter().map(|&cell| x[cell]).sum::<f64>() / n;
                assert!((out - mean).abs() < 1e-13, "{d:?} {divisor:?}: {out} instead of {mean}");
                window.iter().for_each(|&cell| expected[cell] += g / n);
            }
            for (got, expected) in grad_in.iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-12, "{d:?} {divisor:?}: {got} instead of {expected}");
            }
        }
    }
}

#[test]
fn adaptive_pooling_is_what_the_definition_says() {
    for (input, output) in [([1, 1], [1, 1]), ([7, 5], [1, 1]), ([13, 9], [6, 6]), ([2, 3], [5, 7]), ([4, 4], [0, 2])] {
        let d = AdaptiveDims::new(&[2, 3, input[0], input[1]], output).unwrap();
        let mut x = values(d.input_len(), 6);
        let grad_out = values(d.output_len(), 7);
        let (mut avg, mut avg_grad) = (vec![0.0; d.output_len()], vec![f64::NAN; x.len()]);
        adaptive_avg_pool2d(&d, &x, &mut avg);
        adaptive_avg_pool2d_adjoint(&d, &grad_out, &mut avg_grad);
        let averages = (x.clone(), avg);
        if x.len() > 40 {
            x[40] = f64::NAN;
        }
        let (mut max, mut positions) = (vec![0.0; d.output_len()], vec![0; d.output_len()]);
        let mut max_grad = vec![f64::NAN; x.len()];
        adaptive_max_pool2d(&d, &x, &mut max, &mut positions);
        adaptive_max_pool2d_adjoint(&d, &grad_out, &positions, &mut max_grad);

        let (mut expected_avg, mut expected_max) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for (o, &g) in grad_out.iter().enumerate() {
            let (plane, oy, ox) = (o / (output[0] * output[1]), o / output[1] % output[0], o % output[1]);
            let range = |i: usize, o: usize| {
                let (start, end) = (o as f64 * input[i] as f64, (o + 1) as f64 * input[i] as f64);
                (start / output[i] as f64).floor() as usize..(end / output[i] as f64).ceil() as usize
            };
            let at = |y: usize| range(1, ox).map(move |x| (plane * input[0] + y) * input[1] + x);
            let window: Vec<usize> = range(0, oy).flat_map(at).collect();
            let mean = window.iter().map(|&cell| averages.0[cell]).sum::<f64>() / window.len() as f64;
            assert!((averages.1[o] - mean).abs() < 1e-13, "{d:?}");
            window.iter().for_each(|&cell| expected_avg[cell] += g / window.len() as f64);
            let best = winner(&x, &window);
            assert_eq!(max[o].to_bits(), x[best].to_bits(), "{d:?}");
            expected_max[best] += g;
        }
        assert!(avg_grad.iter().zip(&expected_avg).all(|(a, b)| (a - b).abs() < 1e-12), "{d:?}");
        assert_eq!(max_grad, expected_max, "{d:?}");
    }
}

#[test]
fn one_dimension_is_a_height_of_one() {
    let window = Window { stride: [1, 2], padding: [0, 1], ..Window::new([1, 3]) };
    let flat = PoolDims::new_1d(&[2, 3, 9], &Window { kernel: [0, 3], ..window }).unwrap();
    assert_eq!(flat, PoolDims::new(&[2, 3, 1, 9], &window).unwrap());
    assert_eq!(AdaptiveDims::new_1d(&[2, 3, 9], 4), AdaptiveDims::new(&[2, 3, 1, 9], [1, 4]));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let d =
        PoolDims::new(&[8, 16, 32, 33], &Window { stride: [2, 2], padding: [1, 1], ..Window::new([3, 3]) }).unwrap();
    let x: Vec<f32> = values(d.input_len(), 8).iter().map(|&v| v as f32 / 3.0).collect();
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let (mut max, mut taps) = (vec![0.0; d.output_len()], vec![0u8; d.output_len()]);
            let (mut avg, mut dmax, mut davg) = (max.clone(), x.clone(), x.clone());
            max_pool2d(&d, &x, &mut max, &mut taps);
            avg_pool2d(&d, AvgDivisor::IncludePad, &x, &mut avg);
            max_pool2d_adjoint(&d, &avg, &taps, &mut dmax);
            avg_pool2d_adjoint(&d, AvgDivisor::IncludePad, &max, &mut davg);
            (max, taps, avg, dmax, davg)
        })
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn wrong_windows_are_named() {
    let message = |input: &[usize], window: Window| PoolDims::new(input, &window).unwrap_err().to_string();
    let k3 = Window::new([3, 3]);
    assert_eq!(message(&[4, 4], k3), "input shape: expected [n, c, h, w] or [c, h, w], got [4, 4]");
    assert_eq!(message(&[1, 0, 4, 4], k3), "input shape: expected sizes above 0 after the batch, got [1, 0, 4, 4]");
    assert_eq!(
        message(&[1, 1, 4, 4], Window { stride: [1, 0], ..k3 }),
        "stride over the width: expected 1 or more, got 0"
    );
    assert_eq!(
        message(&[1, 1, 4, 4], Window { padding: [2, 0], ..k3 }),
        "padding of the height: expected at most 1, half of the window's span of 3, got 2"
    );
    assert_eq!(
        message(&[1, 1, 4, 2], k3),
        "width of the input: expected at least 3, since a window spans 3 with padding 0, got 2"
    );
    let wide = Window { kernel: [2, 1], padding: [2, 0], dilation: [3, 1], ..Window::new([1, 1]) };
    assert_eq!(
        message(&[1, 1, 1, 1], wide),
        "window 0 over the height: expected an element inside of the input of 1, got nothing but padding, with dilation 3 \
         and padding 2"
    );
    let huge = Window { dilation: [usize::MAX, 1], ..k3 };
    assert_eq!(
        message(&[1, 1, 4, 4], huge),
        "window over the height: expected a size that fits an address, got overflow"
    );
}

#[test]
fn an_empty_batch_is_pooled_to_an_empty_batch() {
    let d = PoolDims::new(&[0, 3, 4, 4], &Window::new([2, 2])).unwrap();
    let (mut out, mut taps) = ([0.0f32; 0], [0u8; 0]);
    max_pool2d(&d, &[], &mut out, &mut taps);
    avg_pool2d(&d, AvgDivisor::IncludePad, &[], &mut out);
    max_pool2d_adjoint(&d, &[], &taps, &mut out);
    assert_eq!(d.output_len(), 0);
}
