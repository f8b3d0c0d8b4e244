//! Rprop.

use plywood_kernels::optim::Rprop as Rule;
use plywood_nn::Result;

use crate::settings::{Settings, at_least_0, check, setters};
use crate::{Config, Stepper};

const NAME: &str = "Rprop";

/// Rprop (Riedmiller and Braun 1993): a step of its own for each value, by the signs of gradients alone; for full batches.
pub type Rprop<T = f32> = Stepper<Rule, T>;

/// The settings of [`Rprop`].
pub type RpropConfig = Config<Rule>;

setters!(Rule {
    /// By how much a step shrinks when the gradient turns, and grows while it doesn't.
    etas: (f64, f64),
    /// The least and the greatest step.
    step_sizes: (f64, f64),
    /// Climbs instead of descending.
    maximize: bool,
});

impl Settings for Rule {
    const NAME: &'static str = NAME;

    fn lr(&mut self) -> &mut f64 {
        &mut self.lr
    }

    fn weight_decay(&mut self) -> Option<&mut f64> {
        None
    }

    fn start(&self, state: &str) -> f64 {
        if state == "step_size" { self.lr } else { 0.0 }
    }

    fn check(&self) -> Result<()> {
        let (less, more) = self.etas;
        check(NAME, "the first of etas", less, 0.0 < less && less < 1.0, "a number between 0 and 1")?;
        check(NAME, "the second of etas", more, more > 1.0 && more.is_finite(), "a number above 1")?;
        let (least, most) = self.step_sizes;
        at_least_0(NAME, "the first of step_sizes", least)?;
        check(NAME, "the second of step_sizes", most, most >= least, "at least the first")
    }
}
