//! Adam.

use plywood_kernels::optim::Adam as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, betas, setters};
use crate::{Config, Stepper};

const NAME: &str = "Adam";

/// Adam (Kingma and Ba 2015): steps by the mean gradient over the root of the mean squared gradient.
pub type Adam<T = f32> = Stepper<Rule, T>;

/// The settings of [`Adam`].
pub type AdamConfig = Config<Rule>;

setters!(Rule {
    /// How much of the mean gradient and of the mean squared gradient is kept a step.
    betas: (f64, f64),
    /// Added to the denominator.
    eps: f64,
    /// An L2 penalty: `weight_decay p` is added to the gradient.
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
