//! Settings, and groups of parameters with settings of their own.

use plywood_autograd::Scalar;
use plywood_kernels::optim::Rule;
use plywood_nn::{Error, Module, Result};

use crate::settings::{Settings, at_least_0};
use crate::stepper::Stepper;

/// An optimizer's settings; each optimizer has its own methods on top of these.
///
/// Nothing is checked until [`build`](Config::build), so that calls chain.
#[derive(Clone, Debug)]
pub struct Config<R> {
    pub(crate) rule: R,
    pub(crate) groups: Vec<Group>,
}

impl<R: Settings + Default> Config<R> {
    /// PyTorch's defaults with this learning rate.
    pub fn new(lr: f64) -> Self {
        let mut rule = R::default();
        *rule.lr() = lr;
        Self { rule, groups: Vec::new() }
    }
}

impl<R: Settings> Config<R> {
    /// Gives the parameters that a pattern matches settings of their own. Where several groups match a parameter, the
    /// one that was added first counts.
    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    /// The optimizer for a model.
    ///
    /// # Errors
    /// If a setting is outside of what makes sense, no parameter of the model is trained, or a group matches none.
    pub fn build<T: Scalar>(self, model: &impl Module<T>) -> Result<Stepper<R, T>>
    where
        R: Rule<T>,
    {
        at_least_0(R::NAME, "learning rate", *self.rule.clone().lr())?;
        self.rule.check()?;
        let parameters = model.named_parameters();
        if !parameters.iter().any(|(_, param)| param.is_trainable()) {
            let got = format!("{}, all frozen", parameters.len());
            return Err(Error::value(R::NAME, "parameters of the model", "at least one to train", got));
        }
        let mut group_rules = Vec::new();
        for group in &self.groups {
            group_rules.push(group.rule(&self.rule)?);
            if !parameters.iter().any(|(name, _)| group.matches(name)) {
                let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
                let what = format!("group '{}'", group.pattern);
                return Err(Error::value(
                    R::NAME,
                    what,
                    "a pattern for some parameters",
                    format!("one that matches none of {}", names.join(", ")),
                ));
            }
        }
        Ok(Stepper::of(self, group_rules, &parameters))
    }
}

/// Parameters with settings of their own, chosen by name.
///
/// In the pattern a `*` stands for any text, dots included: `*.bias`, `features.*`, `*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pattern: String,
    lr: Option<f64>,
    weight_decay: Option<f64>,
}

impl Group {
    /// The parameters whose names match a pattern.
    pub fn new(pattern: &str) -> Self {
        Self { pattern: pattern.into(), lr: None, weight_decay: None }
    }

    /// Their learning rate. A schedule changes it in proportion to that of the other parameters.
    pub fn lr(mut self, lr: f64) -> Self {
        self.lr = Some(lr);
        self
    }

    /// Their weight decay.
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = Some(weight_decay);
        self
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        glob(&self.pattern, name)
    }

    /// The rule with this group's settings in the place of its own.
    pub(crate) fn rule<R: Settings>(&self, base: &R) -> Result<R> {
        let mut rule = base.clone();
        if let Some(lr) = self.lr {
            at_least_0(R::NAME, "learning rate of a group", lr)?;
            if *rule.lr() == 0.0 {
                let expected = "above 0, since the rates of groups are kept in proportion to it";
                return Err(Error::value(R::NAME, "learning rate", expected, 0));
            }
            *rule.lr() = lr;
        }
        if let Some(weight_decay) = self.weight_decay {
            at_least_0(R::NAME, "weight decay of a group", weight_decay)?;
            let own = rule.weight_decay().ok_or_else(|| {
                Error::value(
                    R::NAME,
                    format!("group '{}'", self.pattern),
                    "no weight decay, which this optimizer lacks",
                    weight_decay,
                )
            })?;
            *own = weight_decay;
        }
        Ok(rule)
    }
}

/// Whether a text is what a pattern with stars describes.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => match text.strip_prefix(head) {
            None => false,
            Some(text) => (0..=text.len()).filter(|&i| text.is_char_boundary(i)).any(|i| glob(rest, &text[i..])),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        assert!(
            glob("*", "")
                && glob("*.bias", "a.b.bias")
                && glob("layer*.conv?.weight".replace('?', "*").as_str(), "layer1.0.conv1.weight")
        );
        assert!(!glob("*.bias", "bias") && !glob("fc", "fc1") && !glob("", "a") && glob("é*", "été"));
    }
}
