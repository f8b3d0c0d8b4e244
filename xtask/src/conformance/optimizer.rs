//! Optimizers: parameters after each step, from given gradients.

use plywood_autograd::{Gradients, Key};
use plywood_nn::{Module, Param, Visitor, VisitorMut};
use plywood_optim::*;
use plywood_tensor::safetensors::Reader;
use plywood_tensor::{Scalar, Tensor};

use super::manifest::{Attrs, Case};
use super::outcome::{Stop, Worst, failed, unsupported};
use super::tolerance::{Tolerance, compare};

/// Builds an optimizer from those settings that the case gives; the others keep their defaults, which are PyTorch's.
macro_rules! build {
    ($attrs:ident, $model:ident, $config:ident, $lr:literal,
     [$($float:ident)*], [$($pair:ident)*], [$($flag:ident)*]) => {{
        let mut config = $config::new($attrs.float_or("lr", $lr)?);
        $(if let Some(value) = $attrs.float(stringify!($float))? {
            config = config.$float(value);
        })*
        $(if let Some(values) = $attrs.floats(stringify!($pair))? {
            let [first, second] = values[..] else { return Err(unsupported(concat!("attribute ", stringify!($pair)))) };
            config = config.$pair((first, second));
        })*
        $(if $attrs.get(stringify!($flag)).is_some() {
            config = config.$flag($attrs.flag_or(stringify!($flag), false)?);
        })*
        Box::new(config.build($model)?) as Box<dyn Optimizer<T>>
    }};
}

/// An optimizer by its PyTorch name, with arguments under their PyTorch names; `None` if there is none of this name.
#[rustfmt::skip]
pub fn build<T: Scalar>(
    name: &str, attrs: &Attrs<'_>, model: &impl Module<T>,
) -> Result<Option<Box<dyn Optimizer<T>>>, Stop> {
    Ok(Some(match name {
        "SGD" => build!(attrs, model, SGDConfig, 1e-3, [momentum dampening weight_decay], [], [nesterov maximize]),
        "Adam" => build!(attrs, model, AdamConfig, 1e-3, [eps weight_decay], [betas], [amsgrad maximize]),
        "AdamW" => build!(attrs, model, AdamWConfig, 1e-3, [eps weight_decay], [betas], [amsgrad maximize]),
        "Adagrad" => build!(attrs, model, AdagradConfig, 1e-2,
            [lr_decay weight_decay initial_accumulator_value eps], [], [maximize]),
        "Adadelta" => build!(attrs, model, AdadeltaConfig, 1.0, [rho eps weight_decay], [], [maximize]),
        "RMSprop" => build!(attrs, model, RMSpropConfig, 1e-2,
            [alpha eps weight_decay momentum], [], [centered maximize]),
        "Adamax" => build!(attrs, model, AdamaxConfig, 2e-3, [eps weight_decay], [betas], [maximize]),
        "NAdam" => build!(attrs, model, NAdamConfig, 2e-3,
            [eps weight_decay momentum_decay], [betas], [decoupled_weight_decay maximize]),
        "RAdam" => build!(attrs, model, RAdamConfig, 1e-3,
            [eps weight_decay], [betas], [decoupled_weight_decay maximize]),
        "Rprop" => build!(attrs, model, RpropConfig, 1e-2, [], [etas step_sizes], [maximize]),
        _ => return Ok(None),
    }))
}

/// Parameters by name, as the cases have them.
struct Parameters<T: Scalar>(Vec<(String, Param<T>)>);

impl<T: Scalar> Module<T> for Parameters<T> {
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>) {
        self.0.iter().for_each(|(name, param)| visitor.field(name, param));
    }

    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>) {
        self.0.iter_mut().for_each(|(name, param)| visitor.field(name, param));
    }
}

