//! Adagrad.

use plywood_kernels::optim::Adagrad as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, setters};
use crate::{Config, Stepper};

const NAME: &str = "Adagrad";

/// Adagrad (Duchi, Hazan and Singer 2011): divides by the root of the sum of all squared gradients.
pub type Adagrad<T = f32> = Stepper<Rule, T>;

/// The settings of [`Adagrad`].
pub type AdagradConfig = Config<Rule>;

setters!(Rule {
    /// The rate of step `t` is `lr / (1 + (t - 1) lr_decay)`.
    lr_decay: f64,
    /// An L2 penalty: `weight_decay p` is added to the gradient.
    weight_decay: f64,
    /// What the sum of squares starts at.
    initial_accumulator_value: f64,
    /// Added to the denominator.
    eps: f64,
    /// Climbs instead of descending.
    maximize: bool,
});

impl Settings for Rule {
    const NAME: &'static str = NAME;

    fn lr(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn weight_decay(&mut self) -> Option<&mut f64> {
        Some(&mut self.weight_decay)
    }

    fn start(&self, _: &str) -> f64 {
        self.initial_accumulator_value
    }

    fn check(&self) -> Result<()> {
        at_least_0(NAME, "lr_decay", self.lr_decay)?;
        at_least_0(NAME, "weight_decay", self.weight_decay)?;
        at_least_0(NAME, "initial_accumulator_value", self.initial_accumulator_value)?;
        at_least_0(NAME, "eps", self.eps)
    }
}
