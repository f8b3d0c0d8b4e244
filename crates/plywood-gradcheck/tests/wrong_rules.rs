//! Rules that are wrong on purpose, one of each kind: every one must be caught, and for the right reason.

use std::cell::Cell;

use plywood_autograd::Sink;
use plywood_gradcheck::prelude::*;
use plywood_gradcheck::{Failure, Kind};

type Rule = fn(x: &Tensor<f64>, dy: &Tensor<f64>, sink: &mut Sink<f64>) -> Result<(), Error>;

/// x², elementwise, with any rule.
fn square(x: &Var<f64>, rule: Rule) -> Var<f64> {
    Var::op("square", &[x], x.value().map(|x| x * x), |_| {
        let x = x.value().clone();
        move |dy, sink| rule(&x, dy, sink)
    })
}

fn product(x: &Tensor<f64>, dy: &Tensor<f64>) -> Result<Tensor<f64>, Error> {
    x.zip_map(dy, |x, dy| 2.0 * x * dy)
}

fn x() -> Tensor<f64> {
    Tensor::from([[0.5, -1.5, 1.0], [2.0, 0.25, -0.75]])
}

#[track_caller]
fn caught(rule: Rule) -> Failure {
    gradcheck(|x| square(&x[0], rule), &[x()]).expect_err("the check accepts it")
}

#[test]
fn the_right_rule_passes() {
    gradcheck(|x| square(&x[0], |x, dy, sink| sink.add(0, || product(x, dy))), &[x()]).unwrap();
    gradcheck(|x| square(&x[0], |x, dy, sink| sink.add(0, || product(x, dy))), &[Tensor::scalar(3.0)]).unwrap();
    gradcheck(|x| square(&x[0], |x, dy, sink| sink.add(0, || product(x, dy))), &[Tensor::zeros([2, 0])]).unwrap();
}

#[test]
fn a_wrong_factor() {
    let failure = caught(|x, dy, sink| sink.add(0, || x.zip_map(dy, |x, dy| x * dy)));
    assert_eq!(failure.kind(), Kind::Wrong);
    let message = failure.to_string();
    assert!(message.contains("6 of 36 entries of the Jacobian are wrong"), "{message}");
    assert!(
        message.contains("d output 0 [1, 0] / d input 0 [1, 0]: analytical 2, numerical 4 (input value 2)"),
        "{message}"
    );
    assert!(message.contains("input 0 [2, 3]: [0.5, -1.5, 1, 2, 0.25, -0.75]"), "{message}");
}

#[test]
fn a_single_wrong_entry() {
    let failure = caught(|x, dy, sink| {
        let mut dx = product(x, dy)?;
        dx.make_mut()[4] += 0.01 * dy.to_vec()[4];
        sink.add(0, || Ok(dx))
    });
    assert!(failure.to_string().contains("1 of 36 entries"), "{failure}");
}

#[test]
fn a_single_wrong_entry_among_many() {
    let rule: Rule = |x, dy, sink| {
        let mut dx = product(x, dy)?;
        dx.make_mut()[1234] *= 0.5;
        sink.add(0, || Ok(dx))
    };
    let many = Tensor::from_fn([40, 50], |i| 1.0 + (i as f64).sin());
    let failure = gradcheck(|x| square(&x[0], rule), &[&many]).unwrap_err();
    assert_eq!(failure.kind(), Kind::Wrong);
    assert!(failure.to_string().contains("projection"), "{failure}");
    gradcheck(|x| square(&x[0], |x, dy, sink| sink.add(0, || product(x, dy))), &[many]).unwrap();
}

#[test]
fn a_gradient_that_never_comes() {
    assert_eq!(caught(|_, _, _| Ok(())).kind(), Kind::Wrong);
    assert_eq!(gradcheck(|x| x[0].detach(), &[x()]).unwrap_err().kind(), Kind::Wrong);
}

#[test]
fn an_incoming_gradient_that_is_ignored() {
    let rule: Rule = |x, _, sink| sink.add(0, || Ok(x.map(|x| 2.0 * x)));
    assert_eq!(caught(rule).kind(), Kind::IncomingIgnored);
    // Also where there is only one value, so that it would be right for an incoming gradient of 1.
    let failure = gradcheck(|x| square(&x[0], rule), &[Tensor::scalar(3.0)]).unwrap_err();
    assert_eq!(failure.kind(), Kind::IncomingIgnored);
    assert!(failure.to_string().contains("three times the incoming gradient"), "{failure}");
}

