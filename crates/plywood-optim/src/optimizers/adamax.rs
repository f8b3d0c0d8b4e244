//! Adamax.

use plywood_kernels::optim::Adamax as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, betas, setters};
use crate::{Config, Stepper};

const NAME: &str = "Adamax";

/// Adamax (Kingma and Ba 2015, section 7.1): Adam that divides by the greatest recent gradient.
pub type Adamax<T = f32> = Stepper<Rule, T>;

/// The settings of [`Adamax`].
pub type AdamaxConfig = Config<Rule>;

setters!(Rule {
    /// How much of the mean gradient and of the mean squared gradient is kept a step.
    betas: (f64, f64),
    /// Added to the denominator.
    eps: f64,
    /// An L2 penalty: `weight_decay p` is added to the gradient.
    weight_decay: f64,
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

    fn check(&self) -> Result<()> {
        betas(NAME, self.betas)?;
        at_least_0(NAME, "eps", self.eps)?;
        at_least_0(NAME, "weight_decay", self.weight_decay)
    }
}
