use super::*;

/// A rule's states before the first step.
fn fresh<T: Scalar, R: Rule<T>>(rule: &R, n: usize, start: f64) -> Vec<Vec<T>> {
    rule.state().iter().map(|_| vec![T::from_f64(start); n]).collect()
}

/// The parameter after one step for each of `grads`.
fn walk<R: Rule<f64>>(rule: &R, start: f64, state: f64, grads: &[f64]) -> Vec<f64> {
    let (mut p, mut s) = ([start], fresh::<f64, R>(rule, 1, state));
    (1..)
        .zip(grads)
        .map(|(t, &g)| {
            update(rule, t, &mut p, &[g], &mut s.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>());
            p[0]
        })
        .collect()
}

#[track_caller]
fn close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (g, e) in got.iter().zip(expected) {
        assert!((g - e).abs() <= 1e-12 * e.abs().max(1.0), "{got:?} instead of {expected:?}");
    }
}

#[test]
fn sgd_by_hand() {
    let sgd = SGD { lr: 0.5, ..SGD::default() };
    close(&walk(&sgd, 1.0, 0.0, &[2.0, -1.0]), &[0.0, 0.5]);
    let momentum = SGD { momentum: 0.5, dampening: 0.25, weight_decay: 0.5, ..sgd };
    // b = 2 + 0.5 = 2.5, p = -0.25; g = -1 - 0.125, b = 1.25 - 0.75 * 1.125 = 0.40625, p = -0.453125.
    close(&walk(&momentum, 1.0, 0.0, &[2.0, -1.0]), &[-0.25, -0.453125]);
    let nesterov = SGD { momentum: 0.5, nesterov: true, ..sgd };
    // b = 2, p = 1 - 0.5 * (2 + 1); b = 0, p = -0.5 - 0.5 * (-1 + 0).
    close(&walk(&nesterov, 1.0, 0.0, &[2.0, -1.0]), &[-0.5, 0.0]);
    close(&walk(&SGD { maximize: true, ..nesterov }, 1.0, 0.0, &[-2.0, 1.0]), &[-0.5, 0.0]);
}

#[test]
fn the_first_step_of_the_adaptive_rules_is_the_rate() {
    // With eps = 0, mean and root mean square of one gradient agree but for the sign.
    let (lr, eps) = (0.125, 0.0);
    close(&walk(&Adam { lr, eps, ..Adam::default() }, 1.0, 0.0, &[-3.0]), &[1.125]);
    close(&walk(&Adam { lr, eps, amsgrad: true, ..Adam::default() }, 1.0, 0.0, &[-3.0]), &[1.125]);
    close(&walk(&AdamW { lr, eps, weight_decay: 0.5, ..AdamW::default() }, 1.0, 0.0, &[-3.0]), &[0.9375 + 0.125]);
    close(&walk(&Adamax { lr, eps, ..Adamax::default() }, 1.0, 0.0, &[-3.0]), &[1.125]);
    close(&walk(&Adagrad { lr, eps, ..Adagrad::default() }, 1.0, 0.0, &[-3.0]), &[1.125]);
    close(&walk(&RMSprop { lr, eps, alpha: 0.0, ..RMSprop::default() }, 1.0, 0.0, &[-3.0]), &[1.125]);
    close(&walk(&Lion { lr, ..Lion::default() }, 1.0, 0.0, &[-3.0, 0.0]), &[1.125, 1.25]);
    close(&walk(&RAdam { lr, ..RAdam::default() }, 1.0, 0.0, &[-3.0]), &[1.375]);
}

#[test]
fn rprop_grows_shrinks_and_rests() {
    let rprop = Rprop { lr: 1.0, ..Rprop::default() };
    // Down 1 and 1.2; the gradient turns: no step; up by 0.6; a gradient of 0 changes nothing.
    let mut state = (vec![0.0], vec![1.0]);
    let mut p = [0.0];
    let mut seen = vec![];
    for (t, g) in (1..).zip([2.0, 2.0, -2.0, -2.0, 0.0]) {
        update(&rprop, t, &mut p, &[g], &mut [&mut state.0, &mut state.1]);
        seen.push(p[0]);
    }
    close(&seen, &[-1.0, -2.2, -2.2, -1.6, -1.6]);
}

