//! One token a character.

use serde_json::json;

use super::Tokenizer;
use super::tokenizer::{member, out_of_vocabulary, wrong};
use crate::Result;

const KIND: &str = "char";

/// One token for each character of the training text, in their order; 0 for any other, which reads `�`.
///
/// ```
/// use plywood_data::text::{CharTokenizer, Tokenizer};
/// let tokenizer = CharTokenizer::train("hello");
/// assert_eq!(tokenizer.encode("hole!"), [2, 4, 3, 1, 0]);
/// assert_eq!(tokenizer.decode(&[2, 4, 3, 1, 0])?, "hole�");
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharTokenizer {
    /// In order.
    chars: Vec<char>,
}

impl CharTokenizer {
    /// Learns the characters of a text.
    pub fn train(text: &str) -> Self {
        let mut chars: Vec<char> = text.chars().collect();
        chars.sort_unstable();
        chars.dedup();
        Self { chars }
    }

    /// The known characters; character `i` is token `i + 1`.
    pub fn chars(&self) -> &[char] {
        &self.chars
    }
}

impl Tokenizer for CharTokenizer {
    fn encode(&self, text: &str) -> Vec<i64> {
        text.chars().map(|c| self.chars.binary_search(&c).map_or(0, |i| i as i64 + 1)).collect()
    }

    fn decode(&self, tokens: &[i64]) -> Result<String> {
        let decode = |(place, &token): (usize, &i64)| match usize::try_from(token) {
            Ok(0) => Ok(char::REPLACEMENT_CHARACTER),
            Ok(i) if i <= self.chars.len() => Ok(self.chars[i - 1]),
            _ => Err(out_of_vocabulary(KIND, place, token, self.vocabulary_size())),
        };
        tokens.iter().enumerate().map(decode).collect()
    }

    fn vocabulary_size(&self) -> usize {
        self.chars.len() + 1
    }

    fn to_json(&self) -> String {
        json!({ "kind": KIND, "chars": self.chars.iter().collect::<String>() }).to_string()
    }

    fn from_json(text: &str) -> Result<Self> {
        let chars = member(text, KIND, "chars")?;
        let chars = chars.as_str().ok_or_else(|| wrong(KIND, "chars as a string", "something else"))?;
        let tokenizer = Self { chars: chars.chars().collect() };
        match tokenizer.chars.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(tokenizer),
            false => Err(wrong(KIND, "distinct characters in order", chars)),
        }
    }
}
