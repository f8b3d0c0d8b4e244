//! The machinery that all optimizers share: groups, what is remembered by name, and the step.

use std::collections::{HashMap, HashSet};

use plywood_autograd::{Error, Gradients, Key, Result, Scalar, Shape, Tensor};
use plywood_kernels::optim::{Rule, update};
use plywood_nn::{Entry, Module, Param, StateDict};

use crate::config::Config;
use crate::optimizer::Optimizer;
use crate::settings::{Settings, at_least_0};

/// An optimizer: an update rule and what it remembers of each parameter. It goes by the names of the rules:
/// [`SGD`](crate::SGD), [`Adam`](crate::Adam), ….
#[derive(Clone, Debug)]
pub struct Stepper<R, T: Scalar = f32> {
    /// The rule of parameters without a group, then those of the groups, with their present learning rates.
    rules: Vec<R>,
    /// The learning rate of each rule in proportion to that of the first.
    proportions: Vec<f64>,
    patterns: Vec<crate::Group>,
    slots: Vec<Slot<T>>,
    by_key: HashMap<Key, usize>,
}

/// What is remembered of one parameter.
#[derive(Clone, Debug)]
struct Slot<T: Scalar> {
    name: String,
    shape: Shape,
    rule: usize,
    steps: u64,
    /// In the order of the rule's names; empty before the first step.
    state: Vec<Tensor<T>>,
}

impl<R: Settings + Default + Rule<T>, T: Scalar> Stepper<R, T> {
    /// With PyTorch's defaults but for the learning rate; [`Config`] sets the rest.
    ///
    /// # Errors
    /// Unless the learning rate is a finite number of at least 0 and some parameter of the model is trained.
    pub fn new(model: &impl Module<T>, lr: f64) -> Result<Self> {
        Config::new(lr).build(model)
    }
}

impl<R: Settings + Rule<T>, T: Scalar> Stepper<R, T> {
    pub(crate) fn of(config: Config<R>, group_rules: Vec<R>, parameters: &[(String, &Param<T>)]) -> Self {
        let mut rules = vec![config.rule];
        rules.extend(group_rules);
        let rates: Vec<f64> = rules.iter_mut().map(|rule| *rule.lr()).collect();
        let proportions = rates.iter().map(|&rate| if rate == rates[0] { 1.0 } else { rate / rates[0] }).collect();
        let (slots, by_key) = (Vec::new(), HashMap::new());
        let mut this = Self { rules, proportions, patterns: config.groups, slots, by_key };
        parameters.iter().for_each(|(name, param)| this.remember(name, param));
        this
    }

    /// The settings, with the present learning rate.
    pub fn settings(&self) -> &R {
        &self.rules[0]
    }

    /// Makes sure that there is a slot for a parameter.
    fn remember(&mut self, name: &str, param: &Param<T>) {
        if !self.by_key.contains_key(&param.key()) {
            self.by_key.insert(param.key(), self.slots.len());
            let rule = self.patterns.iter().position(|group| group.matches(name)).map_or(0, |group| group + 1);
            self.slots.push(Slot { name: name.into(), shape: *param.shape(), rule, steps: 0, state: Vec::new() });
        }
    }
}

impl<T: Scalar> Slot<T> {
    fn step<R: Settings + Rule<T>>(&mut self, rule: &R, param: &mut Param<T>, gradient: &Tensor<T>) {
        if self.state.is_empty() {
            let fresh = |name: &&str| Tensor::full(self.shape, T::from_f64(rule.start(name)));
            self.state = rule.state().iter().map(fresh).collect();
        }
        self.steps += 1;
        let mut state: Vec<&mut [T]> = self.state.iter_mut().map(Tensor::make_mut).collect();
        update(rule, self.steps, param.make_mut(), &gradient.contiguous(), &mut state);
    }

    fn step_name(&self) -> String {
        format!("{}.step", self.name)
    }

    fn state_names<R: Rule<T>>(&self, rule: &R) -> impl Iterator<Item = String> {
        rule.state().iter().map(|state| format!("{}.{state}", self.name))
    }

