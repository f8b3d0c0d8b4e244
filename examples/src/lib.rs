//! What several examples share.

pub mod drawings;
pub mod languages;
pub mod shapes;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use plywood::{Error, Result};

/// Prints a sentence that an example has shown to be true; an example whose sentence isn't true fails.
///
/// # Errors
/// If it doesn't hold.
pub fn claim(holds: bool, what: &str) -> Result<()> {
    if !holds {
        return Err(Error::state("claim", format!("this run contradicts it: {what}")));
    }
    println!("✓ {what}");
    Ok(())
}

/// A table in `examples/data`; its README tells where they come from.
pub fn table(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)
}

/// Where an example of the course keeps a picture: `target/course/TOPIC/FILE`. Says so on the way.
pub fn picture(topic: &str, file: &str) -> PathBuf {
    let path = Path::new("target/course").join(topic).join(file);
    println!("  picture: {}", path.display());
    path
}

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
