//! Where a case's numbers come from: the group's safetensors file, or the formula.

use plywood_tensor::safetensors::Reader;
use plywood_tensor::{Element, Scalar, Shape, Tensor};
use serde_json::Value;

use super::manifest::Case;
use super::outcome::{Stop, Worst, failed, unsupported};
use super::tolerance::{Tolerance, compare, compare_norm, norm};
use crate::formula::filled;

/// The tensors of one case by name, and what is expected of its results.
pub struct Source<'a> {
    case: &'a Case,
    file: Option<&'a Reader>,
}

impl<'a> Source<'a> {
    /// The tensors of `case`; those that aren't given by formula are in `file`.
    pub fn new(case: &'a Case, file: Option<&'a Reader>) -> Self {
        Self { case, file }
    }

    /// The names of the inputs.
    pub fn inputs(&self) -> Vec<&'a str> {
        match self.case.fields.get("fill").and_then(Value::as_object) {
            Some(fill) => fill.keys().map(String::as_str).filter(|name| *name != "cotangent").collect(),
            None => self.case.names("inputs"),
        }
    }

    /// The names of the results, in the manifest's order.
    pub fn outputs(&self) -> Vec<&'a str> {
        self.listed("outputs", "output/")
    }

    /// The names of the inputs whose gradients are expected.
    pub fn grads(&self) -> Vec<&'a str> {
        self.listed("grads", "grad/")
    }

    fn listed(&self, field: &str, prefix: &str) -> Vec<&'a str> {
        match self.case.fields.get("probes").and_then(Value::as_object) {
            Some(probes) => probes.keys().filter_map(|key| key.strip_prefix(prefix)).collect(),
            None => self.case.names(field),
        }
    }

    /// Whether the input `name` holds floating-point numbers.
    pub fn is_float(&self, name: &str) -> bool {
        let dtype = self.file.and_then(|file| file.dtype(&format!("{}/input/{name}", self.case.id)));
        !matches!(dtype, Some("I64" | "I32" | "U8" | "BOOL"))
    }

    /// The floating-point input `name`.
    pub fn float<T: Scalar>(&self, name: &str) -> Result<Tensor<T>, Stop> {
        self.tensor("input", name)
    }

    /// The gradient that flows into the output `name`, or `None` where it takes no part.
    pub fn cotangent<T: Scalar>(&self, name: &str) -> Result<Option<Tensor<T>>, Stop> {
        if self.case.fields.get("fill").is_some_and(|fill| fill.get("cotangent").is_some()) {
            return self.formula("cotangent").map(Some);
        }
        let key = format!("{}/cotangent/{name}", self.case.id);
        if self.file.is_none_or(|file| file.shape(&key).is_none()) {
            Ok(None)
        } else {
            self.tensor("cotangent", name).map(Some)
        }
    }

    /// A floating-point tensor of the file or, where the case has a formula for it, of the formula.
    pub fn tensor<T: Scalar>(&self, part: &str, name: &str) -> Result<Tensor<T>, Stop> {
        if self.case.fields.get("fill").is_some_and(|fill| fill.get(name).is_some()) {
            return self.formula(name);
        }
        Ok(self.file()?.float(&format!("{}/{part}/{name}", self.case.id))?)
    }

    /// The integer input `name`.
    pub fn ints(&self, name: &str) -> Result<Tensor<i64>, Stop> {
        self.exact("input", name)
    }

    /// The truth values of input `name`.
    pub fn bools(&self, name: &str) -> Result<Tensor<bool>, Stop> {
        let key = format!("{}/input/{name}", self.case.id);
        let file = self.file()?;
        Ok(if file.dtype(&key) == Some("BOOL") { file.tensor(&key)? } else { file.tensor::<u8>(&key)?.map(|x| x != 0) })
    }

    fn exact<E: Element>(&self, part: &str, name: &str) -> Result<Tensor<E>, Stop> {
        Ok(self.file()?.tensor(&format!("{}/{part}/{name}", self.case.id))?)
    }

    fn file(&self) -> Result<&'a Reader, Stop> {
        self.file.ok_or_else(|| failed("the group has no safetensors file"))
    }

    fn formula<T: Scalar>(&self, name: &str) -> Result<Tensor<T>, Stop> {
        formula(&self.case.fields["fill"][name])
    }

    /// Compares a floating-point result with what is expected: `part` is `output` or `grad`.
    pub fn check<T: Scalar>(&self, part: &str, name: &str, got: &Tensor<T>, allowed: Tolerance) -> Result<Worst, Stop> {
        let place = format!("{part}/{name}");
        let values: Vec<f64> = got.values().iter().map(|x| x.to_f64()).collect();
        if let Some(probes) = self.case.fields.get("probes") {
            return check_probes(&place, &values, &probes[&place], T::DTYPE, allowed);
        }
        let expected: Tensor<f64> = self.tensor(part, name)?;
        check_shape(&place, got.shape(), expected.shape())?;
        compare(&place, got.shape(), &values, &expected.values(), allowed)
    }

    /// Compares an integer output, which must be the same.
    pub fn check_ints(&self, name: &str, got: &Tensor<i64>) -> Result<Worst, Stop> {
        let place = format!("output/{name}");
        let expected: Tensor<i64> = self.exact("output", name)?;
        check_shape(&place, got.shape(), expected.shape())?;
        let as_floats = |tensor: &Tensor<i64>| tensor.values().iter().map(|&i| i as f64).collect::<Vec<_>>();
        let exactly = Tolerance { relative: 0.0, absolute: 0.0 };
        compare(&place, got.shape(), &as_floats(got), &as_floats(&expected), exactly)
    }
}

