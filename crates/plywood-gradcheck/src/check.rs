//! The checks, one after the other.

use std::borrow::Borrow;

use plywood_autograd::Tensor;

use crate::Var;
use crate::derivative::{self, Mistake};
use crate::failure::{Failure, Kind, index};
use crate::layout::scatter;
use crate::run::{Function, Outputs, Pass, Run, pass, values};
use crate::values::{mix, unit};

/// Checks the gradients of a function by comparing them with difference quotients, and more; see the crate's
/// documentation. Tolerances are those of `torch.autograd.gradcheck`.
///
/// `f` gets the inputs as variables and returns one or several outputs; all inputs are taken as differentiable, other
/// arguments are captured by the closure.
///
/// ```
/// use plywood_gradcheck::{Kind, Tensor, Var, gradcheck};
///
/// fn square(x: &Var<f64>, factor: f64) -> Var<f64> {
///     Var::op("square", &[x], x.value().map(|x| x * x), |_| {
///         let x = x.value().clone();
///         move |dy, sink| sink.add(0, || x.zip_map(dy, |x, dy| factor * x * dy))
///     })
/// }
///
/// let x = Tensor::from([0.5, -1.5]);
/// gradcheck(|x| square(&x[0], 2.0), &[&x])?;
///
/// let failure = gradcheck(|x| square(&x[0], 3.0), &[x]).unwrap_err();
/// assert_eq!(failure.kind(), Kind::Wrong);
/// # Ok::<(), plywood_gradcheck::Failure>(())
/// ```
///
/// # Errors
/// A [`Failure`] that says which check failed, with the worst entries, analytical and numerical.
pub fn gradcheck<O: Outputs>(f: impl Fn(&[Var<f64>]) -> O, inputs: &[impl Input]) -> Result<(), Failure> {
    Gradcheck::default().check(f, inputs)
}

/// An input of a function under test: a tensor, or a reference to one.
pub trait Input: Borrow<Tensor<f64>> {}
impl<X: Borrow<Tensor<f64>>> Input for X {}

/// The settings of a check.
#[derive(Clone, Copy, Debug)]
pub struct Gradcheck {
    /// By how much an input is moved to either side for the difference quotient.
    pub eps: f64,
    /// The difference between analytical and numerical gradient that is allowed in proportion to the latter.
    pub rtol: f64,
    /// The difference that is allowed besides.
    pub atol: f64,
    /// Up to how many passes are made for the full Jacobian: two for each value of the inputs and one for each of the
    /// outputs. Where it takes more, random projections of it are compared, and single entries at random.
    pub max_passes: usize,
    /// Fixes the random numbers.
    pub seed: u64,
}

impl Default for Gradcheck {
    /// The step and tolerances of `torch.autograd.gradcheck`.
    fn default() -> Self {
        Self { eps: 1e-6, rtol: 1e-3, atol: 1e-5, max_passes: 400, seed: 0 }
    }
}

impl Gradcheck {
    /// Checks as [`gradcheck`](fn@gradcheck) does, with these settings.
    ///
    /// # Errors
    /// A [`Failure`] that says which check failed.
    pub fn check<O: Outputs>(&self, f: impl Fn(&[Var<f64>]) -> O, inputs: &[impl Input]) -> Result<(), Failure> {
        let inputs: Vec<_> = inputs.iter().map(|x| x.borrow().clone()).collect();
        let names: Vec<String> = (0..inputs.len()).map(|i| format!("input {i}")).collect();
        let run = |inputs: &[Tensor<f64>], record: bool| {
            let input = |x: &Tensor<f64>| if record { Var::leaf(x.clone()) } else { Var::from(x) };
            let leaves: Vec<_> = inputs.iter().map(input).collect();
            Ok(Run { outputs: f(&leaves).vars()?, leaves })
        };
        self.run(&run, &names, &inputs)
    }

    pub(crate) fn run(&self, f: &Function, names: &[String], inputs: &[Tensor<f64>]) -> Result<(), Failure> {
        let check = Check { settings: self, f, names, inputs };
        check.all().map_err(|failure| failure.with_inputs(names, inputs))
    }
}

/// One function at one point.
pub(crate) struct Check<'a> {
    pub settings: &'a Gradcheck,
    pub f: &'a Function<'a>,
    pub names: &'a [String],
    pub inputs: &'a [Tensor<f64>],
}

