//! What optimizers have to know about the settings of an update rule.

use plywood_nn::{Error, Result};

/// The settings of an update rule.
pub trait Settings: Clone {
    /// The optimizer's name, for messages.
    const NAME: &'static str;

    /// The learning rate.
    fn lr(&mut self) -> &mut f64;

    /// The weight decay, if the rule has one.
    fn weight_decay(&mut self) -> Option<&mut f64>;

    /// What a state holds before the first step.
    fn start(&self, _: &str) -> f64 {
        0.0
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// If one is outside of what makes sense.
    fn check(&self) -> Result<()>;
}

/// Checks that a setting is finite and at least 0.
pub(crate) fn at_least_0(op: &'static str, what: &str, value: f64) -> Result<()> {
    check(op, what, value, value.is_finite() && value >= 0.0, "a finite number of at least 0")
}

/// Checks that a setting is at least 0 and less than 1.
pub(crate) fn below_1(op: &'static str, what: &str, value: f64) -> Result<()> {
    check(op, what, value, (0.0..1.0).contains(&value), "a number of at least 0 and less than 1")
}

/// Checks a pair of decay rates.
pub(crate) fn betas(op: &'static str, betas: (f64, f64)) -> Result<()> {
    below_1(op, "the first of betas", betas.0)?;
    below_1(op, "the second of betas", betas.1)
}

pub(crate) fn check(op: &'static str, what: &str, value: f64, fine: bool, expected: &str) -> Result<()> {
    if fine { Ok(()) } else { Err(Error::value(op, what, expected, value)) }
}

/// Writes the methods of a [`Config`](crate::Config) that set one field of its rule each.
macro_rules! setters {
    ($rule:ty { $($(#[$doc:meta])* $name:ident: $ty:ty,)+ }) => {
        impl $crate::Config<$rule> {
            $(
                $(#[$doc])*
                pub fn $name(mut self, $name: $ty) -> Self {
                    self.rule.$name = $name;
                    self
                }
            )+
        }
    };
}
pub(crate) use setters;
