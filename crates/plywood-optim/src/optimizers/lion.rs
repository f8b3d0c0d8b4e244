//! Lion.

use plywood_kernels::optim::Lion as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, betas, setters};
use crate::{Config, Stepper};

const NAME: &str = "Lion";

/// Lion (Chen et al. 2023): steps by the sign of the momentum; takes a third to a tenth of the learning rate of AdamW.
pub type Lion<T = f32> = Stepper<Rule, T>;

/// The settings of [`Lion`].
pub type LionConfig = Config<Rule>;

setters!(Rule {
    /// How much of the momentum enters a step, and how much of it is kept.
    betas: (f64, f64),
    /// How much a parameter shrinks a step, in units of the learning rate.
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
        at_least_0(NAME, "weight_decay", self.weight_decay)
    }
}