fn every_rule(mut f: impl FnMut(&'static str, &dyn Fn(usize, u64) -> Vec<f32>)) {
    fn run<R: Rule<f32>>(rule: R) -> impl Fn(usize, u64) -> Vec<f32> {
        move |n, steps| {
            let mut p: Vec<f32> = (0..n).map(|i| (i % 13) as f32 - 6.0).collect();
            let mut s = fresh(&rule, n, 0.01);
            for t in 1..=steps {
                let g: Vec<f32> = (0..n).map(|i| ((i * 7 + t as usize) % 11) as f32 - 5.0).collect();
                update(&rule, t, &mut p, &g, &mut s.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>());
            }
            p
        }
    }
    f("SGD", &run(SGD { momentum: 0.9, ..SGD::default() }));
    f("Adam", &run(Adam { amsgrad: true, ..Adam::default() }));
    f("AdamW", &run(AdamW::default()));
    f("Adamax", &run(Adamax::default()));
    f("NAdam", &run(NAdam::default()));
    f("RAdam", &run(RAdam::default()));
    f("Adagrad", &run(Adagrad::default()));
    f("Adadelta", &run(Adadelta::default()));
    f("RMSprop", &run(RMSprop { centered: true, momentum: 0.9, ..RMSprop::default() }));
    f("Rprop", &run(Rprop::default()));
    f("Lion", &run(Lion::default()));
}

#[test]
fn a_large_parameter_moves_as_its_parts_do() {
    // 143 is the period of the values, so each element of the long parameter has its twin in the short one.
    let (n, long) = (143, 143 * 1001);
    assert!(long > par::MIN_PARALLEL);
    every_rule(|name, run| {
        let (short, long) = (run(n, 3), run(long, 3));
        assert!(short.iter().all(|p| p.is_finite()), "{name}");
        for (i, p) in long.iter().enumerate() {
            assert_eq!(p.to_bits(), short[i % n].to_bits(), "{name} at {i}");
        }
        assert!(run(0, 1).is_empty());
    });
}

#[test]
fn a_gradient_that_is_nan_shows_in_the_parameter() {
    fn check<R: Rule<f32>>(rule: R) {
        let (mut p, mut s) = ([1.0f32], fresh(&rule, 1, 0.01));
        update(&rule, 1, &mut p, &[f32::NAN], &mut s.iter_mut().map(|s| &mut s[..]).collect::<Vec<_>>());
        assert!(p[0].is_nan());
    }
    check(SGD::default());
    check(Adam::default());
    check(Adam { amsgrad: true, ..Adam::default() });
    check(Adamax::default());
    check(RMSprop { centered: true, ..RMSprop::default() });
    check(Rprop::default());
    check(Lion::default());
}

#[test]
fn sums_in_double_precision_and_in_order() {
    assert_eq!(squared_norm::<f32>(&[]), 0.0);
    assert!((squared_norm(&[3e30f32, 4e30]).sqrt() / 5e30 - 1.0).abs() < 1e-6);
    let x: Vec<f32> = (0..100_003).map(|i| (i % 17) as f32).collect();
    let exact: f64 = x.iter().map(|&x| x as f64 * x as f64).sum();
    assert_eq!(squared_norm(&x), exact);
    assert_eq!(dot(&x[1..], &x[..x.len() - 1]), x.windows(2).map(|w| w[0] as f64 * w[1] as f64).sum());
    assert!(squared_norm(&[1.0, f32::NAN]).is_nan());
}

#[test]
fn adds_and_averages_over_blocks() {
    let x: Vec<f64> = (0..70_001).map(|i| i as f64).collect();
    let mut y = vec![1.0; x.len()];
    axpy(2.0, &x, &mut y);
    assert!(y.iter().enumerate().all(|(i, &y)| y == 1.0 + 2.0 * i as f64));
    lerp(0.5, &x, &mut y);
    assert!(y.iter().enumerate().all(|(i, &y)| y == 0.5 + 1.5 * i as f64));
}
