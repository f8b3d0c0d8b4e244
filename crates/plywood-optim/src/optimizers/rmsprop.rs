//! RMSprop.

use plywood_kernels::optim::RMSprop as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, check, setters};
use crate::{Config, Stepper};

const NAME: &str = "RMSprop";

/// RMSprop (Tieleman and Hinton 2012): divides by the root of the mean squared gradient.
pub type RMSprop<T = f32> = Stepper<Rule, T>;

/// The settings of [`RMSprop`].
pub type RMSpropConfig = Config<Rule>;

setters!(Rule {
    /// How much of the mean square is kept a step.
    alpha: f64,
    /// Added to the denominator.
    eps: f64,
    /// An L2 penalty: `weight_decay p` is added to the gradient.
    weight_decay: f64,
    /// How much of the last step's direction is kept.
    momentum: f64,
    /// Divides by the standard deviation of the gradient (Graves 2013).
    centered: bool,
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
        check(NAME, "alpha", self.alpha, (0.0..=1.0).contains(&self.alpha), "a number from 0 to 1")?;
        at_least_0(NAME, "eps", self.eps)?;
        at_least_0(NAME, "weight_decay", self.weight_decay)?;
        at_least_0(NAME, "momentum", self.momentum)
    }
}
