//! Whole models: logits, loss and gradients of a training pass, statistics after it, logits in evaluation; and the
//! losses of a short training run.

use plywood_autograd::{Var, cross_entropy};
use plywood_models::{AlexNet, CifarResNet, GoogLeNet, LeNet5, ResNetConfig, VggConfig, VggDepth};
use plywood_nn::{Context, Entry, Layer, Module, Param, Stream};
use plywood_tensor::{Scalar, Shape, Tensor};
use serde_json::Value;

use super::manifest::{Attrs, Case};
use super::optimizer;
use super::outcome::{Stop, Worst, failed, unsupported};
use super::source::formula;
use super::tolerance::{Tolerance, compare, compare_norm, norm};
use crate::formula::{filled, parameter};

/// A model by the name that the cases call it.
fn build<T: Scalar>(name: &str, classes: usize) -> Option<Box<dyn Layer<T>>> {
    // Whatever is drawn here is overwritten by the formula.
    let random = &mut Stream::new(0);
    Some(match name {
        "alexnet" => Box::new(AlexNet::new(classes, 0.0, random)),
        "googlenet" => Box::new(GoogLeNet::new(classes, random).dropout(0.0)),
        "lenet5" => Box::new(LeNet5::new(classes, random)),
        "resnet18" => Box::new(ResNetConfig::resnet18(classes).build(random)),
        "resnet34" => Box::new(ResNetConfig::resnet34(classes).build(random)),
        "resnet50" => Box::new(ResNetConfig::resnet50(classes).build(random)),
        "resnet101" => Box::new(ResNetConfig::resnet101(classes).build(random)),
        "resnet152" => Box::new(ResNetConfig::resnet152(classes).build(random)),
        _ => return vgg(name, classes, random).or_else(|| cifar(name, classes, random)),
    })
}

/// `vgg11` to `vgg19`, with `_bn` for batch normalisation.
fn vgg<T: Scalar>(name: &str, classes: usize, random: &mut Stream) -> Option<Box<dyn Layer<T>>> {
    let (plain, batch_norm) = name.strip_suffix("_bn").map_or((name, false), |plain| (plain, true));
    let depth = match plain {
        "vgg11" => VggDepth::Vgg11,
        "vgg13" => VggDepth::Vgg13,
        "vgg16" => VggDepth::Vgg16,
        "vgg19" => VggDepth::Vgg19,
        _ => return None,
    };
    Some(Box::new(VggConfig { batch_norm, dropout: 0.0, ..VggConfig::new(depth, classes) }.build(random)))
}

/// `resnet20_cifar` and its deeper relatives.
fn cifar<T: Scalar>(name: &str, classes: usize, random: &mut Stream) -> Option<Box<dyn Layer<T>>> {
    let depth = name.strip_prefix("resnet")?.strip_suffix("_cifar")?.parse().ok()?;
    Some(Box::new(CifarResNet::new(depth, classes, random).ok()?))
}

/// Runs a case of the group `model` or `trajectory`; `None` if the operation is neither.
pub fn run<T: Scalar>(case: &Case) -> Option<Result<Worst, Stop>> {
    match case.op.as_str() {
        "model" => Some(one_pass::<T>(case)),
        "trajectory" => Some(trajectory::<T>(case)),
        _ => None,
    }
}

fn one_pass<T: Scalar>(case: &Case) -> Result<Worst, Stop> {
    let mut model = made::<T>(case, case.number("num_classes")? as usize)?;
    check_names(case, &model)?;
    let input: Tensor<T> = formula(&case.fields["input"])?;
    let target: Vec<i64> = case.numbers("target")?.iter().map(|&class| class as i64).collect();
    let target = Tensor::from_vec([target.len()], target)?;
    fill(&mut model);

    let logits = model.forward(&Var::from(&input), &mut Context::train(0))?;
    let loss = cross_entropy(&logits, &target)?;
    let gradients = loss.backward()?;
    let allowed = Tolerance::of(T::DTYPE);
    let mut worst = tensor("train_logits", logits.value(), &table(case, "train_logits")?)?;
    worst = worst.worse(number("loss", loss.item()?.to_f64(), case.number("loss")?, allowed)?);
    let for_gradients = Tolerance::of_model_gradient(T::DTYPE);
    for (name, expected) in norms(case, "grad_l2")? {
        let gradient = gradients.by_key(named(&model, &name)?.key());
        let got = length(gradient.ok_or_else(|| failed(format!("{name} got no gradient")))?);
        worst = worst.worse(number(&format!("grad_l2 of {name}"), got, expected, for_gradients)?);
    }
    worst = worst.worse(statistics(case, &model)?);
    let logits = model.forward(&Var::from(&input), &mut Context::eval())?;
    Ok(worst.worse(tensor("eval_logits_after", logits.value(), &table(case, "eval_logits_after")?)?))
}

