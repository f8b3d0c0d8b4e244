//! Checking a module: its parameters along with its inputs.

use std::cell::RefCell;

use plywood_nn::{Context, Module, Tensor, Var};

use crate::check::{Gradcheck, Input};
use crate::failure::Failure;
use crate::run::{Outputs, Run};

/// Checks the gradients of a module with respect to its parameters, frozen ones apart, and to its inputs.
///
/// `f` is the forward pass, called with a training context of a fixed seed, so that what is random in it repeats. The
/// module is as before afterwards, but for running statistics.
///
/// ```
/// use plywood_gradcheck::prelude::*;
/// use plywood_nn::{Layer, Linear, Stream};
///
/// proptest! {
///     #[test]
///     fn linear(x in tensors(shapes(2..=2, 3..=3)), seed: u64) {
///         let mut layer = Linear::new(3, 2, &mut Stream::new(seed));
///         gradcheck_module(&mut layer, &[x], |layer, x, cx| layer.forward(&x[0], cx))?;
///     }
/// }
/// ```
///
/// # Errors
/// A [`Failure`] that says which check failed, with the parameters by name.
pub fn gradcheck_module<M: Module<f64>, O: Outputs>(
    module: &mut M,
    inputs: &[impl Input],
    f: impl Fn(&M, &[Var<f64>], &mut Context) -> O,
) -> Result<(), Failure> {
    Gradcheck::default().check_module(module, inputs, f)
}

impl Gradcheck {
    /// Checks as [`gradcheck_module`] does, with these settings.
    ///
    /// # Errors
    /// A [`Failure`] that says which check failed.
    pub fn check_module<M: Module<f64>, O: Outputs>(
        &self,
        module: &mut M,
        inputs: &[impl Input],
        f: impl Fn(&M, &[Var<f64>], &mut Context) -> O,
    ) -> Result<(), Failure> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (name, param) in module.named_parameters().into_iter().filter(|(_, param)| param.is_trainable()) {
            names.push(name);
            values.push(param.value().clone());
        }
        let parameters = values.len();
        for (i, x) in inputs.iter().enumerate() {
            names.push(format!("input {i}"));
            values.push(x.borrow().clone());
        }
        let cell = RefCell::new(&mut *module);
        let run = |values: &[Tensor<f64>], record: bool| {
            let mut module = cell.borrow_mut();
            let mut leaves = set(&mut **module, &values[..parameters]);
            let input = |x: &Tensor<f64>| if record { Var::leaf(x.clone()) } else { Var::from(x) };
            leaves.extend(values[parameters..].iter().map(input));
            let outputs = f(&**module, &leaves[parameters..], &mut Context::train(self.seed)).vars()?;
            Ok(Run { leaves, outputs })
        };
        let result = self.run(&run, &names, &values);
        set(module, &values[..parameters]);
        result
    }
}

/// Gives the parameters these values, and returns leaves by which their gradients are found.
fn set(module: &mut impl Module<f64>, values: &[Tensor<f64>]) -> Vec<Var<f64>> {
    let (mut leaves, mut values) = (Vec::new(), values.iter());
    module.for_each_parameter_mut(&mut |_, param| {
        if param.is_trainable() {
            let value = values.next().expect("a value for each parameter").clone();
            leaves.push(Var::leaf_of(param.key(), None, value.clone()));
            param.set(value).expect("values of the parameter's shape");
        }
    });
    leaves
}
