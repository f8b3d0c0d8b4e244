//! Settings and the values that they may take.

use std::fmt;

use plywood_tensor::Stream;

use crate::{Error, Result, Setting};

/// The values of one setting.
#[derive(Clone, Debug)]
enum Axis {
    Uniform(f64, f64),
    LogUniform(f64, f64),
    Integer(i64, i64),
    Choice(Vec<Setting>),
}

/// Settings by name, each with the values that it may take.
#[derive(Clone, Debug, Default)]
pub struct Space(Vec<(String, Axis)>);

/// Most combinations of a grid: beyond, a mistake in the number of levels would eat all memory.
const MOST: usize = 1_000_000;

impl Space {
    /// No settings yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, name: impl Into<String>, axis: Axis) -> Self {
        self.0.push((name.into(), axis));
        self
    }

    /// A number from `low` to `high`.
    ///
    /// # Errors
    /// Unless `low <= high`, both finite.
    pub fn uniform(self, name: impl Into<String>, low: f64, high: f64) -> Result<Self> {
        check(low <= high && low.is_finite() && high.is_finite(), "low <= high", low, high)?;
        Ok(self.with(name, Axis::Uniform(low, high)))
    }

    /// A number from `low` to `high`, evenly by its logarithm: for rates, decays and the like.
    ///
    /// # Errors
    /// Unless `0 < low <= high`, both finite.
    pub fn log_uniform(self, name: impl Into<String>, low: f64, high: f64) -> Result<Self> {
        check(0.0 < low && low <= high && high.is_finite(), "0 < low <= high", low, high)?;
        Ok(self.with(name, Axis::LogUniform(low, high)))
    }

    /// A whole number from `low` to `high`, both included.
    ///
    /// # Errors
    /// Unless `low <= high`.
    pub fn integer(self, name: impl Into<String>, low: i64, high: i64) -> Result<Self> {
        check(low <= high, "low <= high", low as f64, high as f64)?;
        Ok(self.with(name, Axis::Integer(low, high)))
    }

    /// One of these values.
    ///
    /// # Errors
    /// If there are none.
    pub fn choice<V: Into<Setting>>(
        self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        let values: Vec<Setting> = values.into_iter().map(V::into).collect();
        if values.is_empty() {
            return Err(Error::value("search space", "choices", "at least one", 0));
        }
        Ok(self.with(name, Axis::Choice(values)))
    }

    /// Yes or no.
    pub fn flag(self, name: impl Into<String>) -> Self {
        self.with(name, Axis::Choice(vec![false.into(), true.into()]))
    }

    pub(super) fn grid(&self, levels: usize) -> Result<Vec<Trial>> {
        let axes: Vec<Vec<Setting>> = self.0.iter().map(|(_, axis)| axis.levels(levels)).collect();
        let total = axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.len()));
        let Some(total) = total.filter(|&n| n <= MOST) else {
            return Err(Error::value("search", "combinations of the grid", format!("at most {MOST}"), "more"));
        };
        // The last setting changes fastest, as in nested loops.
        let combination = |mut i: usize| {
            let mut values = vec![];
            for (axis, (name, _)) in axes.iter().zip(&self.0).rev() {
                values.push((name.clone(), axis[i % axis.len()].clone()));
                i /= axis.len();
            }
            values.reverse();
            Trial(values)
        };
        Ok((0..total).map(combination).collect())
    }

    pub(super) fn draw(&self, random: &mut Stream) -> Trial {
        Trial(self.0.iter().map(|(name, axis)| (name.clone(), axis.draw(random))).collect())
    }
}

fn check(fits: bool, expected: &str, low: f64, high: f64) -> Result<()> {
    let got = format!("{low} to {high}");
    if fits { Ok(()) } else { Err(Error::value("search space", "range", format!("{expected}, finite"), got)) }
}

