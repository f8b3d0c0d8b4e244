//! L-BFGS.

mod line_search;

use std::collections::VecDeque;

use plywood_autograd::{Error, Result, Scalar, Tensor, Var};
use plywood_kernels::optim::{axpy, dot};
use plywood_nn::{Entry, Module, StateDict};

use crate::settings::at_least_0;
use line_search::{Point, search};

/// L-BFGS: a quasi-Newton method that builds the curvature from the last few steps, with a line search. For small
/// models and losses without noise: each step evaluates the loss several times on the same data.
///
/// Source: Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization".
///
/// ```
/// use plywood_autograd::{Reduction, Tensor, mse_loss};
/// use plywood_nn::{Context, Layer, Linear, Stream};
/// use plywood_optim::LBFGS;
///
/// let mut model = Linear::<f64>::new(1, 1, &mut Stream::new(0));
/// let (x, y) = (Tensor::from([[1.0], [2.0]]), Tensor::from([[3.0], [5.0]]));
/// let mut optimizer = LBFGS::new(1.0)?;
/// let loss = optimizer.step(&mut model, |model| {
///     mse_loss(&model.forward(&(&x).into(), &mut Context::train(0))?, &(&y).into(), Reduction::Mean)
/// })?;
/// assert!(loss < 1e-12);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LBFGS<T: Scalar = f32> {
    lr: f64,
    max_iter: usize,
    history_size: usize,
    tolerance_grad: f64,
    tolerance_change: f64,
    memory: Memory<T>,
}

/// What a step leaves for the next one. All vectors have a value for each one that is trained.
#[derive(Clone, Debug)]
struct Memory<T: Scalar> {
    iterations: i64,
    gradient: Vec<T>,
    /// The last step, until it is in the history.
    step: Vec<T>,
    /// Pairs of a step and the change of the gradient along it, the oldest first.
    history: VecDeque<(Vec<T>, Vec<T>)>,
}

impl<T: Scalar> LBFGS<T> {
    /// PyTorch's defaults: at most 20 iterations a step, curvature from the last 100 steps. `lr` is the length that the
    /// line search tries first, 1 as a rule.
    ///
    /// # Errors
    /// Unless `lr` is a finite number of at least 0.
    pub fn new(lr: f64) -> Result<Self> {
        at_least_0("LBFGS", "learning rate", lr)?;
        let memory = Memory { iterations: 0, gradient: vec![], step: vec![], history: VecDeque::new() };
        Ok(Self { lr, max_iter: 20, history_size: 100, tolerance_grad: 1e-7, tolerance_change: 1e-9, memory })
    }

    /// The most iterations a step.
    pub fn max_iter(self, max_iter: usize) -> Self {
        Self { max_iter, ..self }
    }

    /// From how many steps the curvature is built.
    pub fn history_size(self, history_size: usize) -> Self {
        Self { history_size, ..self }
    }

    /// Stops when no value of the gradient is greater than `grad`, or none of a step, or the loss's change, than
    /// `change`.
    ///
    /// # Errors
    /// Unless both are finite numbers of at least 0.
    pub fn tolerances(self, grad: f64, change: f64) -> Result<Self> {
        at_least_0("LBFGS", "tolerance_grad", grad)?;
        at_least_0("LBFGS", "tolerance_change", change)?;
        Ok(Self { tolerance_grad: grad, tolerance_change: change, ..self })
    }

    /// Iterates until a tolerance or the number of iterations is reached; returns the loss there. `loss` computes the
    /// loss of the model as it is.
    ///
    /// # Errors
    /// If `loss` fails or is not finite at the start, or a parameter that is trained gets no gradient.
    pub fn step<M: Module<T>>(&mut self, model: &mut M, mut loss: impl FnMut(&M) -> Result<Var<T>>) -> Result<f64> {
        let (mut now, mut gradient) = evaluate(model, &mut loss)?;
        if !now.is_finite() {
            return Err(Error::state("LBFGS", format!("the loss is {now} before the first step")));
        }
        if self.memory.gradient.len() != gradient.len() {
            self.memory = Memory { iterations: 0, gradient: vec![], step: vec![], history: VecDeque::new() };
        }
        for _ in 0..self.max_iter {
            if greatest(&gradient) <= self.tolerance_grad {
                break;
            }
            let direction = self.memory.direction(&gradient, self.history_size);
            let slope = dot(&gradient, &direction);
            if slope > -self.tolerance_change {
                break;
            }
            let size: f64 = gradient.iter().map(|g| g.to_f64().abs()).sum();
            let first = if self.memory.iterations == 0 { self.lr * (1.0 / size).min(1.0) } else { self.lr };
            let origin = parameters(model);
            let start = Point { at: 0.0, loss: now, slope, gradient: gradient.clone() };
            let shortest = self.tolerance_change / greatest(&direction);
            let found = search(&start, first, shortest, |at| {
                set(model, &moved(&origin, at, &direction));
                let (loss, gradient) = evaluate(model, &mut loss)?;
                Ok(Point { at, loss, slope: dot(&gradient, &direction), gradient })
            });
            // Whatever was tried last, the model ends where the search ended, or where it began.
            let reached = found.as_ref().map_or(0.0, |point| point.at);
            let end = moved(&origin, reached, &direction);
            set(model, &end);
            let found = found?;
            let mut step = end;
            axpy(-T::ONE, &origin, &mut step);
            self.memory.iterations += 1;
            self.memory.gradient = std::mem::replace(&mut gradient, found.gradient);
            let change = (found.loss - now).abs();
            now = found.loss;
            let moved = greatest(&step);
            self.memory.step = step;
            if moved <= self.tolerance_change || change < self.tolerance_change {
                break;
            }
        }
        Ok(now)
    }