fn trajectory<T: Scalar>(case: &Case) -> Result<Worst, Stop> {
    let classes = case.number("classes")? as usize;
    let (batch, steps) = (case.number("batch")? as usize, case.number("steps")? as usize);
    let mut model = made::<T>(case, classes)?;
    fill(&mut model);
    let attrs = Attrs::new(case.fields.get("optimizer_attrs").and_then(Value::as_object));
    let name = case.fields.get("optimizer").and_then(Value::as_str).unwrap_or_default();
    let mut optimizer =
        optimizer::build::<T>(name, &attrs, &model)?.ok_or_else(|| unsupported(format!("optimizer {name}")))?;
    attrs.finish()?;

    let mut extents = vec![batch];
    extents.extend(case.numbers("input_shape")?.iter().map(|&d| d as usize));
    let shape = Shape::from_slice(&extents)?;
    let expected = case.numbers("loss")?;
    let mut worst = Worst::default();
    let mut cx = Context::train(0);
    for (t, &expected) in expected.iter().enumerate().take(steps) {
        let input = filled::<T>(&shape, 50 + t as u64, 1.0);
        let target = Tensor::from_fn([batch], |j| ((7 * j + t) % classes) as i64);
        let loss = cross_entropy(&model.forward(&input.into(), &mut cx)?, &target)?;
        let got = loss.item()?.to_f64();
        let allowed = Tolerance::of_trajectory(T::DTYPE, t);
        worst = worst.worse(number(&format!("loss at step {t}"), got, expected, allowed)?);
        optimizer.step(&mut model, &loss.backward()?)?;
    }
    let allowed = Tolerance::at_the_end(T::DTYPE);
    for (name, expected) in norms(case, "final_l2")? {
        let got = length(named(&model, &name)?.value());
        worst = worst.worse(number(&format!("final_l2 of {name}"), got, expected, allowed)?);
    }
    Ok(worst)
}

type Model<T> = Box<dyn Layer<T>>;

fn made<T: Scalar>(case: &Case, classes: usize) -> Result<Model<T>, Stop> {
    let name = case.fields.get("model").and_then(Value::as_str).unwrap_or_default();
    build(name, classes).ok_or_else(|| unsupported(name))
}

/// Gives every parameter its value by formula.
fn fill<T: Scalar>(model: &mut Model<T>) {
    let mut k = 0;
    model.for_each_parameter_mut(&mut |name, param| {
        param.set(parameter(name, param.shape(), k)).expect("made for the parameter's shape");
        k += 1;
    });
}

fn named<'a, T: Scalar>(model: &'a Model<T>, name: &str) -> Result<&'a Param<T>, Stop> {
    let found = model.named_parameters().into_iter().find(|(found, _)| found == name);
    found.map(|(_, param)| param).ok_or_else(|| failed(format!("the model has no parameter {name}")))
}

/// Names, order and shapes must be PyTorch's, so that its files load.
fn check_names<T: Scalar>(case: &Case, model: &Model<T>) -> Result<(), Stop> {
    let shapes = case.fields.get("parameter_shapes").and_then(Value::as_array).into_iter().flatten();
    let expected = case.names("parameter_order").into_iter().zip(shapes);
    let expected: Vec<String> = expected.map(|(name, shape)| format!("{name} {shape}")).collect();
    let shape = |param: &Param<T>| Value::from(param.shape().to_vec());
    let got = model.named_parameters();
    let got: Vec<String> = got.into_iter().map(|(name, param)| format!("{name} {}", shape(param))).collect();
    same_names("parameters", &got, &expected)?;
    let state = model.state_dict();
    let got: Vec<&str> = state.iter().map(|(name, _)| name).collect();
    same_names("state dict", &got, &case.names("state_dict_keys"))
}

