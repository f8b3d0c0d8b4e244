//! The one traversal of a model, from which everything about its parameters follows.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use plywood_autograd::{Key, Result, Scalar, Tensor};

use crate::state_dict::{LoadReport, StateDict};
use crate::{Buffer, Counter, Param};

/// Something that holds parameters: a layer, a model, or a collection of them.
///
/// `#[derive(Module)]` writes the two methods; the rest follows. It works through `Option`, `Vec`, `Box`, tuples, and
/// fields that hold settings (numbers, text), which have nothing to visit.
///
/// ```
/// use plywood_nn::{Linear, Module, Scalar, Stream};
///
/// #[derive(Module)]
/// struct Net<T: Scalar = f32> { hidden: Vec<Linear<T>>, output: Linear<T> }
///
/// let random = &mut Stream::new(0);
/// let net = Net { hidden: vec![Linear::<f32>::new(2, 8, random)], output: Linear::new(8, 1, random) };
/// let names: Vec<String> = net.named_parameters().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["hidden.0.weight", "hidden.0.bias", "output.weight", "output.bias"]);
/// assert_eq!(net.num_parameters(), 2 * 8 + 8 + 8 + 1);
/// ```
pub trait Module<T: Scalar> {
    /// Shows each part to the visitor, under its name.
    fn visit<'a>(&'a self, visitor: &mut Visitor<'a, '_, T>);

    /// Shows each part to the visitor, to be changed.
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_, T>);

    /// All parameters with their paths, in order; a tied one only once, under its first path.
    fn named_parameters(&self) -> Vec<(String, &Param<T>)> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        visit(self, &mut |path, part| {
            if let Part::Param(param) = part
                && seen.insert(param.key())
            {
                found.push((path.to_owned(), param));
            }
        });
        found
    }

    /// Calls `change` with the path of each parameter and the parameter itself; a tied one is changed once, and its
    /// other places follow.
    fn for_each_parameter_mut(&mut self, change: &mut dyn FnMut(&str, &mut Param<T>)) {
        let mut tied: HashMap<Key, (Tensor<T>, bool)> = HashMap::new();
        visit_mut(self, &mut |path, part| {
            let PartMut::Param(param) = part else { return };
            match tied.get(&param.key()) {
                Some((value, trainable)) => {
                    param.set(value.clone()).expect("tied parameters have one shape");
                    param.set_trainable(*trainable);
                }
                None => {
                    change(path, param);
                    if param.is_tied() {
                        tied.insert(param.key(), (param.value().clone(), param.is_trainable()));
                    }
                }
            }
        });
    }

    /// The same module, with its parameters told their paths, so that messages name them from the first pass on. A look
    /// through the parameters, an optimizer or a save does the same.
    fn named(self) -> Self
    where
        Self: Sized,
    {
        visit(&self, &mut |_, _| {});
        self
    }

    /// The number of values in all parameters, frozen ones included, tied ones once.
    fn num_parameters(&self) -> usize {
        self.named_parameters().iter().map(|(_, param)| param.value().elements()).sum()
    }

    /// Keeps optimizers from changing the parameters whose path `which` accepts; no gradients are computed for them.
    fn freeze(&mut self, which: impl Fn(&str) -> bool)
    where
        Self: Sized,
    {
        self.for_each_parameter_mut(&mut |path, param| param.set_trainable(param.is_trainable() && !which(path)));
    }

    /// Lets optimizers change the parameters whose path `which` accepts.
    fn unfreeze(&mut self, which: impl Fn(&str) -> bool)
    where
        Self: Sized,
    {
        self.for_each_parameter_mut(&mut |path, param| param.set_trainable(param.is_trainable() || which(path)));
    }

    /// All parameters and buffers by name. The values are shared, not copied.
    fn state_dict(&self) -> StateDict<T> {
        StateDict::of(self)
    }

    /// Takes over the values of a state dict, which must have exactly this model's names and shapes.
    ///
    /// # Errors
    /// If it hasn't: one error that lists everything missing, unexpected or misshapen. The model is then unchanged.
    fn load_state_dict(&mut self, state: &StateDict<T>) -> Result<()> {
        state.load_into(self, true).map(|_| ())
    }

    /// Takes over the values of a state dict that fit by name and shape, and reports the rest.
    fn load_matching(&mut self, state: &StateDict<T>) -> LoadReport {
        state.load_into(self, false).expect("only a strict load fails")
    }

    /// Writes the state dict to a `.safetensors` file, whole or not at all.
    ///
    /// # Errors
    /// If the system refuses.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        Self: Sized,
    {
        self.state_dict().save(path)
    }

    /// Reads the state dict from a `.safetensors` file, which must have exactly this model's names and shapes.
    ///
    /// # Errors
    /// If the file can't be read, or as [`load_state_dict`](Self::load_state_dict).
    fn load(&mut self, path: impl AsRef<Path>) -> Result<()>
    where
        Self: Sized,
    {
        self.load_state_dict(&StateDict::open(&path)?).map_err(|error| error.at(path.as_ref().display().to_string()))
    }
}

