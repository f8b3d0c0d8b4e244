//! AdamW.

use plywood_kernels::optim::AdamW as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, betas, setters};
use crate::{Config, Stepper};

const NAME: &str = "AdamW";

/// AdamW (Loshchilov and Hutter 2019): Adam with a weight decay that shrinks the parameters themselves, by default of 0.01.
pub type AdamW<T = f32> = Stepper<Rule, T>;

/// The settings of [`AdamW`].
pub type AdamWConfig = Config<Rule>;

setters!(Rule {
    /// How much of the mean gradient and of the mean squared gradient is kept a step.
    betas: (f64, f64),
    /// Added to the denominator.
    eps: f64,
    /// How much a parameter shrinks a step, in units of the learning rate.
    weight_decay: f64,
    /// Divides by the greatest mean square so far (Reddi et al. 2018).
    amsgrad: bool,
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