fn same_names<A: AsRef<str>, B: AsRef<str>>(what: &str, got: &[A], expected: &[B]) -> Result<(), Stop> {
    let (got, expected) = (got.iter().map(A::as_ref), expected.iter().map(B::as_ref));
    match got.clone().zip(expected.clone()).find(|(got, expected)| got != expected) {
        Some((got, expected)) => Err(failed(format!("{what}: expected {expected}, got {got}"))),
        None if got.len() != expected.len() => {
            Err(failed(format!("{what}: expected {} entries, got {}", expected.len(), got.len())))
        }
        None => Ok(()),
    }
}

/// Running means and variances, of which the sums and norms are known.
fn statistics<T: Scalar>(case: &Case, model: &Model<T>) -> Result<Worst, Stop> {
    let state = model.state_dict();
    let mut worst = Worst::default();
    for (name, expected) in case.fields.get("running_after").and_then(Value::as_object).into_iter().flatten() {
        let Some(Entry::Float(buffer)) = state.get(name) else {
            return Err(failed(format!("the model has no buffer {name}")));
        };
        let (Some(sum), Some(l2)) = (expected["sum"].as_f64(), expected["l2"].as_f64()) else {
            return Err(unsupported(format!("statistics of {name} without sum and l2")));
        };
        let values: Vec<f64> = buffer.values().iter().map(|x| x.to_f64()).collect();
        let allowed = Tolerance::of(T::DTYPE);
        // Values of both signs cancel in a sum; the norm times the root of their number is the scale of what it adds.
        let scale = l2 * (values.len() as f64).sqrt();
        let for_sum = Tolerance { relative: 0.0, absolute: allowed.absolute + allowed.relative * scale };
        worst = worst.worse(number(&format!("sum of {name}"), values.iter().sum(), sum, for_sum)?);
        worst = worst.worse(number(&format!("l2 of {name}"), norm(values.into_iter()), l2, allowed)?);
    }
    Ok(worst)
}

/// One number.
fn number(place: &str, got: f64, expected: f64, allowed: Tolerance) -> Result<Worst, Stop> {
    let worst = compare(place, &[], &[got], &[expected], allowed)?;
    Ok(Worst { place: place.into(), ..worst })
}

/// A tensor as a whole: in `f64` value by value, in `f32` by the norm of the difference.
fn tensor<T: Scalar>(place: &str, got: &Tensor<T>, expected: &[f64]) -> Result<Worst, Stop> {
    let values: Vec<f64> = got.values().iter().map(|x| x.to_f64()).collect();
    let allowed = Tolerance::of(T::DTYPE);
    match T::DTYPE {
        "f64" => compare(place, got.shape(), &values, expected, allowed),
        _ => compare_norm(place, &values, expected, allowed.relative),
    }
}

/// A table of numbers in row-major order.
fn table(case: &Case, field: &str) -> Result<Vec<f64>, Stop> {
    let rows = case.fields.get(field).and_then(Value::as_array).into_iter().flatten();
    let numbers = rows.flat_map(|row| row.as_array().into_iter().flatten()).map(Value::as_f64);
    numbers.collect::<Option<_>>().ok_or_else(|| unsupported(format!("case without a table {field:?}")))
}

/// Numbers by name.
fn norms(case: &Case, field: &str) -> Result<Vec<(String, f64)>, Stop> {
    let norms =
        case.fields.get(field).and_then(Value::as_object).map(|norms| {
            norms.iter().map(|(name, norm)| Some((name.clone(), norm.as_f64()?))).collect::<Option<Vec<_>>>()
        });
    norms.flatten().ok_or_else(|| unsupported(format!("case without norms {field:?}")))
}

fn length<T: Scalar>(tensor: &Tensor<T>) -> f64 {
    norm(tensor.values().iter().map(|x| x.to_f64()))
}
