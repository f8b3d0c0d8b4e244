//! One token a word.

use serde_json::json;

use super::tokenizer::{member, out_of_vocabulary, wrong};
use super::{Tokenizer, Vocabulary};
use crate::Result;

const KIND: &str = "word";

/// One token for each frequent word and each frequent character that is neither letter nor digit; 0 for any other.
///
/// White space only divides, so decoding joins by single spaces.
///
/// ```
/// use plywood_data::text::{Tokenizer, WordTokenizer};
/// let tokenizer = WordTokenizer::train("To be, or not to be.", true, 1, 100);
/// assert_eq!(tokenizer.vocabulary().tokens(), ["<unk>", "be", "to", ",", ".", "not", "or"]);
/// assert_eq!(tokenizer.decode(&tokenizer.encode("Be  gone!"))?, "be <unk> <unk>");
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTokenizer {
    lowercase: bool,
    vocabulary: Vocabulary,
}

impl WordTokenizer {
    /// Learns the words of a text, in lower case if asked to: the at most `most - 1` most frequent ones that come at
    /// least `least` times.
    pub fn train(text: &str, lowercase: bool, least: usize, most: usize) -> Self {
        let text = fold(text, lowercase);
        Self { lowercase, vocabulary: Vocabulary::build(words(&text), least, most) }
    }

    /// The known words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
}

fn fold(text: &str, lowercase: bool) -> String {
    if lowercase { text.to_lowercase() } else { text.to_string() }
}

impl Tokenizer for WordTokenizer {
    fn encode(&self, text: &str) -> Vec<i64> {
        words(&fold(text, self.lowercase)).map(|word| self.vocabulary.id(word)).collect()
    }

    fn decode(&self, tokens: &[i64]) -> Result<String> {
        let decode = |(place, &token): (usize, &i64)| {
            self.vocabulary.token(token).ok_or_else(|| out_of_vocabulary(KIND, place, token, self.vocabulary_size()))
        };
        Ok(tokens.iter().enumerate().map(decode).collect::<Result<Vec<_>>>()?.join(" "))
    }

    fn vocabulary_size(&self) -> usize {
        self.vocabulary.len()
    }

    fn to_json(&self) -> String {
        json!({ "kind": KIND, "lowercase": self.lowercase, "words": self.vocabulary.to_value() }).to_string()
    }

    fn from_json(text: &str) -> Result<Self> {
        let lowercase = member(text, KIND, "lowercase")?.as_bool();
        let lowercase = lowercase.ok_or_else(|| wrong(KIND, "lowercase as true or false", "something else"))?;
        Ok(Self { lowercase, vocabulary: Vocabulary::from_value(&member(text, KIND, "words")?, KIND)? })
    }
}

/// Words, or characters of another kind than letters and digits one by one, without white space.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = match first.is_alphanumeric() {
            true => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, later) = rest.split_at(end);
        rest = later;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::TempDir;
    use crate::text::{BpeTokenizer, CharTokenizer};

    #[test]
    fn words_and_marks_are_told_apart() {
        let cut = |text| words(text).collect::<Vec<_>>();
        assert_eq!(cut(" Don't  stop: 3.14\n"), ["Don", "'", "t", "stop", ":", "3", ".", "14"]);
        assert_eq!(cut("naïve—日本語"), ["naïve", "—", "日本語"]);
        assert_eq!(cut(" \n"), [""; 0]);
    }

    fn round_trip<K: Tokenizer>(tokenizer: &K, text: &str) {
        let tokens = tokenizer.encode(text);
        assert!(tokens.iter().all(|&t| (0..tokenizer.vocabulary_size() as i64).contains(&t)));
        let dir = TempDir::new("tokenizer");
        let path = dir.path().join("tokenizer.json");
        tokenizer.save(&path).unwrap();
        let loaded = K::load(&path).unwrap();
        assert_eq!((loaded.encode(text), loaded.to_json()), (tokens, tokenizer.to_json()));
        for bad in [-1, tokenizer.vocabulary_size() as i64, i64::MIN] {
            let error = tokenizer.decode(&[0, bad]).unwrap_err().to_string();
            assert!(error.contains("token 1: expected 0 to"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn all_tokenizers_save_and_load(text in "\\PC{1,40}", other in "\\PC{0,40}") {
            round_trip(&CharTokenizer::train(&text), &other);
            round_trip(&WordTokenizer::train(&text, true, 1, 9), &other);
            round_trip(&BpeTokenizer::train(&text, 270), &other);
            let own = CharTokenizer::train(&text);
            prop_assert_eq!(own.decode(&own.encode(&text)).unwrap(), text);
        }
    }

    #[test]
    fn other_files_are_errors() {
        let word = WordTokenizer::train("a b", false, 1, 10).to_json();
        assert!(CharTokenizer::from_json(&word).unwrap_err().to_string().contains("expected kind `char`, got word"));
        assert!(BpeTokenizer::from_json("{").is_err());
        assert!(CharTokenizer::from_json(r#"{"kind":"char"}"#).unwrap_err().to_string().contains("a member `chars`"));
        assert!(CharTokenizer::from_json(r#"{"kind":"char","chars":"ba"}"#).is_err());
        assert!(WordTokenizer::from_json(r#"{"kind":"word","lowercase":true,"words":["a","a"]}"#).is_err());
        assert!(WordTokenizer::from_json(r#"{"kind":"word","lowercase":1,"words":[]}"#).is_err());
        assert!(BpeTokenizer::from_json(r#"{"kind":"bpe","merges":[[0,256]]}"#).is_err());
        assert!(BpeTokenizer::from_json(r#"{"kind":"bpe","merges":[[0]]}"#).is_err());
    }
}
