//! Where an iteration stands, as a small value that is saved and loaded.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The place of the next batch, with the settings that the place depends on.
///
/// It is written and parsed as one line of text, to be kept in a checkpoint:
///
/// ```
/// use plywood_data::{DataLoader, Position, digits};
///
/// let loader = DataLoader::new(digits()).batch_size(32).shuffle(7);
/// let mut batches = loader.epoch(3);
/// batches.next();
/// let saved = batches.position().to_string();
/// assert_eq!(saved, "epoch 3, batch 1, samples 1797, batch_size 32, drop_last false, order random with seed 7");
///
/// let rest = loader.resume(&saved.parse::<Position>()?)?;
/// assert_eq!(rest.count() + 1, loader.len());
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The epoch, counted from 0.
    pub epoch: u64,
    /// The next batch of the epoch, counted from 0.
    pub batch: usize,
    /// Samples in the data set.
    pub samples: usize,
    /// Samples a batch.
    pub batch_size: usize,
    /// Whether a smaller last batch is left out.
    pub drop_last: bool,
    /// How the order is made, as [`Sampler::describe`](crate::sampler::Sampler::describe) says.
    pub order: String,
}

impl Position {
    /// Checks that a loader at `now` would make the same batches.
    pub(crate) fn check(&self, now: &Position) -> Result<()> {
        let same = |what: &str, saved: &dyn fmt::Display, now: &dyn fmt::Display| {
            if saved.to_string() == now.to_string() {
                return Ok(());
            }
            Err(Error::value("resume", what, format!("{saved}, as when the position was saved"), now))
        };
        same("samples", &self.samples, &now.samples)?;
        same("batch size", &self.batch_size, &now.batch_size)?;
        same("drop_last", &self.drop_last, &now.drop_last)?;
        same("order", &self.order, &now.order)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, batch, samples, batch_size, drop_last, order } = self;
        write!(f, "epoch {epoch}, batch {batch}, samples {samples}, batch_size {batch_size}, ")?;
        write!(f, "drop_last {drop_last}, order {order}")
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::value("position", "text", "`epoch 0, batch 0, …` as it was saved", format!("`{text}`"));
        // The order comes last, since its description is free text.
        let mut parts = text.splitn(6, ", ");
        let mut field = |name: &str| {
            let part = parts.next().and_then(|part| part.strip_prefix(name)).ok_or_else(wrong)?;
            part.strip_prefix(' ').ok_or_else(wrong)
        };
        Ok(Self {
            epoch: field("epoch")?.parse().map_err(|_| wrong())?,
            batch: field("batch")?.parse().map_err(|_| wrong())?,
            samples: field("samples")?.parse().map_err(|_| wrong())?,
            batch_size: field("batch_size")?.parse().map_err(|_| wrong())?,
            drop_last: field("drop_last")?.parse().map_err(|_| wrong())?,
            order: field("order")?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_nonsense_is_an_error() {
        let position = Position {
            epoch: u64::MAX,
            batch: 3,
            samples: 10,
            batch_size: 2,
            drop_last: true,
            order: "buckets, of 3, seed 1".into(),
        };
        assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
        for text in ["", "epoch 1", "epoch x, batch 0, samples 1, batch_size 1, drop_last true, order in turn"] {
            assert!(text.parse::<Position>().unwrap_err().to_string().starts_with("position: text"), "{text}");
        }
    }
}
