//! The engine's promises: order, accumulation, consumption, deep chains, memory, anomalies.

use plywood_autograd::anomaly::{detect_anomaly, scope};
use plywood_autograd::{Error, Gradients, Key, Result, Tensor, Var};

fn scale(x: &Var<f64>, factor: f64) -> Var<f64> {
    let value = x.value().map(|x| factor * x);
    Var::op("scale", &[x], value, |_| move |dy, sink| sink.add(0, || Ok(dy.map(|dy| factor * dy))))
}

fn product(a: &Var<f64>, b: &Var<f64>) -> Result<Var<f64>> {
    let value = a.value().zip_map(b.value(), |a, b| a * b)?;
    Ok(Var::op("product", &[a, b], value, |_| {
        let (a, b) = (a.value().clone(), b.value().clone());
        move |dy, sink| {
            sink.add(0, || dy.zip_map(&b, |dy, b| dy * b))?;
            sink.write(1, |db, accumulate| {
                for (db, (dy, a)) in db.iter_mut().zip(dy.values().iter().zip(&*a.values())) {
                    *db = dy * a + if accumulate { *db } else { 0.0 };
                }
            })
        }
    }))
}

fn gradient(grads: &Gradients<f64>, x: &Var<f64>) -> f64 {
    grads.get(x).unwrap().item().unwrap()
}

#[test]
fn an_input_used_twice_gets_both_contributions() {
    let x = Var::leaf(3.0.into());
    let square = product(&x, &x).unwrap();
    let fourth = product(&square, &square).unwrap();
    let y = product(&fourth, &x).unwrap();
    assert_eq!(gradient(&y.backward().unwrap(), &x), 5.0 * 81.0);
}

#[test]
fn only_wanted_gradients_are_asked_for() {
    let (x, constant) = (Var::leaf(3.0.into()), Var::from(Tensor::from(2.0)));
    let y = Var::op("probe", &[&constant, &x], 1.0.into(), |_| {
        |_, sink| {
            assert!(!sink.wants(0) && sink.wants(1));
            sink.add(0, || panic!("nobody wants it"))?;
            sink.add(1, || Ok(7.0.into()))
        }
    });
    assert_eq!(gradient(&y.backward().unwrap(), &x), 7.0);
    assert!(!scale(&constant, 2.0).requires_grad());
}

#[test]
fn outputs_that_are_not_used_have_no_gradient() {
    let x = Var::leaf(Tensor::from([1.0, 2.0]));
    let [_, b] = Var::op_many("split", &[&x], [1.0.into(), 2.0.into()], |_| {
        |grads, sink| {
            assert!(grads.get(0).is_none());
            let db = grads.take(1).unwrap().item()?;
            sink.add(0, || Ok(Tensor::from([0.0, db])))
        }
    });
    assert_eq!(scale(&b, 3.0).backward().unwrap().get(&x).unwrap().to_vec(), [0.0, 3.0]);
}

#[test]
fn a_graph_is_used_once() {
    let x = Var::leaf(3.0.into());
    let shared = scale(&x, 2.0);
    let (a, b) = (scale(&shared, 1.0), scale(&shared, 1.0));
    a.backward().unwrap();
    let error = b.backward().unwrap_err().to_string();
    assert!(error.contains("'scale' has been used by an earlier backward"), "{error}");
}

#[test]
fn misuse_is_explained() {
    let x = Var::leaf(Tensor::from([1.0, 2.0]));
    assert!(scale(&x, 2.0).backward().unwrap_err().to_string().contains("seed"));
    assert!(scale(&x, 2.0).backward_with(1.0.into()).unwrap_err().to_string().contains("expected [2], got []"));
    assert!(Var::from(Tensor::from(1.0)).backward().unwrap_err().to_string().contains("no leaf"));
    let wrong = Var::op("wrong", &[&x], 1.0.into(), |_| |_, sink| sink.add(0, || Ok(1.0.into())));
    let error = wrong.backward().unwrap_err().to_string();
    assert_eq!(error, "wrong: gradient of input 0: expected [2], got []");
}

#[test]
fn a_gradient_that_is_not_there_is_explained() {
    let (x, unused) = (Var::named_leaf("x", 3.0.into()), Var::leaf(Tensor::from([1.0, 2.0])));
    let y = scale(&x, 2.0);
    let grads = y.backward().unwrap();
    assert_eq!(grads.of(&x).unwrap().item().unwrap(), 2.0);
    let says = |var: &Var<f64>| grads.of(var).unwrap_err().to_string();
    let expected = "gradients: no gradient came for a leaf without a name [2]: \
                    what backward started from doesn't depend on it";
    assert_eq!(says(&unused), expected);
    assert_eq!(says(&y), "gradients: only leaves keep gradients, and this value [] came out of scale");
    assert_eq!(says(&Var::from(Tensor::from(1.0))), "gradients: a constant [] has no gradient: make it with Var::leaf");
}

#[test]
fn leaves_of_one_key_share_a_gradient() {
    let key = Key::new();
    let (a, b) = (Var::leaf_of(key, None, 3.0.into()), Var::leaf_of(key, None, 3.0.into()));
    let grads = product(&a, &b).unwrap().backward().unwrap();
    assert_eq!((grads.len(), grads.by_key(key).unwrap().item().unwrap()), (1, 6.0));
}

#[test]
fn a_long_chain_goes_forward_and_back_and_is_freed() {
    let x = Var::leaf(1.0.into());
    let chain = |n| (0..n).fold(x.clone(), |y, _| scale(&y, 1.0));
    assert_eq!(gradient(&chain(100_000).backward().unwrap(), &x), 1.0);
    drop(chain(100_000));
}

#[test]
fn views_route_gradients_back() {
    let x = Var::leaf(Tensor::<f64>::from_fn([2, 3, 4], |i| i as f64));
    let y = x.permute(&[2, 0, 1]).unwrap().slice(0, -1, None, -2).unwrap().select(2, 1).unwrap();
    let seed = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(y.value().to_vec(), [7.0, 19.0, 5.0, 17.0]);
    let grad = y.backward_with(seed).unwrap().get(&x).unwrap().to_vec();
    let expected: Vec<f64> = (0..24)
        .map(|i| [(7, 1.0), (19, 2.0), (5, 3.0), (17, 4.0)].iter().find(|p| p.0 == i).map_or(0.0, |p| p.1))
        .collect();
    assert_eq!(grad, expected);
}

#[test]
fn anomalies_are_named_with_their_place() {
    let x = Var::leaf(Tensor::from([1.0, 2.0]));
    let forward = detect_anomaly(|| Ok(scope("block", || scope("conv1", || scale(&scale(&x, f64::INFINITY), 0.0)))));
    let message = forward.unwrap_err().to_string();
    assert_eq!(
        message,
        "detect_anomaly: inf in the result of scale, at flat index 0 of shape [2]"
            .replace("scale,", "scale in block.conv1,")
    );
    let backward = detect_anomaly(|| {
        let y = scope("fc", || {
            Var::op("bad", &[&x], 1.0.into(), |_| |_, sink| sink.add(0, || Ok(Tensor::from([0.0, f64::NAN]))))
        });
        scale(&y, 1.0).backward()
    });
    let message = backward.unwrap_err().to_string();
    assert_eq!(message, "detect_anomaly: NaN in the gradient of input 0 of bad in fc, at flat index 1 of shape [2]");
    assert!(matches!(detect_anomaly(|| scale(&x, 1.0).backward()), Err(Error::Shape { .. })));
}