impl Axis {
    fn levels(&self, n: usize) -> Vec<Setting> {
        let share = |i: usize| if n > 1 { i as f64 / (n - 1) as f64 } else { 0.5 };
        match self {
            Self::Choice(values) => values.clone(),
            Self::Uniform(low, high) => (0..n).map(|i| (low + (high - low) * share(i)).into()).collect(),
            Self::LogUniform(low, high) => (0..n).map(|i| between(*low, *high, share(i)).into()).collect(),
            Self::Integer(low, high) => {
                let mut levels: Vec<i64> =
                    (0..n).map(|i| low + ((high - low) as f64 * share(i)).round() as i64).collect();
                levels.dedup();
                levels.into_iter().map(|v| (v as f64).into()).collect()
            }
        }
    }

    fn draw(&self, random: &mut Stream) -> Setting {
        match self {
            Self::Choice(values) => values[random.below(values.len())].clone(),
            Self::Uniform(low, high) => (low + (high - low) * random.unit()).into(),
            Self::LogUniform(low, high) => between(*low, *high, random.unit()).into(),
            Self::Integer(low, high) => ((low + random.below((high - low + 1) as usize) as i64) as f64).into(),
        }
    }
}

/// Between two numbers by their logarithms. Powers of ten keep their round values: 10⁻² is 0.01, not 0.010000000000000002.
fn between(low: f64, high: f64, share: f64) -> f64 {
    let exact = 10f64.powf(low.log10() + (high / low).log10() * share);
    let rounded: f64 = format!("{exact:.12e}").parse().unwrap_or(exact);
    rounded.clamp(low, high)
}

/// One combination of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial(Vec<(String, Setting)>);

impl Trial {
    /// A setting by name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn get(&self, name: &str) -> Result<&Setting> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let known = || self.0.iter().map(|(known, _)| known.as_str()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| Error::value("trial", "setting", format!("one of {}", known()), format!("`{name}`")))
    }

    /// A number by name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn number(&self, name: &str) -> Result<f64> {
        match self.get(name)? {
            Setting::Number(x) => Ok(*x),
            other => Err(Error::value("trial", format!("setting `{name}`"), "a number", other)),
        }
    }

    /// A choice by name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.get(name)? {
            Setting::Text(x) => Ok(x),
            other => Err(Error::value("trial", format!("setting `{name}`"), "text", other)),
        }
    }

    /// A switch by name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn flag(&self, name: &str) -> Result<bool> {
        match self.get(name)? {
            Setting::Flag(x) => Ok(*x),
            other => Err(Error::value("trial", format!("setting `{name}`"), "true or false", other)),
        }
    }

    /// All settings with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are no settings.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_complete_and_even() {
        let space = Space::new().log_uniform("lr", 1e-3, 0.1).unwrap().flag("bias");
        let shown: Vec<String> = space.grid(3).unwrap().iter().map(Trial::to_string).collect();
        assert_eq!(shown.len(), 6);
        assert_eq!(shown[0], "lr = 0.0010, bias = false");
        assert_eq!(space.grid(3).unwrap()[2].number("lr").unwrap(), 0.01);
        let few = Space::new().integer("n", 1, 2).unwrap();
        assert_eq!(few.grid(9).unwrap().len(), 2, "whole numbers are not repeated");
        let many = (0..8).fold(Space::new(), |space, i| space.uniform(i.to_string(), 0.0, 1.0).unwrap());
        assert!(many.grid(10).unwrap_err().to_string().contains("at most 1000000"));
    }

    #[test]
    fn draws_stay_within_and_bad_ranges_are_refused() {
        let space = Space::new().log_uniform("a", 1e-4, 1e-1).unwrap().integer("b", -2, 3).unwrap();
        let mut random = Stream::new(0);
        for _ in 0..200 {
            let trial = space.draw(&mut random);
            assert!((1e-4..=1e-1).contains(&trial.number("a").unwrap()));
            assert!((-2.0..=3.0).contains(&trial.number("b").unwrap()));
        }
        assert!(Space::new().log_uniform("a", 0.0, 1.0).is_err());
        assert!(Space::new().uniform("a", 0.0, f64::NAN).is_err());
        assert!(Space::new().choice::<f64>("a", []).is_err());
        let trial = space.draw(&mut random);
        assert!(trial.number("c").unwrap_err().to_string().contains("one of a, b, got `c`"));
        assert!(trial.text("a").unwrap_err().to_string().contains("expected text"));
    }
}
