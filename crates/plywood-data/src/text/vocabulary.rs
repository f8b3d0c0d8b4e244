//! A numbered list of tokens, of which the first stands for all others.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::tokenizer::wrong;
use crate::Result;

/// The name of the token for what the vocabulary doesn't hold.
const UNKNOWN: &str = "<unk>";

/// Known tokens, numbered from 1 on, most frequent first; 0 is `<unk>`, which stands for any other.
///
/// ```
/// use plywood_data::text::Vocabulary;
/// let words = Vocabulary::build("the cat and the dog and the bird".split(' '), 2, 100);
/// assert_eq!(words.tokens(), ["<unk>", "the", "and"]);
/// assert_eq!((words.id("the"), words.id("cat")), (1, 0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    tokens: Vec<String>,
    ids: HashMap<String, i64>,
}

impl Vocabulary {
    /// The at most `most - 1` most frequent tokens that come at least `least` times; ties in alphabetical order.
    pub fn build<'t>(tokens: impl IntoIterator<Item = &'t str>, least: usize, most: usize) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        tokens.into_iter().for_each(|token| *counts.entry(token).or_default() += 1);
        counts.remove(UNKNOWN);
        let mut frequent: Vec<(&str, usize)> = counts.into_iter().filter(|(_, n)| *n >= least).collect();
        frequent.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        frequent.truncate(most.saturating_sub(1));
        Self::from_tokens(frequent.into_iter().map(|(token, _)| token.to_string()))
    }

    /// `<unk>` and these tokens, which must be distinct.
    fn from_tokens(tokens: impl Iterator<Item = String>) -> Self {
        let tokens: Vec<String> = [UNKNOWN.to_string()].into_iter().chain(tokens).collect();
        let ids = tokens.iter().enumerate().map(|(id, token)| (token.clone(), id as i64)).collect();
        Self { tokens, ids }
    }

    /// All tokens, in order of their numbers.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The number of tokens, `<unk>` included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Always false: `<unk>` is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The number of a token; 0 for one that is not in the vocabulary.
    pub fn id(&self, token: &str) -> i64 {
        self.ids.get(token).copied().unwrap_or(0)
    }

    /// The token of a number, if there is one.
    pub fn token(&self, id: i64) -> Option<&str> {
        self.tokens.get(usize::try_from(id).ok()?).map(String::as_str)
    }

    pub(super) fn to_value(&self) -> Value {
        self.tokens[1..].to_vec().into()
    }

    pub(super) fn from_value(value: &Value, kind: &'static str) -> Result<Self> {
        let tokens = value.as_array().and_then(|tokens| tokens.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let tokens = tokens.ok_or_else(|| wrong(kind, "tokens as an array of strings", "something else"))?;
        let vocabulary = Self::from_tokens(tokens.into_iter().map(str::to_string));
        if vocabulary.ids.len() != vocabulary.tokens.len() {
            return Err(wrong(kind, "distinct tokens", "one that comes twice"));
        }
        Ok(vocabulary)
    }
}
