//! Reading a command line: flags with a value, switches and positional words.

use std::str::FromStr;

use crate::Result;

/// What a command understands and what came.
///
/// ```
/// let words = ["cases", "--group", "loss", "--json"].map(String::from);
/// let args = xtask::cli::Args::parse(&words, &["--group"], &["--json"]).unwrap();
/// assert_eq!(args.words(), ["cases"]);
/// assert_eq!(args.value::<String>("--group").unwrap().as_deref(), Some("loss"));
/// assert!(args.switch("--json"));
/// ```
pub struct Args {
    words: Vec<String>,
    values: Vec<(String, String)>,
    switches: Vec<String>,
}

impl Args {
    /// Sorts `args` into words, `flags` (each followed by its value, or written `--flag=value`) and `switches`.
    /// Anything else that begins with `--` is an error that lists what is understood.
    pub fn parse(args: &[String], flags: &[&str], switches: &[&str]) -> Result<Self> {
        let mut parsed = Self { words: vec![], values: vec![], switches: vec![] };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let (name, inline) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
            if !arg.starts_with("--") {
                parsed.words.push(arg.clone());
            } else if flags.contains(&name) {
                let value = inline.map(String::from).or_else(|| rest.next().cloned());
                let value = value.ok_or_else(|| format!("{name} needs a value"))?;
                parsed.values.push((name.into(), value));
            } else if switches.contains(&arg.as_str()) {
                parsed.switches.push(arg.clone());
            } else {
                let known = [flags, switches].concat().join(", ");
                return Err(format!("{arg} is not understood; expected one of: {known}").into());
            }
        }
        Ok(parsed)
    }

    /// The positional words.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The value of a flag, if it was given; the last one counts.
    pub fn value<T: FromStr>(&self, flag: &str) -> Result<Option<T>> {
        let Some((_, text)) = self.values.iter().rev().find(|(name, _)| name == flag) else { return Ok(None) };
        let kind = std::any::type_name::<T>();
        text.parse().map(Some).map_err(|_| format!("{flag} expects a value of type {kind}, got {text:?}").into())
    }

    /// Whether a switch was given.
    pub fn switch(&self, name: &str) -> bool {
        self.switches.iter().any(|s| s == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args> {
        let words: Vec<String> = words.iter().map(|w| w.to_string()).collect();
        Args::parse(&words, &["--threads"], &["--json"])
    }

    #[test]
    fn flags_come_in_both_spellings_and_the_last_counts() {
        let args = parse(&["--threads", "1", "--threads=2"]).unwrap();
        assert_eq!(args.value::<usize>("--threads").unwrap(), Some(2));
        assert!(!args.switch("--json"));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert!(parse(&["--treads", "1"]).err().unwrap().to_string().starts_with("--treads is not understood"));
        assert!(parse(&["--threads"]).err().unwrap().to_string().contains("needs a value"));
        assert!(parse(&["--threads", "two"]).unwrap().value::<usize>("--threads").is_err());
    }
}
