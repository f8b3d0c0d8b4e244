//! Analytical against numerical derivatives.

use plywood_autograd::Tensor;

use crate::check::Check;
use crate::failure::{Failure, Kind, index};
use crate::run::{pass, values};
use crate::values::mix;

/// Two numbers, or other things, that should have been the same.
pub(crate) struct Mistake {
    pub place: String,
    pub expected: String,
    pub got: String,
}

impl Mistake {
    /// The failure whose message this ends.
    pub fn fail(&self, kind: Kind, message: &str) -> Failure {
        Failure::new(kind, format!("{message}: {} {}, expected {}", self.place, self.got, self.expected))
    }
}

/// An entry of the Jacobian, or of a projection of it, that is wrong.
struct Entry {
    /// `d output 0 [1, 2] / d input 0 [3]`.
    name: String,
    analytical: f64,
    numerical: f64,
    /// The value of the input, and whether the slopes on its two sides differ.
    at: Option<(f64, bool)>,
}

impl Entry {
    fn error(&self) -> f64 {
        (self.analytical - self.numerical).abs()
    }
}

/// Compares the full Jacobian where it is small, projections and single entries where it isn't.
pub(crate) fn compare(check: &Check, outputs: &[Tensor<f64>]) -> Result<(), Failure> {
    let n: usize = check.inputs.iter().map(Tensor::elements).sum();
    let m: usize = outputs.iter().map(Tensor::elements).sum();
    if 2 * n + m <= check.settings.max_passes { full(check, outputs, n, m) } else { sampled(check, outputs) }
}

/// Every entry: a column by a difference quotient for each value of the inputs, a row by a backward pass for each
/// value of the outputs.
fn full(check: &Check, outputs: &[Tensor<f64>], n: usize, m: usize) -> Result<(), Failure> {
    // Cotangents other than 1 show a rule that takes the incoming gradient for 1.
    let mut rows = Vec::with_capacity(m);
    for (k, y) in outputs.iter().enumerate() {
        for j in 0..y.elements() {
            let weight = 1.5 + (mix(j as u64) % 4) as f64 / 8.0;
            let mut cotangents: Vec<_> = outputs.iter().map(|y| Tensor::zeros(y.shape())).collect();
            cotangents[k].make_mut()[j] = weight;
            let gradients = pass(check.f, check.inputs, &cotangents, &[])?.gradients;
            let row: Vec<f64> = gradients.iter().flat_map(|g| g.map(|g| g / weight).to_vec()).collect();
            rows.push((k, j, row));
        }
    }
    let mut wrong = Vec::new();
    let mut column = 0;
    for (i, x) in check.inputs.iter().enumerate() {
        for e in 0..x.elements() {
            let sides = Sides::of_element(check, i, e)?;
            for ((k, j, row), slope) in rows.iter().zip(sides.slopes()) {
                let name = format!("d output {k} {} / d {} {}", index(&outputs[*k], *j), check.names[i], index(x, e));
                let (kink, at) = (sides.kink(outputs, *k, *j), x.values()[e]);
                judge(check, row[column], slope, &mut wrong, || (name, Some((at, kink))));
            }
            column += 1;
        }
    }
    report(wrong, n * m, "entries of the Jacobian")
}

/// Projections with random vectors, then entries of the projected gradient at random.
fn sampled(check: &Check, outputs: &[Tensor<f64>]) -> Result<(), Failure> {
    const COTANGENTS: u64 = 2;
    const DIRECTIONS: u64 = 3;
    const ENTRIES: usize = 24;
    let mut wrong = Vec::new();
    let mut compared = 0;
    for c in 0..COTANGENTS {
        let cotangents: Vec<_> =
            outputs.iter().enumerate().map(|(k, y)| check.random(y, 100 + c * 1000 + k as u64)).collect();
        let gradients = pass(check.f, check.inputs, &cotangents, &[])?.gradients;
        let project = |slopes: &[f64]| -> f64 {
            let weights = cotangents.iter().flat_map(|c| c.to_vec());
            weights.zip(slopes).map(|(w, s)| w * s).sum()
        };
        for (i, x) in check.inputs.iter().enumerate() {
            let name = &check.names[i];
            for d in 0..DIRECTIONS {
                let direction = check.random(x, 200_000 + d * 1000 + i as u64);
                let numerical = project(&Sides::of_direction(check, i, &direction)?.slopes());
                let analytical = gradients[i].values().iter().zip(&*direction.values()).map(|(g, u)| g * u).sum();
                // A sum of many entries hides one of them unless it is compared more closely than each.
                let strict = Check {
                    settings: &crate::Gradcheck { rtol: check.settings.rtol * 0.01, ..*check.settings },
                    ..*check
                };
                judge(&strict, analytical, numerical, &mut wrong, || (format!("projection {d} on {name}"), None));
                compared += 1;
            }
            let picks = (0..ENTRIES.min(x.elements())).map(|p| {
                if x.elements() <= ENTRIES { p } else { (mix(c * 1000 + p as u64) % x.elements() as u64) as usize }
            });
            for e in picks {
                let numerical = project(&Sides::of_element(check, i, e)?.slopes());
                let name = || (format!("d projected outputs / d {name} {}", index(x, e)), Some((x.values()[e], false)));
                judge(check, gradients[i].values()[e], numerical, &mut wrong, name);
                compared += 1;
            }
        }
    }
    report(wrong, compared, "projections and entries")
}