/// A tensor of the formula, from `{"shape", "stream", "scale"}`.
pub fn formula<T: Scalar>(recipe: &Value) -> Result<Tensor<T>, Stop> {
    let shape = recipe["shape"].as_array().map(|dims| dims.iter().map(Value::as_u64));
    let shape = shape.and_then(|dims| dims.map(|d| d.map(|d| d as usize)).collect::<Option<Vec<_>>>());
    let (Some(shape), Some(stream), Some(scale)) = (shape, recipe["stream"].as_u64(), recipe["scale"].as_f64()) else {
        return Err(unsupported(format!("values by formula from {recipe}")));
    };
    let shape = Shape::from_slice(&shape)?;
    shape.checked_elements().filter(|&len| len <= 1 << 30).ok_or_else(|| unsupported(format!("shape {shape}")))?;
    Ok(filled(&shape, stream, scale))
}

fn check_shape(place: &str, got: &Shape, expected: &Shape) -> Result<(), Stop> {
    if got == expected { Ok(()) } else { Err(failed(format!("{place}: expected shape {expected}, got {got}"))) }
}

/// Compares a large tensor through some of its values, its sum and its norm. In `f64` each must be as near as a stored
/// value; in `f32` the tensor as a whole must be, whose error bounds that of the sum (Cauchy and Schwarz).
fn check_probes(place: &str, values: &[f64], probes: &Value, dtype: &str, allowed: Tolerance) -> Result<Worst, Stop> {
    let list =
        |key: &str| probes[key].as_array().map(|list| list.iter().map(Value::as_f64).collect::<Option<Vec<_>>>());
    let (Some(Some(index)), Some(Some(expected)), Some(sum), Some(l2)) =
        (list("index"), list("value"), probes["sum"].as_f64(), probes["l2"].as_f64())
    else {
        return Err(unsupported(format!("probes of {place} without index, value, sum and l2")));
    };
    let got: Option<Vec<f64>> = index.iter().map(|&i| values.get(i as usize).copied()).collect();
    let got = got.ok_or_else(|| failed(format!("{place}: {} values are fewer than the probes reach", values.len())))?;
    let total: f64 = values.iter().sum();
    let length = norm(values.iter().copied());
    if dtype == "f64" {
        let probed = compare(place, &[got.len()], &got, &expected, allowed)?;
        let totals = compare(&format!("{place}, sum and norm"), &[2], &[total, length], &[sum, l2], allowed)?;
        return Ok(probed.worse(totals));
    }
    let limit = allowed.relative;
    let probed = compare_norm(place, &got, &expected, limit)?;
    let lengths = compare_norm(&format!("{place}, norm"), &[length], &[l2], limit)?;
    let off = (total - sum).abs();
    let room = limit * l2 * (values.len() as f64).sqrt();
    if off > room || off.is_nan() {
        return Err(failed(format!("{place}, sum: expected {sum}, got {total}, error {off:.2e}, allowed {room:.1e}")));
    }
    Ok(probed.worse(lengths))
}