    /// Takes over what a state dict says of this parameter; what doesn't fit goes into `problems`.
    fn load<R: Rule<T>>(&mut self, rule: &R, dict: &StateDict<T>, problems: &mut Vec<String>) {
        let steps = dict.get(&self.step_name());
        let names: Vec<String> = self.state_names(rule).collect();
        let state: Vec<_> = names.iter().map(|name| dict.get(name)).collect();
        if steps.is_none() && state.iter().all(Option::is_none) {
            (self.steps, self.state) = (0, Vec::new());
            return;
        }
        match steps {
            Some(Entry::Int(steps)) if steps.item().is_ok_and(|steps| steps >= 0) => {
                self.steps = steps.item().expect("just looked at") as u64;
            }
            Some(_) => problems.push(format!("{} is not a count", self.step_name())),
            None => problems.push(format!("{} is missing", self.step_name())),
        }
        self.state.clear();
        for (name, entry) in names.iter().zip(state) {
            match entry {
                Some(Entry::Float(value)) if value.shape() == &self.shape => self.state.push(value.clone()),
                Some(Entry::Float(value)) => {
                    problems.push(format!("{name} has shape {} instead of {}", value.shape(), self.shape));
                }
                Some(Entry::Int(_)) => problems.push(format!("{name} holds whole numbers")),
                None => problems.push(format!("{name} is missing")),
            }
        }
    }
}

impl<R: Settings + Rule<T>, T: Scalar> Optimizer<T> for Stepper<R, T> {
    fn step(&mut self, model: &mut dyn Module<T>, grads: &Gradients<T>) -> Result<()> {
        let mut without = Vec::new();
        for (name, param) in model.named_parameters() {
            if param.is_trainable() {
                self.remember(&name, param);
                if grads.by_key(param.key()).is_none() {
                    without.push(name);
                }
            }
        }
        if !without.is_empty() {
            let message = format!(
                "no gradient came for {}: the loss doesn't depend on it; freeze what is not to be trained",
                without.join(", ")
            );
            return Err(Error::state(R::NAME, message));
        }
        model.for_each_parameter_mut(&mut |_, param| {
            if let Some(gradient) = grads.by_key(param.key()).filter(|_| param.is_trainable()) {
                let slot = &mut self.slots[self.by_key[&param.key()]];
                slot.step(&self.rules[slot.rule], param, gradient);
            }
        });
        Ok(())
    }

    fn lr(&self) -> f64 {
        *self.rules[0].clone().lr()
    }

    fn set_lr(&mut self, lr: f64) -> Result<()> {
        at_least_0(R::NAME, "learning rate", lr)?;
        self.rules.iter_mut().zip(&self.proportions).for_each(|(rule, proportion)| *rule.lr() = lr * proportion);
        Ok(())
    }

    fn state_dict(&self) -> StateDict<T> {
        let mut dict = StateDict::new();
        dict.insert("lr", Entry::Int(Tensor::scalar(self.lr().to_bits() as i64)));
        for slot in self.slots.iter().filter(|slot| slot.steps > 0) {
            dict.insert(&slot.step_name(), Entry::Int(Tensor::scalar(slot.steps as i64)));
            for (name, state) in slot.state_names(&self.rules[slot.rule]).zip(&slot.state) {
                dict.insert(&name, Entry::Float(state.clone()));
            }
        }
        dict
    }

    fn load_state_dict(&mut self, state: &StateDict<T>) -> Result<()> {
        let mut problems = Vec::new();
        let mut loaded = self.slots.clone();
        let mut known = HashSet::from(["lr".to_owned()]);
        for slot in &mut loaded {
            let rule = &self.rules[slot.rule];
            known.insert(slot.step_name());
            known.extend(slot.state_names(rule));
            slot.load(rule, state, &mut problems);
        }
        let unknown = state.iter().filter(|(name, _)| !known.contains(*name));
        problems.extend(unknown.map(|(name, _)| format!("{name} is unexpected")));
        let lr = match state.get("lr") {
            Some(Entry::Int(bits)) => bits.item().ok().map(|bits| f64::from_bits(bits as u64)),
            _ => None,
        };
        let lr = lr.filter(|lr| at_least_0(R::NAME, "lr", *lr).is_ok());
        if lr.is_none() {
            problems.push("lr is missing or no learning rate".into());
        }
        match lr {
            Some(lr) if problems.is_empty() => {
                self.slots = loaded;
                self.set_lr(lr)
            }
            _ => {
                let message =
                    format!("the state dict isn't one of this optimizer for this model: {}", problems.join("; "));
                Err(Error::state(R::NAME, message))
            }
        }
    }
}