/// What a traversal finds.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a, T: Scalar> {
    /// A parameter.
    Param(&'a Param<T>),
    /// A buffer.
    Buffer(&'a Buffer<T>),
    /// A whole number.
    Counter(&'a Counter),
}

/// What a changing traversal finds.
#[derive(Debug)]
pub enum PartMut<'a, T: Scalar> {
    /// A parameter.
    Param(&'a mut Param<T>),
    /// A buffer.
    Buffer(&'a mut Buffer<T>),
    /// A whole number.
    Counter(&'a mut Counter),
}

/// Carries the path through a model and hands over its parts; what [`Module::visit`] gets.
pub struct Visitor<'a, 'v, T: Scalar> {
    path: String,
    found: &'v mut dyn FnMut(&str, Part<'a, T>),
}

/// As [`Visitor`], with parts that can be changed.
pub struct VisitorMut<'v, T: Scalar> {
    path: String,
    found: &'v mut dyn for<'p> FnMut(&str, PartMut<'p, T>),
}

/// Calls `found` with the path of each part of a module and the part itself, and tells parameters their paths.
pub fn visit<'a, T: Scalar>(module: &'a (impl Module<T> + ?Sized), found: &mut dyn FnMut(&str, Part<'a, T>)) {
    module.visit(&mut Visitor { path: String::new(), found });
}

/// Calls `found` with the path of each part of a module and the part itself, to be changed.
pub fn visit_mut<T: Scalar>(
    module: &mut (impl Module<T> + ?Sized),
    found: &mut dyn for<'p> FnMut(&str, PartMut<'p, T>),
) {
    module.visit_mut(&mut VisitorMut { path: String::new(), found });
}

impl<'a, T: Scalar> Visitor<'a, '_, T> {
    /// Visits a module under a name.
    pub fn field(&mut self, name: &str, module: &'a (impl Module<T> + ?Sized)) {
        let outer = descend(&mut self.path, name);
        module.visit(self);
        self.path.truncate(outer);
    }

    pub(crate) fn param(&mut self, param: &'a Param<T>) {
        param.rename(&self.path);
        (self.found)(&self.path, Part::Param(param));
    }

    pub(crate) fn buffer(&mut self, buffer: &'a Buffer<T>) {
        (self.found)(&self.path, Part::Buffer(buffer));
    }

    pub(crate) fn counter(&mut self, counter: &'a Counter) {
        (self.found)(&self.path, Part::Counter(counter));
    }
}

impl<T: Scalar> VisitorMut<'_, T> {
    /// Visits a module under a name.
    pub fn field(&mut self, name: &str, module: &mut (impl Module<T> + ?Sized)) {
        let outer = descend(&mut self.path, name);
        module.visit_mut(self);
        self.path.truncate(outer);
    }

    pub(crate) fn param(&mut self, param: &mut Param<T>) {
        param.rename(&self.path);
        (self.found)(&self.path, PartMut::Param(param));
    }

    pub(crate) fn buffer(&mut self, buffer: &mut Buffer<T>) {
        (self.found)(&self.path, PartMut::Buffer(buffer));
    }

    pub(crate) fn counter(&mut self, counter: &mut Counter) {
        (self.found)(&self.path, PartMut::Counter(counter));
    }
}

/// Adds a name to a path; returns the length to cut it back to.
fn descend(path: &mut String, name: &str) -> usize {
    let outer = path.len();
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
    outer
}
