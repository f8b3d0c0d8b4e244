//! Initial values: fans, gains, and the bounds and deviations that follow from them. All are `f64`.

use plywood_nn::init::{Fan, Nonlinearity, fans, kaiming_std, lecun_std, xavier_std};
use plywood_tensor::Shape;
use serde_json::Value;

use super::manifest::Case;
use super::outcome::{Stop, Worst, failed, unsupported};
use super::tolerance::{Tolerance, compare};

/// Runs a case of the group `init`; `None` if the operation isn't one of it.
pub fn run(case: &Case) -> Option<Result<Worst, Stop>> {
    match case.op.as_str() {
        "fan" => Some(fan(case)),
        "gain" => Some(gain(case)),
        _ => None,
    }
}

fn fan(case: &Case) -> Result<Worst, Stop> {
    let extents: Vec<usize> = case.numbers("shape")?.iter().map(|&d| d as usize).collect();
    let shape = Shape::from_slice(&extents)?;
    let (fan_in, fan_out) = fans(&shape)?;
    // An even distribution over ±b has the deviation b / √3.
    let bound = 3f64.sqrt();
    let mut worst = Worst::default();
    for (field, expected) in &case.fields {
        let got = match field.as_str() {
            "id" | "op" | "shape" => continue,
            "fan_in" => fan_in as f64,
            "fan_out" => fan_out as f64,
            "xavier_uniform_bound" => bound * xavier_std(&shape, 1.0)?,
            "xavier_normal_std" => xavier_std(&shape, 1.0)?,
            "kaiming_uniform_relu_bound" => bound * kaiming_std(&shape, Nonlinearity::ReLU, Fan::In)?,
            "kaiming_normal_relu_std" => kaiming_std(&shape, Nonlinearity::ReLU, Fan::In)?,
            "lecun_uniform_bound" => bound * lecun_std(&shape)?,
            "lecun_normal_std" => lecun_std(&shape)?,
            other => return Err(unsupported(other)),
        };
        worst = worst.worse(number(field, got, expected)?);
    }
    Ok(worst)
}

fn gain(case: &Case) -> Result<Worst, Stop> {
    let name = case.fields.get("nonlinearity").and_then(Value::as_str).unwrap_or_default();
    let nonlinearity = match name {
        "linear" => Nonlinearity::Linear,
        "sigmoid" => Nonlinearity::Sigmoid,
        "tanh" => Nonlinearity::Tanh,
        "relu" => Nonlinearity::ReLU,
        "leaky_relu" => Nonlinearity::LeakyReLU(case.fields.get("param").and_then(Value::as_f64).unwrap_or(0.01)),
        "selu" => Nonlinearity::SELU,
        conv if conv.starts_with("conv") => Nonlinearity::Linear,
        other => return Err(unsupported(other)),
    };
    number("gain", nonlinearity.gain(), &case.fields["gain"])
}

fn number(place: &str, got: f64, expected: &Value) -> Result<Worst, Stop> {
    let expected = expected.as_f64().ok_or_else(|| failed(format!("{place}: {expected} is not a number")))?;
    compare(place, &[], &[got], &[expected], Tolerance::F64)
}
