//! One step of training, for networks of any kind: fresh batch in, forward, loss, backward, optimizer step.

use plywood_autograd::{Result, Var, cross_entropy};
use plywood_nn::{Context, Layer, Module};
use plywood_optim::Optimizer;
use plywood_tensor::{Stream, Tensor};

use crate::formula::{filled, parameter};

/// What a network is fed.
#[derive(Clone)]
pub enum Batch {
    /// Images or vectors.
    Values(Tensor),
    /// Characters by their numbers, `[batch, time]`.
    Indices(Tensor<i64>),
}

/// A network that turns a batch into scores, `[rows, classes]`.
pub trait Network: Module<f32> {
    /// The scores.
    fn logits(&self, batch: &Batch, cx: &mut Context) -> Result<Var>;
}

/// Any layer is a network of values.
impl<L: Layer<f32>> Network for L {
    fn logits(&self, batch: &Batch, cx: &mut Context) -> Result<Var> {
        match batch {
            Batch::Values(x) => self.forward(&x.into(), cx),
            Batch::Indices(_) => unreachable!("the table of training steps feeds layers with values"),
        }
    }
}

/// A network and its optimizer, whatever their types.
pub trait Trains {
    /// One step; returns the loss before it.
    fn step(&mut self, batch: &Batch, target: &Tensor<i64>) -> Result<f32>;

    /// Gives every parameter its value by formula, so that another library can start from the same.
    fn fill(&mut self);
}

/// Puts a network and the optimizer made for it together.
pub fn trains<N: Network + 'static, O: Optimizer<f32> + 'static>(network: N, optimizer: O) -> Box<dyn Trains> {
    Box::new(Training { network, optimizer, cx: Context::train(0) })
}

struct Training<N, O> {
    network: N,
    optimizer: O,
    cx: Context,
}

impl<N: Network, O: Optimizer<f32>> Trains for Training<N, O> {
    fn step(&mut self, batch: &Batch, target: &Tensor<i64>) -> Result<f32> {
        let loss = cross_entropy(&self.network.logits(batch, &mut self.cx)?, target)?;
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

/// A training step by name.
pub struct Case {
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
    pub make: Box<dyn Fn(bool) -> Result<Box<dyn Trains>>>,
}

impl Case {
    /// A batch of random numbers and its targets.
    pub fn random(&self) -> Result<(Batch, Tensor<i64>)> {
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
    pub fn by_formula(&self, t: usize) -> Result<(Batch, Tensor<i64>)> {
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
