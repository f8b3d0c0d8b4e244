//! What several examples share.

pub mod drawings;
pub mod events;
pub mod languages;
pub mod shapes;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use plywood::prelude::*;

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

/// The points (xᵢ, yᵢ) of two tensors with equally many numbers, for a chart.
pub fn pairs<T: Scalar>(x: &Tensor<T>, y: &Tensor<T>) -> Vec<[f64; 2]> {
    x.values().iter().zip(&*y.values()).map(|(x, y)| [x.to_f64(), y.to_f64()]).collect()
}

/// The points (1, v₁), (2, v₂), … of the values after each epoch, for a chart.
pub fn by_epoch(values: impl IntoIterator<Item = f64>) -> Vec<[f64; 2]> {
    values.into_iter().enumerate().map(|(i, value)| [i as f64 + 1.0, value]).collect()
}

/// The share of numbers in which two tensors agree, in percent.
pub fn agreement(said: &Tensor<i64>, truth: &Tensor<i64>) -> f64 {
    let equal = said.values().iter().zip(&*truth.values()).filter(|(said, truth)| said == truth).count();
    100.0 * equal as f64 / truth.elements() as f64
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
/// If there is no value, or it can't be read.
pub fn flag<V: FromStr<Err: Display>>(name: &str) -> Result<Option<V>> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    if arguments.next().is_none() {
        return Ok(None);
    }
    let value = arguments.next().unwrap_or_default();
    value.parse().map(Some).map_err(|why| Error::state("command line", format!("{name} '{value}': {why}")))
}