#[test]
fn an_input_that_is_used_elsewhere_too() {
    let failure = caught(|x, dy, sink| {
        let dx = product(x, dy)?;
        sink.write(0, |out, _| out.copy_from_slice(&dx.values()))
    });
    assert_eq!(failure.kind(), Kind::NotAdded);
    assert!(failure.to_string().contains("overwrites"), "{failure}");
}

#[test]
fn a_view_taken_for_its_memory() {
    // The values in the order in which they lie in memory, whatever the strides.
    let raw = |x: &Tensor<f64>| Tensor::from_fn(x.shape(), |i| x.raw().0[i]);
    let wrong_value = |x: &[Var<f64>]| {
        let x = &x[0];
        Var::op("square", &[x], raw(x.value()).map(|x| x * x), |_| {
            let x = x.value().clone();
            move |dy, sink| sink.add(0, || product(&x, dy))
        })
    };
    let failure = gradcheck(wrong_value, &[x()]).unwrap_err();
    assert_eq!(failure.kind(), Kind::View);
    assert!(failure.to_string().starts_with("with input 0 as a view"), "{failure}");
    let saved: Rule = |x, dy, sink| sink.add(0, || product(&Tensor::from_fn(x.shape(), |i| x.raw().0[i]), dy));
    assert_eq!(caught(saved).kind(), Kind::View);
    let incoming: Rule = |x, dy, sink| {
        let first = dy.raw().0.to_vec();
        sink.add(0, || product(x, &Tensor::from_fn(x.shape(), |i| first[i.min(first.len() - 1)])))
    };
    assert_eq!(caught(incoming).kind(), Kind::IncomingView);
    let last: Rule = |x, dy, sink| {
        let all = dy.raw().0;
        sink.add(0, || product(x, &if all.len() == 1 { Tensor::zeros(x.shape()) } else { dy.clone() }))
    };
    assert_eq!(caught(last).kind(), Kind::IncomingView);
}

#[test]
fn results_that_change() {
    let calls = Cell::new(0.0);
    let changing = |x: &[Var<f64>]| {
        calls.set(calls.get() + 1e-7);
        let value = x[0].value().map(|x| x + calls.get());
        Var::op("jitter", &[&x[0]], value, |_| |dy: &Tensor<f64>, sink: &mut Sink<f64>| sink.add(0, || Ok(dy.clone())))
    };
    assert_eq!(gradcheck(changing, &[x()]).unwrap_err().kind(), Kind::Nondeterministic);
    let calls = Cell::new(0.0);
    let changing_gradient = |x: &[Var<f64>]| {
        calls.set(calls.get() + 1e-7);
        let off = calls.get();
        Var::op("jitter", &[&x[0]], x[0].value().clone(), |_| {
            move |dy: &Tensor<f64>, sink: &mut Sink<f64>| sink.add(0, || Ok(dy.map(|dy| dy + off)))
        })
    };
    let failure = gradcheck(changing_gradient, &[x()]).unwrap_err();
    assert_eq!(failure.kind(), Kind::Nondeterministic);
    assert!(failure.to_string().contains("the gradient of input 0 at [0, 0]"), "{failure}");
    let unrecorded =
        |x: &[Var<f64>]| if x[0].requires_grad() { x[0].clone() } else { x[0].value().map(|x| x + 1.0).into() };
    assert_eq!(gradcheck(unrecorded, &[x()]).unwrap_err().kind(), Kind::Recording);
}

#[test]
fn what_is_not_a_number_and_what_fails() {
    let failure = caught(|x, dy, sink| sink.add(0, || x.zip_map(dy, |x, dy| (x / 0.0 - x / 0.0) * dy)));
    assert_eq!(failure.kind(), Kind::NotFinite);
    assert!(failure.to_string().starts_with("the gradient of input 0 is NaN at [0, 0]"), "{failure}");
    let failure = gradcheck(|x| x[0].reshape([7]), &[x()]).unwrap_err();
    assert_eq!(failure.kind(), Kind::Function);
    assert!(failure.to_string().contains("reshape"), "{failure}");
    // A gradient of another shape is the engine's own error.
    let failure = caught(|_, _, sink| sink.add(0, || Ok(Tensor::ones([2]))));
    assert_eq!(failure.kind(), Kind::Function);
}