fn judge(
    check: &Check,
    analytical: f64,
    numerical: f64,
    wrong: &mut Vec<Entry>,
    place: impl FnOnce() -> (String, Option<(f64, bool)>),
) {
    let allowed = check.settings.atol + check.settings.rtol * numerical.abs();
    let error = (analytical - numerical).abs();
    if error > allowed || error.is_nan() {
        let (name, at) = place();
        wrong.push(Entry { name, analytical, numerical, at });
    }
}

fn report(mut wrong: Vec<Entry>, compared: usize, what: &str) -> Result<(), Failure> {
    const SHOWN: usize = 5;
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.sort_by(|a, b| b.error().total_cmp(&a.error()));
    let mut message = format!("{} of {compared} {what} are wrong; the worst:", wrong.len());
    for Entry { name, analytical, numerical, at } in wrong.iter().take(SHOWN) {
        message += &format!("\n  {name}: analytical {analytical}, numerical {numerical}");
        if let Some((x, kink)) = at {
            message += &format!(" (input value {x})");
            if *kink {
                message += ", where the slopes to the left and to the right differ: is there a kink?";
            }
        }
    }
    Err(Failure::new(Kind::Wrong, message))
}

/// The outputs, flattened, on both sides of the point in some direction, and the distance between the two.
struct Sides {
    left: Vec<f64>,
    right: Vec<f64>,
    distance: f64,
}

impl Sides {
    /// Moves one value of an input.
    fn of_element(check: &Check, input: usize, element: usize) -> Result<Self, Failure> {
        let (x, eps) = (check.inputs[input].values()[element], check.settings.eps);
        let at = |value: f64| {
            let mut inputs = check.inputs.to_vec();
            inputs[input].make_mut()[element] = value;
            flat(check, &inputs)
        };
        // The distance between what the numbers were rounded to, not what they should have been.
        Ok(Self { left: at(x - eps)?, right: at(x + eps)?, distance: (x + eps) - (x - eps) })
    }

    /// Moves all values of an input along a direction.
    fn of_direction(check: &Check, input: usize, direction: &Tensor<f64>) -> Result<Self, Failure> {
        let at = |eps: f64| {
            let mut inputs = check.inputs.to_vec();
            inputs[input] = inputs[input].zip_map(direction, |x, u| x + eps * u).expect("shapes are equal");
            flat(check, &inputs)
        };
        let eps = check.settings.eps;
        Ok(Self { left: at(-eps)?, right: at(eps)?, distance: 2.0 * eps })
    }

    /// The difference quotient of each output value.
    fn slopes(&self) -> Vec<f64> {
        self.left.iter().zip(&self.right).map(|(l, r)| (r - l) / self.distance).collect()
    }

    /// Whether value `j` of output `k` has clearly different slopes on the two sides.
    fn kink(&self, outputs: &[Tensor<f64>], k: usize, j: usize) -> bool {
        let flat = outputs[..k].iter().map(Tensor::elements).sum::<usize>() + j;
        let (middle, half) = (outputs[k].values()[j], self.distance / 2.0);
        let (left, right) = ((middle - self.left[flat]) / half, (self.right[flat] - middle) / half);
        (left - right).abs() > 1e-2 * left.abs().max(right.abs()).max(1.0)
    }
}

fn flat(check: &Check, inputs: &[Tensor<f64>]) -> Result<Vec<f64>, Failure> {
    Ok(values(check.f, inputs)?.iter().flat_map(Tensor::to_vec).collect())
}
