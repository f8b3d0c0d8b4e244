//! Running one case: inputs in, the operation, outputs and gradients compared.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use plywood_autograd::Var;
use plywood_nn::Module;
use plywood_tensor::safetensors::Reader;
use plywood_tensor::{Error, Scalar, Tensor};

use super::manifest::{Attrs, Case};
use super::outcome::{Stop, Worst, failed, unsupported};
use super::source::Source;
use super::tolerance::Tolerance;
use super::{init, model, ops, optimizer, schedule};

impl From<Error> for Stop {
    /// An operation that refuses valid input is wrong.
    fn from(error: Error) -> Self {
        failed(format!("error: {error}"))
    }
}

/// The inputs and arguments of a case as its runner sees them.
pub struct Inputs<'a, T: Scalar> {
    /// The operation's arguments.
    pub attrs: Attrs<'a>,
    source: &'a Source<'a>,
    leaves: RefCell<BTreeMap<&'a str, Var<T>>>,
    read: RefCell<BTreeSet<String>>,
}

/// A result of an operation.
pub enum Output<T: Scalar> {
    /// Floating-point numbers, perhaps with a graph behind them.
    Float(Var<T>),
    /// Indices, which must be the same.
    Ints(Tensor<i64>),
}

/// The results of an operation by name.
pub type Outputs<T> = Vec<(&'static str, Output<T>)>;

/// The one result of most operations.
pub fn output<T: Scalar>(value: Var<T>) -> Outputs<T> {
    vec![("output", Output::Float(value))]
}

impl<'a, T: Scalar> Inputs<'a, T> {
    fn new(case: &'a Case, source: &'a Source<'a>) -> Result<Self, Stop> {
        let leaf = |name| Ok((name, Var::leaf(source.float(name)?)));
        let leaves = source.grads().into_iter().map(leaf).collect::<Result<BTreeMap<_, _>, Stop>>()?;
        Ok(Self { attrs: case.attrs(), source, leaves: RefCell::new(leaves), read: RefCell::default() })
    }

    /// Whether the case has an input of this name.
    pub fn has(&self, name: &str) -> bool {
        self.source.inputs().contains(&name)
    }

    /// Whether an input holds floating-point numbers (and not integers or truth values).
    pub fn is_float(&self, name: &str) -> bool {
        self.source.is_float(name)
    }

    /// A floating-point input: a leaf where its gradient is expected, a constant elsewhere.
    pub fn var(&self, name: &str) -> Result<Var<T>, Stop> {
        self.note(name)?;
        match self.leaves.borrow().get(name) {
            Some(leaf) => Ok(leaf.clone()),
            None => Ok(self.source.float(name)?.into()),
        }
    }

    /// An input that may be left out.
    pub fn optional(&self, name: &str) -> Result<Option<Var<T>>, Stop> {
        if self.has(name) { self.var(name).map(Some) } else { Ok(None) }
    }

    /// Integer input.
    pub fn ints(&self, name: &str) -> Result<Tensor<i64>, Stop> {
        self.note(name)?;
        self.source.ints(name)
    }

    /// Input of truth values.
    pub fn bools(&self, name: &str) -> Result<Tensor<bool>, Stop> {
        self.note(name)?;
        self.source.bools(name)
    }

    /// Gives a layer's parameters the values of the inputs that have their names, and looks for gradients there.
    pub fn load(&self, layer: &mut impl Module<T>) -> Result<(), Stop> {
        let mut outcome = Ok(());
        layer.for_each_parameter_mut(&mut |name, param| {
            let mut load = || {
                self.note(name)?;
                let value = self.source.float(name)?;
                if let Some(leaf) = self.leaves.borrow_mut().get_mut(name) {
                    *leaf = Var::leaf_of(param.key(), None, value.clone());
                }
                Ok(param.set(value)?)
            };
            if outcome.is_ok() {
                outcome = load();
            }
        });
        outcome
    }

    /// The names of all inputs, in the manifest's order.
    pub fn names(&self) -> Vec<&'a str> {
        self.source.inputs()
    }

    fn note(&self, name: &str) -> Result<(), Stop> {
        if !self.has(name) {
            return Err(unsupported(format!("no input {name}")));
        }
        self.read.borrow_mut().insert(name.into());
        Ok(())
    }

    /// Fails if an argument or an input was given that the runner hasn't read: it would have been ignored.
    fn finish(&self) -> Result<(), Stop> {
        self.attrs.finish()?;
        let read = self.read.borrow();
        let left: Vec<&str> = self.names().into_iter().filter(|&name| !read.contains(name)).collect();
        if left.is_empty() { Ok(()) } else { Err(unsupported(format!("input {}", left.join(", ")))) }
    }
}

