//! What all tokenizers do.

use std::path::Path;

use plywood_tensor::file::write_atomically;
use serde_json::Value;

use crate::{Error, Result};

/// Cuts text into tokens of a finite vocabulary.
pub trait Tokenizer: Send + Sync {
    /// The tokens of a text, each at least 0 and less than [`vocabulary_size`](Self::vocabulary_size).
    fn encode(&self, text: &str) -> Vec<i64>;

    /// The text of tokens.
    ///
    /// # Errors
    /// If a token is outside the vocabulary.
    fn decode(&self, tokens: &[i64]) -> Result<String>;

    /// The number of different tokens.
    fn vocabulary_size(&self) -> usize;

    /// What was learned, as JSON.
    fn to_json(&self) -> String;

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// If it is something else.
    fn from_json(json: &str) -> Result<Self>
    where
        Self: Sized;

    /// Writes what was learned to a file, whole or not at all.
    ///
    /// # Errors
    /// If the file can't be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        Self: Sized,
    {
        write_atomically(path, |out| out.write_all(self.to_json().as_bytes()))
    }

    /// Reads a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// If it can't be read or holds something else.
    fn load(path: impl AsRef<Path>) -> Result<Self>
    where
        Self: Sized,
    {
        let path = path.as_ref();
        Self::from_json(&crate::formats::text(path)?).map_err(|e| e.at(path.display().to_string()))
    }
}

/// The member `key` of the JSON of a tokenizer of this kind.
pub(super) fn member(json: &str, kind: &'static str, key: &str) -> Result<Value> {
    let value: Value = serde_json::from_str(json).map_err(|e| wrong(kind, "JSON", &e.to_string()))?;
    match value.get("kind").and_then(Value::as_str) {
        Some(own) if own == kind => {}
        other => return Err(wrong(kind, &format!("kind `{kind}`"), other.unwrap_or("none"))),
    }
    value.get(key).cloned().ok_or_else(|| wrong(kind, &format!("a member `{key}`"), "none"))
}

pub(super) fn wrong(kind: &'static str, expected: &str, got: &str) -> Error {
    Error::value(kind, "saved tokenizer", expected, got)
}

pub(super) fn out_of_vocabulary(kind: &'static str, place: usize, token: i64, size: usize) -> Error {
    Error::value(kind, format!("token {place}"), format!("0 to {}", size as i64 - 1), token)
}
