//! What every optimizer does.

use plywood_autograd::{Gradients, Result, Scalar};
use plywood_nn::{Module, StateDict};

/// Changes a model's parameters by their gradients.
pub trait Optimizer<T: Scalar> {
    /// One step for each parameter that is trained; frozen ones stay as they are.
    ///
    /// # Errors
    /// If a parameter that is trained got no gradient; the message names it, and no parameter has changed.
    fn step(&mut self, model: &mut dyn Module<T>, grads: &Gradients<T>) -> Result<()>;

    /// The learning rate.
    fn lr(&self) -> f64;

    /// Sets the learning rate; groups with a rate of their own keep its proportion to this one.
    ///
    /// # Errors
    /// Unless it is a finite number of at least 0.
    fn set_lr(&mut self, lr: f64) -> Result<()>;

    /// What the optimizer remembers: for a parameter `fc.weight` its count of steps as `fc.weight.step` and, under
    /// PyTorch's names, tensors such as `fc.weight.exp_avg`; and the bits of the learning rate as `lr`.
    fn state_dict(&self) -> StateDict<T>;

    /// Goes on where a state dict was taken, exactly.
    ///
    /// # Errors
    /// If it isn't one of this optimizer for this model; the optimizer is then unchanged.
    fn load_state_dict(&mut self, state: &StateDict<T>) -> Result<()>;
}