impl Check<'_> {
    fn all(&self) -> Result<(), Failure> {
        let outputs = values(self.f, self.inputs)?;
        for (k, y) in outputs.iter().enumerate() {
            finite(&format!("output {k}"), y)?;
        }
        let seeds: Vec<_> = outputs.iter().enumerate().map(|(k, y)| self.random(y, k as u64)).collect();
        let base = pass(self.f, self.inputs, &seeds, &[])?;
        for (name, g) in self.names.iter().zip(&base.gradients) {
            finite(&format!("the gradient of {name}"), g)?;
        }
        self.repeats(&outputs, &seeds, &base)?;
        self.follows_the_incoming_gradient(&seeds, &base)?;
        derivative::compare(self, &outputs)?;
        self.adds(&seeds, &base)?;
        self.takes_views(&seeds, &base)
    }

    /// Numbers of either sign, none near 0, one for each value of a tensor.
    pub fn random(&self, like: &Tensor<f64>, stream: u64) -> Tensor<f64> {
        let seed = mix(self.settings.seed ^ mix(!stream));
        Tensor::from_fn(like.shape(), |i| {
            let u = unit(seed ^ i as u64) - 0.5;
            u + 0.5f64.copysign(u)
        })
    }

    fn repeats(&self, outputs: &[Tensor<f64>], seeds: &[Tensor<f64>], base: &Pass) -> Result<(), Failure> {
        let recording = "a run that records the graph gives other values than one that doesn't";
        let second = "a second run with the same inputs differs, so the function is not deterministic";
        let again = pass(self.f, self.inputs, seeds, &[])?;
        for (k, unrecorded) in outputs.iter().enumerate() {
            let place = format!("output {k}");
            same(&place, &base.values[k], &again.values[k], 0.0).map_err(|m| m.fail(Kind::Nondeterministic, second))?;
            // The recorded run may compute in another order, to save something for the backward pass.
            same(&place, unrecorded, &base.values[k], CLOSE).map_err(|m| m.fail(Kind::Recording, recording))?;
        }
        for (k, name) in self.names.iter().enumerate() {
            let place = format!("the gradient of {name}");
            same(&place, &base.gradients[k], &again.gradients[k], 0.0)
                .map_err(|m| m.fail(Kind::Nondeterministic, second))?;
        }
        Ok(())
    }

    fn follows_the_incoming_gradient(&self, seeds: &[Tensor<f64>], base: &Pass) -> Result<(), Failure> {
        let tripled: Vec<_> = seeds.iter().map(|s| s.map(|s| 3.0 * s)).collect();
        let third = pass(self.f, self.inputs, &tripled, &[])?;
        self.gradients_agree(
            base,
            &third.gradients,
            |g| 3.0 * g,
            Kind::IncomingIgnored,
            || {
                "three times the incoming gradient doesn't give three times the gradient: \
             a rule ignores the incoming gradient, or uses something else for it"
                    .into()
            },
        )
    }

    fn adds(&self, seeds: &[Tensor<f64>], base: &Pass) -> Result<(), Failure> {
        let extra: Vec<_> = self.inputs.iter().map(|x| Tensor::full(x.shape(), 8.0)).collect();
        let both = pass(self.f, self.inputs, seeds, &extra)?;
        self.gradients_agree(
            base,
            &both.gradients,
            |g| g + 8.0,
            Kind::NotAdded,
            || {
                "an input that is also used elsewhere, with a gradient of 8 from there, doesn't get the sum of both: \
             a rule overwrites what it should add to"
                    .into()
            },
        )
    }

    fn takes_views(&self, seeds: &[Tensor<f64>], base: &Pass) -> Result<(), Failure> {
        for (i, name) in self.names.iter().enumerate() {
            let mut inputs = self.inputs.to_vec();
            inputs[i] = scatter(&inputs[i]);
            let wrong = format!("with {name} as a view whose values are scattered in memory, the result differs");
            let view = pass(self.f, &inputs, seeds, &[])?;
            for (k, (y, z)) in base.values.iter().zip(&view.values).enumerate() {
                same(&format!("output {k}"), y, z, CLOSE).map_err(|m| m.fail(Kind::View, &wrong))?;
            }
            self.gradients_agree(base, &view.gradients, |g| g, Kind::View, || wrong)?;
        }
        let scattered: Vec<_> = seeds.iter().map(scatter).collect();
        let view = pass(self.f, self.inputs, &scattered, &[])?;
        self.gradients_agree(
            base,
            &view.gradients,
            |g| g,
            Kind::IncomingView,
            || "with the incoming gradient as a view whose values are scattered in memory, the gradient differs".into(),
        )?;
        let ones: Vec<_> = seeds.iter().map(|s| Tensor::ones(s.shape())).collect();
        let expanded =
            ones.iter().map(|s| Tensor::scalar(1.0).expand(s.shape()).expect("a number broadcasts to any shape"));
        let base = pass(self.f, self.inputs, &ones, &[])?;
        let view = pass(self.f, self.inputs, &expanded.collect::<Vec<_>>(), &[])?;
        self.gradients_agree(
            &base,
            &view.gradients,
            |g| g,
            Kind::IncomingView,
            || "with the incoming gradient as one number broadcast to the shape, the gradient differs".into(),
        )
    }

    fn gradients_agree(
        &self,
        base: &Pass,
        got: &[Tensor<f64>],
        expected: impl Fn(f64) -> f64,
        kind: Kind,
        message: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        for ((name, base), got) in self.names.iter().zip(&base.gradients).zip(got) {
            if let Err(mistake) = same(&format!("the gradient of {name}"), &base.map(&expected), got, CLOSE) {
                return Err(mistake.fail(kind, &message()));
            }
        }
        Ok(())
    }
}

/// Two ways to compute the same thing may differ by rounding, in proportion to the greatest value.
const CLOSE: f64 = 1e-9;

fn finite(what: &str, x: &Tensor<f64>) -> Result<(), Failure> {
    match x.values().iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(i) => {
            let message = format!("{what} is {} at {}", x.values()[i], index(x, i));
            Err(Failure::new(Kind::NotFinite, message))
        }
    }
}

/// Compares what should be equal but for rounding of `tolerance` in proportion to the greatest value.
fn same(place: &str, expected: &Tensor<f64>, got: &Tensor<f64>, tolerance: f64) -> Result<(), Mistake> {
    if expected.shape() != got.shape() {
        let shape = |x: &Tensor<f64>| format!("of shape {}", x.shape());
        return Err(Mistake { place: place.into(), expected: shape(expected), got: shape(got) });
    }
    let greatest = expected.values().iter().fold(1.0f64, |m, v| m.max(v.abs()));
    let differs = |(e, g): (&f64, &f64)| (e - g).abs() > tolerance * greatest || g.is_nan() != e.is_nan();
    match expected.values().iter().zip(&*got.values()).position(differs) {
        None => Ok(()),
        Some(i) => Err(Mistake {
            place: format!("{place} at {} is", index(expected, i)),
            expected: expected.values()[i].to_string(),
            got: got.values()[i].to_string(),
        }),
    }
}