/// Runs a case of an optimizer or of clipping; `None` if the operation is neither.
pub fn run<T: Scalar>(case: &Case, file: Option<&Reader>) -> Option<Result<Worst, Stop>> {
    if matches!(case.op.as_str(), "clip_grad_norm" | "clip_grad_value") {
        return Some(clip::<T>(case, file));
    }
    let attrs = case.attrs();
    let file = file?;
    let mut parameters = match parameters::<T>(case, file) {
        Ok(parameters) => parameters,
        Err(stop) => return Some(Err(stop)),
    };
    let optimizer = build(&case.op, &attrs, &parameters).transpose()?;
    Some(optimizer.and_then(|mut optimizer| {
        attrs.finish()?;
        steps(case, file, &mut parameters, &mut *optimizer)
    }))
}

fn parameters<T: Scalar>(case: &Case, file: &Reader) -> Result<Parameters<T>, Stop> {
    let prefix = format!("{}/param/", case.id);
    let names = file.names().filter_map(|key| key.strip_prefix(&prefix));
    let param = |name: &str| Ok((name.to_string(), Param::new(file.float(&format!("{prefix}{name}"))?)));
    Ok(Parameters(names.map(param).collect::<Result<_, Stop>>()?))
}

fn steps<T: Scalar>(
    case: &Case,
    file: &Reader,
    parameters: &mut Parameters<T>,
    optimizer: &mut dyn Optimizer<T>,
) -> Result<Worst, Stop> {
    let steps = case.number("steps")? as usize;
    let mut worst = Worst::default();
    for step in 0..steps {
        let mut gradients = Gradients::new();
        for (name, param) in &parameters.0 {
            gradients.add(param.key(), at_step(file, &format!("{}/grads/{name}", case.id), step)?);
        }
        optimizer.step(parameters, &gradients)?;
        for (name, param) in &parameters.0 {
            let expected: Tensor<f64> = at_step(file, &format!("{}/after/{name}", case.id), step)?;
            let place = format!("after/{name}, step {step}, ");
            worst = worst.worse(check(&place, param.value(), &expected)?);
        }
    }
    Ok(worst)
}

/// The values of one step: entry `step` of the first dimension.
fn at_step<T: Scalar>(file: &Reader, name: &str, step: usize) -> Result<Tensor<T>, Stop> {
    Ok(file.float::<T>(name)?.select(0, step)?)
}

fn check<T: Scalar>(place: &str, got: &Tensor<T>, expected: &Tensor<f64>) -> Result<Worst, Stop> {
    if got.shape() != expected.shape() {
        return Err(failed(format!("{place}: expected shape {}, got {}", expected.shape(), got.shape())));
    }
    let got: Vec<f64> = got.values().iter().map(|x| x.to_f64()).collect();
    compare(place, expected.shape(), &got, &expected.values(), Tolerance::of(T::DTYPE))
}

fn clip<T: Scalar>(case: &Case, file: Option<&Reader>) -> Result<Worst, Stop> {
    let attrs = case.attrs();
    let limit = attrs.float("limit")?.ok_or_else(|| unsupported("no attribute limit"))?;
    attrs.finish()?;
    let file = file.ok_or_else(|| failed("the group has no safetensors file"))?;
    let prefix = format!("{}/grads/", case.id);
    let mut gradients = Gradients::<T>::new();
    let mut keys = vec![];
    for name in file.names().filter_map(|key| key.strip_prefix(&prefix)) {
        let key = Key::new();
        gradients.add(key, file.float(&format!("{prefix}{name}"))?);
        keys.push((name, key));
    }
    let mut worst = Worst::default();
    if case.op == "clip_grad_norm" {
        let got = clip_grad_norm(&mut gradients, limit)?;
        worst = compare("total_norm", &[], &[got], &[case.number("total_norm")?], Tolerance::of(T::DTYPE))?;
    } else {
        clip_grad_value(&mut gradients, limit)?;
    }
    for (name, key) in keys {
        let expected: Tensor<f64> = file.float(&format!("{}/after/{name}", case.id))?;
        let got = gradients.by_key(key).ok_or_else(|| failed(format!("the gradient of {name} is gone")))?;
        worst = worst.worse(check(&format!("after/{name}"), got, &expected)?);
    }
    Ok(worst)
}
