//! One step of training, for networks of any kind: fresh batch in, forward, loss, backward, optimizer step.

use plywood_autograd::{Result, Var, cross_entropy};
use plywood_nn::{Context, Layer, Module};
use plywood_optim::Optimizer;
use plywood_tensor::{Scalar, Stream, Tensor};

use crate::formula::{filled, parameter};

/// What a network is fed.
#[derive(Clone)]
pub enum Batch<T: Scalar = f32> {
    /// Images or vectors.
    Values(Tensor<T>),
    /// Characters by their numbers, `[batch, time]`.
    Indices(Tensor<i64>),
}

/// How a network turns a batch into scores, `[rows, classes]`.
pub type Scores<N, T> = fn(&N, &Batch<T>, &mut Context) -> Result<Var<T>>;

/// A layer's scores.
pub fn of_values<T: Scalar, L: Layer<T>>(layer: &L, batch: &Batch<T>, cx: &mut Context) -> Result<Var<T>> {
    match batch {
        Batch::Values(x) => layer.forward(&x.into(), cx),
        Batch::Indices(_) => unreachable!("the table of training steps feeds layers with values"),
    }
}

/// A network and its optimizer, whatever their types.
pub trait Trains<T: Scalar = f32> {
    /// One step; returns the loss before it.
    fn step(&mut self, batch: &Batch<T>, target: &Tensor<i64>) -> Result<T>;

    /// Gives every parameter its value by formula, so that another library can start from the same.
    fn fill(&mut self);
}

/// Puts a network and the optimizer made for it together.
pub fn trains<T, N, O>(network: N, scores: Scores<N, T>, optimizer: O) -> Box<dyn Trains<T>>
where
    T: Scalar,
    N: Module<T> + 'static,
    O: Optimizer<T> + 'static,
{
    Box::new(Training { network, scores, optimizer, cx: Context::train(0) })
}

struct Training<N, O, T: Scalar> {
    network: N,
    scores: Scores<N, T>,
    optimizer: O,
    cx: Context,
}

impl<T: Scalar, N: Module<T>, O: Optimizer<T>> Trains<T> for Training<N, O, T> {
    fn step(&mut self, batch: &Batch<T>, target: &Tensor<i64>) -> Result<T> {
        let loss = cross_entropy(&(self.scores)(&self.network, batch, &mut self.cx)?, target)?;
        self.optimizer.step(&mut self.network, &loss.backward()?)?;
        loss.item()
    }

    fn fill(&mut self) {
        let mut k = 0;
        self.network.for_each_parameter_mut(&mut |name, param| {
            param.set(parameter(name, param.shape(), k)).expect("made for the parameter's shape");
            k += 1;
        });
    }
}

/// Makes a network and its optimizer, with or without dropout.
pub type Make<T> = Box<dyn Fn(bool) -> Result<Box<dyn Trains<T>>>>;

/// A training step by name.
pub struct Case<T: Scalar = f32> {
    /// The workload's name, e.g. `train/lenet5_b64_adam`.
    pub name: String,
    /// The extents of a batch.
    pub shape: Vec<usize>,
    /// Whether a batch holds characters instead of values.
    pub text: bool,
    /// The number of targets.
    pub targets: usize,
    /// The number of classes.
    pub classes: usize,
    /// Floating-point operations of products and convolutions in a step.
    pub flops: f64,
    /// Makes network and optimizer; without dropout if asked to, because no two libraries share its randomness.
    pub make: Make<T>,
}

impl<T: Scalar> Case<T> {
    /// A batch of random numbers and its targets.
    pub fn random(&self) -> Result<(Batch<T>, Tensor<i64>)> {
        let mut random = Stream::new(0);
        let (shape, classes) = (plywood_tensor::Shape::from_slice(&self.shape)?, self.classes as i64);
        let batch = if self.text {
            Batch::Indices(random.integers(shape, 0, classes)?)
        } else {
            Batch::Values(random.normal(shape, 0.0, 1.0))
        };
        Ok((batch, random.integers([self.targets], 0, classes)?))
    }

    /// The batch of step `t` and its targets, by the formulas that the peer uses too.
    pub fn by_formula(&self, t: usize) -> Result<(Batch<T>, Tensor<i64>)> {
        let shape = plywood_tensor::Shape::from_slice(&self.shape)?;
        let class = |j: usize| ((7 * j + t) % self.classes) as i64;
        let batch = if self.text {
            Batch::Indices(Tensor::from_fn(shape, class))
        } else {
            Batch::Values(filled(&shape, 50 + t as u64, 1.0))
        };
        Ok((batch, Tensor::from_fn([self.targets], class)))
    }
}