    /// What the optimizer remembers.
    pub fn state_dict(&self) -> StateDict<T> {
        let mut dict = StateDict::new();
        let mut put = |name: &str, vector: &Vec<T>| dict.insert(name, Entry::Float(vector.clone().into()));
        put("gradient", &self.memory.gradient);
        put("step", &self.memory.step);
        for (i, (step, change)) in self.memory.history.iter().enumerate() {
            put(&format!("history.{i}.step"), step);
            put(&format!("history.{i}.change"), change);
        }
        dict.insert("iterations", Entry::Int(Tensor::scalar(self.memory.iterations)));
        dict
    }

    /// Goes on where a state dict was taken.
    ///
    /// # Errors
    /// If it isn't one of this optimizer; the optimizer is then unchanged.
    pub fn load_state_dict(&mut self, state: &StateDict<T>) -> Result<()> {
        let missing =
            |name: &str| Error::state("LBFGS", format!("the state dict has no {name} of the right kind and size"));
        let vector = |name: &str, n: Option<usize>| match state.get(name) {
            Some(Entry::Float(vector)) if n.is_none_or(|n| n == vector.elements()) => Ok(vector.to_vec()),
            _ => Err(missing(name)),
        };
        let iterations = match state.get("iterations") {
            Some(Entry::Int(count)) => count.item().map_err(|_| missing("iterations"))?,
            _ => return Err(missing("iterations")),
        };
        let gradient = vector("gradient", None)?;
        let n = Some(gradient.len());
        let step = vector("step", n).or_else(|_| vector("step", Some(0)))?;
        let pairs = state.len().saturating_sub(3) / 2;
        let pair = |i| Ok((vector(&format!("history.{i}.step"), n)?, vector(&format!("history.{i}.change"), n)?));
        let history = (0..pairs).map(pair).collect::<Result<_>>()?;
        self.memory = Memory { iterations, gradient, step, history };
        Ok(())
    }
}

impl<T: Scalar> Memory<T> {
    /// The direction of the next step: minus the gradient times the inverse of the curvature (Nocedal and Wright 2006,
    /// algorithm 7.4). Takes the last step into the history first.
    fn direction(&mut self, gradient: &[T], history_size: usize) -> Vec<T> {
        let step = std::mem::take(&mut self.step);
        if !step.is_empty() {
            let mut change = gradient.to_vec();
            axpy(-T::ONE, &self.gradient, &mut change);
            // A step along which the gradient doesn't grow says nothing of a minimum's curvature.
            if dot(&change, &step) > 1e-10 {
                self.history.push_back((step, change));
            }
            while self.history.len() > history_size {
                self.history.pop_front();
            }
        }
        let mut direction: Vec<T> = gradient.iter().map(|&g| -g).collect();
        let mut shares = Vec::with_capacity(self.history.len());
        for (step, change) in self.history.iter().rev() {
            let share = dot(step, &direction) / dot(step, change);
            axpy(T::from_f64(-share), change, &mut direction);
            shares.push(share);
        }
        if let Some((step, change)) = self.history.back() {
            let scale = T::from_f64(dot(step, change) / dot(change, change));
            direction.iter_mut().for_each(|d| *d *= scale);
        }
        for ((step, change), share) in self.history.iter().zip(shares.into_iter().rev()) {
            let back = dot(change, &direction) / dot(step, change);
            axpy(T::from_f64(share - back), step, &mut direction);
        }
        direction
    }
}

/// The loss and its gradient, flattened.
fn evaluate<T: Scalar, M: Module<T>>(model: &M, loss: &mut impl FnMut(&M) -> Result<Var<T>>) -> Result<(f64, Vec<T>)> {
    let loss = loss(model)?;
    let value = loss.item()?.to_f64();
    let grads = loss.backward()?;
    let mut flat = Vec::new();
    for (name, param) in model.named_parameters() {
        if param.is_trainable() {
            let gradient = grads.by_key(param.key()).ok_or_else(|| {
                Error::state("LBFGS", format!("no gradient came for {name}: the loss doesn't depend on it"))
            })?;
            flat.extend_from_slice(&gradient.values());
        }
    }
    Ok((value, flat))
}

fn parameters<T: Scalar>(model: &impl Module<T>) -> Vec<T> {
    let trained = model.named_parameters().into_iter().filter(|(_, param)| param.is_trainable());
    trained.flat_map(|(_, param)| param.value().to_vec()).collect()
}

fn set<T: Scalar>(model: &mut impl Module<T>, flat: &[T]) {
    let mut rest = flat;
    model.for_each_parameter_mut(&mut |_, param| {
        if param.is_trainable() {
            let (own, others) = rest.split_at(param.value().elements());
            param.make_mut().copy_from_slice(own);
            rest = others;
        }
    });
}

/// `origin + at · direction`.
fn moved<T: Scalar>(origin: &[T], at: f64, direction: &[T]) -> Vec<T> {
    let mut moved = origin.to_vec();
    axpy(T::from_f64(at), direction, &mut moved);
    moved
}

fn greatest<T: Scalar>(x: &[T]) -> f64 {
    x.iter().fold(0.0, |most, x| x.to_f64().abs().max(most))
}
