//! A moving average of the weights.

use std::collections::HashMap;

use plywood_autograd::{Error, Key, Result, Scalar, Tensor};
use plywood_kernels::optim::lerp;
use plywood_nn::{Entry, Module, StateDict};

/// The exponential moving average of a model's parameters, which often predicts better than the last ones: after each
/// step, `average ← decay · average + (1 - decay) · parameter`. Buffers are not averaged.
///
/// Source: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging", in its exponential form.
///
/// ```
/// use plywood_nn::{Linear, Module, Stream};
/// use plywood_optim::Ema;
///
/// let mut model = Linear::<f32>::new(2, 1, &mut Stream::new(0));
/// let mut ema = Ema::new(&model, 0.99)?;
/// // After each step of the optimizer:
/// ema.update(&model)?;
/// // To evaluate with the averages, and to go on training:
/// ema.swap(&mut model);
/// ema.swap(&mut model);
/// # Ok::<(), plywood_optim::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ema<T: Scalar = f32> {
    decay: f64,
    averages: HashMap<Key, Tensor<T>>,
}

impl<T: Scalar> Ema<T> {
    /// Starts from the present parameters.
    ///
    /// # Errors
    /// Unless `decay` lies between 0 and 1.
    pub fn new(model: &impl Module<T>, decay: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&decay) {
            return Err(Error::value("Ema", "decay", "a number from 0 to 1", decay));
        }
        let averages = model.named_parameters().into_iter().map(|(_, param)| (param.key(), param.value().clone()));
        Ok(Self { decay, averages: averages.collect() })
    }

    /// Takes the present parameters in.
    ///
    /// # Errors
    /// If a parameter's shape has changed.
    pub fn update(&mut self, model: &impl Module<T>) -> Result<()> {
        let weight = T::from_f64(1.0 - self.decay);
        for (name, param) in model.named_parameters() {
            let average = self.averages.entry(param.key()).or_insert_with(|| param.value().clone());
            if average.shape() != param.shape() {
                return Err(Error::shape("Ema", format!("shape of {name}"), average.shape(), param.shape()));
            }
            lerp(weight, &param.value().contiguous(), average.make_mut());
        }
        Ok(())
    }

    /// Exchanges the model's parameters and the averages; a second call undoes it.
    pub fn swap(&mut self, model: &mut impl Module<T>) {
        model.for_each_parameter_mut(&mut |_, param| {
            if let Some(average) = self.averages.get_mut(&param.key()).filter(|a| a.shape() == param.shape()) {
                let value = param.value().clone();
                param.set(std::mem::replace(average, value)).expect("shapes were compared");
            }
        });
    }

    /// The averages under the names of the model's parameters.
    pub fn state_dict(&self, model: &impl Module<T>) -> StateDict<T> {
        let mut dict = StateDict::new();
        for (name, param) in model.named_parameters() {
            if let Some(average) = self.averages.get(&param.key()) {
                dict.insert(&name, Entry::Float(average.clone()));
            }
        }
        dict
    }

    /// Takes over averages from a state dict.
    ///
    /// # Errors
    /// If it hasn't one of the right shape for each parameter; the averages are then unchanged.
    pub fn load_state_dict(&mut self, model: &impl Module<T>, state: &StateDict<T>) -> Result<()> {
        let mut loaded = HashMap::new();
        for (name, param) in model.named_parameters() {
            match state.get(&name) {
                Some(Entry::Float(value)) if value.shape() == param.shape() => {
                    loaded.insert(param.key(), value.clone());
                }
                _ => {
                    let message = format!("the state dict holds no average of shape {} for {name}", param.shape());
                    return Err(Error::state("Ema", message));
                }
            }
        }
        self.averages = loaded;
        Ok(())
    }
}
