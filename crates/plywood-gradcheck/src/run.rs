//! Running the function under test, forwards and backwards.

use std::error::Error;

use plywood_autograd::{Gradients, Tensor, Var};

use crate::failure::{Failure, Kind};

/// What a function under test may return: one or several outputs, or a `Result` of them.
pub trait Outputs {
    #[doc(hidden)]
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>>;
}

impl Outputs for Var<f64> {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        Ok(vec![self])
    }
}

impl Outputs for Vec<Var<f64>> {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        Ok(self)
    }
}

impl<const N: usize> Outputs for [Var<f64>; N] {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        Ok(self.into())
    }
}

impl Outputs for (Var<f64>, Var<f64>) {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        Ok(vec![self.0, self.1])
    }
}

impl Outputs for (Var<f64>, Var<f64>, Var<f64>) {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        Ok(vec![self.0, self.1, self.2])
    }
}

impl<O: Outputs, E: Into<Box<dyn Error>>> Outputs for Result<O, E> {
    fn vars(self) -> Result<Vec<Var<f64>>, Box<dyn Error>> {
        self.map_err(Into::into)?.vars()
    }
}

/// The function under test without its types, so that what follows is compiled once: from the inputs' values to the
/// inputs and outputs of a graph. Without `record` the inputs may be constants.
pub type Function<'f> = dyn Fn(&[Tensor<f64>], bool) -> Result<Run, Box<dyn Error>> + 'f;

/// One run of the function under test.
pub struct Run {
    pub leaves: Vec<Var<f64>>,
    pub outputs: Vec<Var<f64>>,
}

/// The values of the outputs; nothing needs to be recorded.
pub fn values(f: &Function, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, Failure> {
    Ok(run(f, inputs, false)?.outputs.into_iter().map(Var::into_value).collect())
}

fn run(f: &Function, inputs: &[Tensor<f64>], record: bool) -> Result<Run, Failure> {
    f(inputs, record).map_err(|e| Failure::new(Kind::Function, format!("the function failed: {e}")))
}

/// One pass forwards and backwards.
pub struct Pass {
    pub values: Vec<Tensor<f64>>,
    /// The gradient of each input; zeros where none arrived.
    pub gradients: Vec<Tensor<f64>>,
}

/// The gradients of `sum over outputs of (output · cotangent)`. Those of the inputs get `extra` on top, which arrives
/// first: the function's own gradients have to be added to it.
pub fn pass(
    f: &Function,
    inputs: &[Tensor<f64>],
    cotangents: &[Tensor<f64>],
    extra: &[Tensor<f64>],
) -> Result<Pass, Failure> {
    let Run { leaves, outputs } = run(f, inputs, true)?;
    let values: Vec<_> = outputs.iter().map(|y| y.value().clone()).collect();
    if !values.iter().map(Tensor::shape).eq(cotangents.iter().map(Tensor::shape)) {
        let message = "a second run with the same inputs gives outputs of other shapes";
        return Err(Failure::new(Kind::Nondeterministic, message));
    }
    let joined: Vec<&Var<f64>> = outputs.iter().chain(leaves.iter().take(extra.len())).collect();
    // Copied, so that they have one owner each and a rule may write on top of them in place.
    let extra = extra.iter().map(|e| e.map(|x| x));
    let seeds: Vec<Tensor<f64>> = cotangents.iter().cloned().chain(extra).collect();
    let total = Var::op("gradcheck", &joined, Tensor::scalar(0.0), |_| {
        move |_, sink| seeds.into_iter().enumerate().try_for_each(|(i, seed)| sink.add(i, || Ok(seed)))
    });
    drop(outputs);
    let gradients = match total.requires_grad() {
        true => total.backward().map_err(|e| Failure::new(Kind::Function, format!("the backward pass failed: {e}")))?,
        false => Gradients::new(),
    };
    let gradients = leaves.iter().map(|leaf| match gradients.get(leaf) {
        Some(gradient) => gradient.clone(),
        None => Tensor::zeros(leaf.shape()),
    });
    Ok(Pass { values, gradients: gradients.collect() })
}
