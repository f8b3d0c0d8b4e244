//! What a run found: a line a group, each failing case, what is unsupported, and the closing count.

use std::collections::BTreeMap;
use std::fmt;

use super::outcome::{Stop, Worst};

/// The outcome of one group in one dtype.
pub struct GroupReport {
    /// The group's name.
    pub group: String,
    /// `f32` or `f64`.
    pub dtype: &'static str,
    /// How many cases agree.
    pub passed: usize,
    /// Cases that disagree: name, operation, and a sentence with expected, got and the error.
    pub failed: Vec<(String, String)>,
    /// Cases that couldn't be run: name, and the operation with what is missing of it.
    pub unsupported: Vec<(String, String)>,
    /// The greatest error of those that agree, with the case's name.
    pub worst: Worst,
}

impl GroupReport {
    /// A report to which nothing has been added.
    pub fn new(group: &str, dtype: &'static str) -> Self {
        let (group, worst) = (group.to_string(), Worst::default());
        Self { group, dtype, passed: 0, failed: vec![], unsupported: vec![], worst }
    }

    /// Adds the outcome of case `id` of operation `op`.
    pub fn add(&mut self, id: &str, op: &str, outcome: Result<Worst, Stop>) {
        match outcome {
            Ok(worst) => {
                self.passed += 1;
                let place = format!("{id}, {}", worst.place);
                self.worst = std::mem::take(&mut self.worst).worse(Worst { place, ..worst });
            }
            Err(Stop::Failed(what)) => self.failed.push((id.into(), what)),
            Err(Stop::Unsupported(what)) if what.is_empty() => self.unsupported.push((id.into(), op.into())),
            Err(Stop::Unsupported(what)) => self.unsupported.push((id.into(), format!("{op}: {what}"))),
        }
    }
}

/// The outcome of a run.
pub struct Report {
    /// A report a group and dtype, in the order in which they ran.
    pub groups: Vec<GroupReport>,
}

impl Report {
    /// Passed, failed and unsupported, over all groups and dtypes.
    pub fn totals(&self) -> (usize, usize, usize) {
        let sum = |count: fn(&GroupReport) -> usize| self.groups.iter().map(count).sum();
        (sum(|g| g.passed), sum(|g| g.failed.len()), sum(|g| g.unsupported.len()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<18} dtype  passed  failed  unsupported  worst error", "group")?;
        for g in &self.groups {
            let (group, dtype, passed) = (&g.group, g.dtype, g.passed);
            let (failed, unsupported, worst) = (g.failed.len(), g.unsupported.len(), &g.worst);
            write!(f, "{group:<18} {dtype:<5} {passed:>7} {failed:>7} {unsupported:>12}")?;
            if worst.share > 0.0 {
                write!(f, "  {:.1e}, {:.0e} of the tolerance ({})", worst.error, worst.share, worst.place)?;
            }
            writeln!(f)?;
        }
        for g in &self.groups {
            for (id, what) in &g.failed {
                writeln!(f, "FAILED {}/{id} in {}: {what}", g.group, g.dtype)?;
            }
        }
        let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for g in &self.groups {
            for (id, what) in &g.unsupported {
                let name = format!("{}/{id}", g.group);
                let cases = missing.entry(what).or_default();
                if !cases.contains(&name) {
                    cases.push(name);
                }
            }
        }
        for (what, cases) in missing {
            writeln!(f, "unsupported {what} ({} cases, e.g. {})", cases.len(), cases[0])?;
        }
        let (passed, failed, unsupported) = self.totals();
        writeln!(f, "{passed} passed, {failed} failed, {unsupported} unsupported")
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{failed, unsupported};
    use super::*;

    #[test]
    fn a_report_names_what_is_wrong_and_closes_with_the_count() {
        let mut group = GroupReport::new("loss", "f64");
        group.add("a", "mse_loss", Ok(Worst { error: 1e-12, share: 0.5, place: "output[0]".into() }));
        group.add("b", "mse_loss", Err(failed("output[1]: expected 1, got 2")));
        group.add("c", "tweedie", Err(unsupported("")));
        group.add("d", "mse_loss", Err(unsupported("attribute power")));
        let text = Report { groups: vec![group] }.to_string();
        assert!(text.contains("1.0e-12, 5e-1 of the tolerance (a, output[0])"), "{text}");
        assert!(text.contains("FAILED loss/b in f64: output[1]: expected 1, got 2"), "{text}");
        assert!(text.contains("unsupported tweedie (1 cases, e.g. loss/c)"), "{text}");
        assert!(text.contains("unsupported mse_loss: attribute power (1 cases, e.g. loss/d)"), "{text}");
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 2 unsupported"));
    }
}