/// Runs a case in `T` and compares all that the manifest expects.
pub fn run<T: Scalar>(case: &Case, file: Option<&Reader>) -> Result<Worst, Stop> {
    let whole = model::run::<T>(case).or_else(|| schedule::run::<T>(case)).or_else(|| init::run(case));
    if let Some(outcome) = whole.or_else(|| optimizer::run::<T>(case, file)) {
        return outcome;
    }
    let Some(runner) = ops::find::<T>(&case.op) else { return Err(unsupported("")) };
    let source = Source::new(case, file);
    let inputs = Inputs::<T>::new(case, &source)?;
    let outputs = runner(&inputs)?;
    inputs.finish()?;
    compare(&source, &inputs, &outputs)
}

/// The names of the operations in the graph behind a case's results.
pub fn recorded(case: &Case, file: Option<&Reader>) -> Result<BTreeSet<&'static str>, Stop> {
    let Some(runner) = ops::find::<f64>(&case.op) else { return Err(unsupported("")) };
    let source = Source::new(case, file);
    let outputs = runner(&Inputs::new(case, &source)?)?;
    let graphs = outputs.iter().filter_map(|(_, output)| match output {
        Output::Float(value) => Some(value.graph()),
        Output::Ints(_) => None,
    });
    Ok(graphs.flat_map(|graph| graph.nodes).map(|node| node.op).collect())
}

fn compare<T: Scalar>(source: &Source, inputs: &Inputs<T>, outputs: &Outputs<T>) -> Result<Worst, Stop> {
    let allowed = Tolerance::of(T::DTYPE);
    let mut worst = Worst::default();
    let mut pulled = vec![];
    for name in source.outputs() {
        let found = outputs.iter().find(|(found, _)| *found == name).map(|(_, output)| output);
        match found.ok_or_else(|| unsupported(format!("output {name}")))? {
            Output::Ints(got) => worst = worst.worse(source.check_ints(name, got)?),
            Output::Float(got) => {
                worst = worst.worse(source.check("output", name, got.value(), allowed)?);
                if let Some(cotangent) = source.cotangent(name)? {
                    pulled.push((got, cotangent));
                }
            }
        }
    }
    let leaves = inputs.leaves.borrow();
    if leaves.is_empty() {
        return Ok(worst);
    }
    let gradients = pull(&pulled)?.backward()?;
    for (name, leaf) in &*leaves {
        let got = gradients.get(leaf).ok_or_else(|| failed(format!("grad/{name}: no gradient arrived")))?;
        worst = worst.worse(source.check("grad", name, got, allowed)?);
    }
    Ok(worst)
}

/// The sum over all outputs of output · cotangent: the loss whose gradients the manifest holds. An operation of its
/// own, so that no case depends on the library's `mul` and `sum`.
fn pull<T: Scalar>(pulled: &[(&Var<T>, Tensor<T>)]) -> Result<Var<T>, Stop> {
    let mut loss = T::ZERO;
    for (output, cotangent) in pulled {
        loss += output.value().zip_map(cotangent, |y, d| y * d)?.sum();
    }
    let outputs: Vec<&Var<T>> = pulled.iter().map(|(output, _)| *output).collect();
    Ok(Var::op("pull", &outputs, Tensor::scalar(loss), |_| {
        let cotangents: Vec<Tensor<T>> = pulled.iter().map(|(_, cotangent)| cotangent.clone()).collect();
        move |_, sink| cotangents.into_iter().enumerate().try_for_each(|(i, cotangent)| sink.add(i, || Ok(cotangent)))
    }))
}