#[test]
fn a_kink_is_pointed_out() {
    let relu = |x: &[Var<f64>]| {
        Var::op("relu", &[&x[0]], x[0].value().map(|x| x.max(0.0)), |y| {
            let y = y.clone();
            move |dy: &Tensor<f64>, sink: &mut Sink<f64>| {
                sink.add(0, || y.zip_map(dy, |y, dy| if y > 0.0 { dy } else { 0.0 }))
            }
        })
    };
    gradcheck(relu, &[Tensor::from([1.0, -1.0])]).unwrap();
    let failure = gradcheck(relu, &[Tensor::from([0.0, -1.0])]).unwrap_err();
    assert!(failure.to_string().contains("is there a kink?"), "{failure}");
}

#[test]
fn several_inputs_and_outputs() {
    let swapped = |x: &[Var<f64>], wrong: bool| {
        let (a, b) = (x[0].value().clone(), x[1].value().clone());
        let values = [a.zip_map(&b, |a, b| a * b).unwrap(), a.clone()];
        Var::op_many("product and copy", &[&x[0], &x[1]], values, |_| {
            move |dy, sink| {
                if let Some(dy) = dy.get(0) {
                    sink.add(0, || if wrong { a.zip_map(dy, |a, d| a * d) } else { b.zip_map(dy, |b, d| b * d) })?;
                    sink.add(1, || a.zip_map(dy, |a, d| a * d))?;
                }
                dy.take(1).map_or(Ok(()), |dy| sink.add(0, || Ok(dy)))
            }
        })
    };
    let inputs = [Tensor::from([1.0, 2.0]), Tensor::from([-0.5, 3.0])];
    gradcheck(|x| swapped(x, false), &inputs).unwrap();
    let failure = gradcheck(|x| swapped(x, true), &inputs).unwrap_err().to_string();
    assert!(failure.contains("2 of 16") && failure.contains("d output 0 [0] / d input 0 [0]"), "{failure}");
    assert!(failure.contains("\n  input 1 [2]: [-0.5, 3]"), "{failure}");
}

#[test]
fn a_failure_shrinks() {
    use proptest::test_runner::{TestError, TestRunner};
    let rule: Rule = |x, dy, sink| sink.add(0, || x.zip_map(dy, |x, dy| 3.0 * x * dy));
    let property = |x: Tensor<f64>| Ok(gradcheck(|x| square(&x[0], rule), &[x])?);
    match TestRunner::new(cases(8)).run(&tensors(shapes(1..=3, 1..=4)).away_from(&[0.0], 0.1), property) {
        Err(TestError::Fail(reason, x)) => {
            assert_eq!(x.shape(), &[1]);
            assert!(reason.message().contains("1 of 1 entries of the Jacobian are wrong"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "nn")]
mod modules {
    use super::*;
    use plywood_nn::{Context, Layer, Linear, Module, Param, Stream};

    #[derive(Module)]
    #[module(f64)]
    struct Scaled {
        inner: Linear<f64>,
        scale: Param<f64>,
    }

    fn scaled(module: &Scaled, x: &[Var<f64>], cx: &mut Context, wrong: bool) -> Result<Var<f64>, Error> {
        let y = module.inner.forward(&x[0], cx)?;
        let scale = module.scale.var(cx);
        let (a, s) = (y.value().clone(), scale.value().item()?);
        Ok(Var::op("scale", &[&y, &scale], a.map(|a| a * s), |_| {
            move |dy, sink| {
                sink.add(0, || Ok(dy.map(|dy| s * dy)))?;
                let total = if wrong { dy.sum() } else { a.zip_map(dy, |a, dy| a * dy)?.sum() };
                sink.add(1, || Ok(Tensor::from([total])))
            }
        }))
    }

    #[test]
    fn parameters_are_checked_by_name() {
        let inner = Linear::new(3, 2, &mut Stream::new(1));
        let mut module = Scaled { inner, scale: Param::new(Tensor::from([1.5])) };
        let before = module.state_dict().to_safetensors().to_bytes();
        gradcheck_module(&mut module, &[x()], |m, x, cx| scaled(m, x, cx, false)).unwrap();
        let failure = gradcheck_module(&mut module, &[x()], |m, x, cx| scaled(m, x, cx, true)).unwrap_err().to_string();
        assert!(failure.contains("/ d scale [0]") && failure.contains("inner.weight [2, 3]: ["), "{failure}");
        assert_eq!(module.state_dict().to_safetensors().to_bytes(), before);
        module.freeze(|name| name == "scale");
        gradcheck_module(&mut module, &[x()], |m, x, cx| scaled(m, x, cx, true)).unwrap();
    }
}
