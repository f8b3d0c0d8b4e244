//! Adadelta.

use plywood_kernels::optim::Adadelta as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, check, setters};
use crate::{Config, Stepper};

const NAME: &str = "Adadelta";

/// Adadelta (Zeiler 2012): scales each gradient by the size of recent steps over that of recent gradients.
pub type Adadelta<T = f32> = Stepper<Rule, T>;

/// The settings of [`Adadelta`].
pub type AdadeltaConfig = Config<Rule>;

setters!(Rule {
    /// How much of both mean squares is kept a step.
    rho: f64,
    /// Added to both mean squares.
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
        check(NAME, "rho", self.rho, (0.0..=1.0).contains(&self.rho), "a number from 0 to 1")?;
        at_least_0(NAME, "eps", self.eps)?;
        at_least_0(NAME, "weight_decay", self.weight_decay)
    }
}
