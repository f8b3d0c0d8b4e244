//! Stochastic gradient descent.

use plywood_kernels::optim::SGD as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, check, setters};
use crate::{Config, Stepper};

const NAME: &str = "SGD";

/// Stochastic gradient descent, with or without momentum (Sutskever et al. 2013).
pub type SGD<T = f32> = Stepper<Rule, T>;

/// The settings of [`SGD`].
pub type SGDConfig = Config<Rule>;

setters!(Rule {
    /// How much of the last step's direction is kept.
    momentum: f64,
    /// How much less than whole a gradient enters the direction.
    dampening: f64,
    /// An L2 penalty: `weight_decay p` is added to the gradient.
    weight_decay: f64,
    /// Nesterov's momentum, which looks one step ahead; needs momentum and no dampening.
    nesterov: bool,
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
        at_least_0(NAME, "momentum", self.momentum)?;
        check(NAME, "dampening", self.dampening, self.dampening.is_finite(), "a finite number")?;
        at_least_0(NAME, "weight_decay", self.weight_decay)?;
        let fine = !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0);
        check(NAME, "momentum", self.momentum, fine, "one above 0 and a dampening of 0, for Nesterov's")
    }
}
