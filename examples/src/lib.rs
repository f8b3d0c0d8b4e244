//! What several examples share.

use std::str::FromStr;

use plywood::{Error, Result};

/// The value after a flag of the command line, e.g. `--seed 3`; `None` if the flag isn't there.
///
/// # Errors
/// If there is no value, or it isn't of the right kind.
pub fn flag<V: FromStr>(name: &'static str) -> Result<Option<V>> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    if arguments.next().is_none() {
        return Ok(None);
    }
    let value = arguments.next().unwrap_or_default();
    let wrong = |_| Error::value("command line", name, std::any::type_name::<V>(), format!("'{value}'"));
    value.parse().map(Some).map_err(wrong)
}
