//! Byte-pair encoding: frequent sequences of bytes become tokens.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::Tokenizer;
use super::tokenizer::{member, out_of_vocabulary, wrong};
use crate::Result;

const KIND: &str = "bpe";

type Pair = (u32, u32);

/// Tokens 0 to 255 are the bytes, each further one is a pair of tokens before it: so any text has tokens, and decoding
/// gives it back exactly.
///
/// Pairs are merged within words alone, a space belonging to the word after it. Source: R. Sennrich, B. Haddow, A. Birch,
/// "Neural Machine Translation of Rare Words with Subword Units", arXiv:1508.07909 (2016), algorithm 1, on bytes as in
/// A. Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.2.
///
/// ```
/// use plywood_data::text::{BpeTokenizer, Tokenizer};
/// let tokenizer = BpeTokenizer::train("low lower lowest, slow slower slowest", 262);
/// let tokens = tokenizer.encode("lower slopes ☀");
/// assert!(tokens.len() < "lower slopes ☀".len());
/// assert_eq!(tokenizer.decode(&tokens)?, "lower slopes ☀");
/// # Ok::<(), plywood_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BpeTokenizer {
    /// Token `256 + i` is this pair.
    merges: Vec<Pair>,
    ranks: HashMap<Pair, u32>,
}

impl BpeTokenizer {
    /// Learns merges from a text until there are `vocabulary` tokens, or no pair comes twice. Of equally frequent pairs
    /// the one of lower tokens is merged first.
    pub fn train(text: &str, vocabulary: usize) -> Self {
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        words(text).for_each(|word| *counts.entry(word).or_default() += 1);
        let mut words: Vec<(Vec<u32>, i64)> = counts.into_iter().map(|(word, n)| (bytes(word), n)).collect();
        let mut pairs = Pairs::default();
        for (i, (word, n)) in words.iter().enumerate() {
            pairs.add(word, *n, i);
        }
        let mut merges = Vec::new();
        while 256 + merges.len() < vocabulary {
            let Some(pair) = pairs.most_frequent() else { break };
            let token = 256 + merges.len() as u32;
            merges.push(pair);
            for i in pairs.take_words(pair) {
                let (word, n) = &mut words[i];
                pairs.add(word, -*n, i);
                merge(word, pair, token);
                pairs.add(word, *n, i);
            }
        }
        Self::from_merges(merges)
    }

    fn from_merges(merges: Vec<Pair>) -> Self {
        let ranks = merges.iter().enumerate().map(|(i, &pair)| (pair, 256 + i as u32)).collect();
        Self { merges, ranks }
    }

    /// Appends the bytes of a token.
    fn expand(&self, token: u32, out: &mut Vec<u8>) {
        let mut waiting = vec![token];
        while let Some(token) = waiting.pop() {
            match token.checked_sub(256) {
                None => out.push(token as u8),
                Some(i) => {
                    let (left, right) = self.merges[i as usize];
                    waiting.extend([right, left]);
                }
            }
        }
    }

    fn encode_word(&self, word: &str) -> Vec<u32> {
        let mut tokens = bytes(word);
        loop {
            let ranked =
                tokens.windows(2).filter_map(|w| self.ranks.get(&(w[0], w[1])).map(|&rank| (rank, (w[0], w[1]))));
            match ranked.min() {
                Some((token, pair)) => merge(&mut tokens, pair, token),
                None => return tokens,
            }
        }
    }
}

impl Tokenizer for BpeTokenizer {
    fn encode(&self, text: &str) -> Vec<i64> {
        let mut known: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut out = Vec::new();
        for word in words(text) {
            let tokens = known.entry(word).or_insert_with(|| self.encode_word(word));
            out.extend(tokens.iter().map(|&token| token as i64));
        }
        out
    }

    /// The text of tokens; bytes that are no UTF-8, which only tokens that no text has can give, read `�`.
    fn decode(&self, tokens: &[i64]) -> Result<String> {
        let mut out = Vec::new();
        for (place, &token) in tokens.iter().enumerate() {
            if !(0..self.vocabulary_size() as i64).contains(&token) {
                return Err(out_of_vocabulary(KIND, place, token, self.vocabulary_size()));
            }
            self.expand(token as u32, &mut out);
        }
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn vocabulary_size(&self) -> usize {
        256 + self.merges.len()
    }

    fn to_json(&self) -> String {
        let merges: Vec<Value> = self.merges.iter().map(|(left, right)| json!([left, right])).collect();
        json!({ "kind": KIND, "merges": merges }).to_string()
    }

    fn from_json(text: &str) -> Result<Self> {
        let pair = |(i, value): (usize, &Value)| {
            // A pair is made of tokens before it, so that expanding one comes to an end.
            let token =
                |value: &Value| value.as_u64().filter(|&token| token < 256 + i as u64).map(|token| token as u32);
            match value.as_array()?.as_slice() {
                [left, right] => Some((token(left)?, token(right)?)),
                _ => None,
            }
        };
        let merges = member(text, KIND, "merges")?;
        let merges = merges.as_array().and_then(|merges| merges.iter().enumerate().map(pair).collect());
        Ok(Self::from_merges(merges.ok_or_else(|| wrong(KIND, "merges as pairs of earlier tokens", "something else"))?))
    }
}

/// How often each pair of neighbours comes, and in which words.
#[derive(Default)]
struct Pairs {
    counts: HashMap<Pair, i64>,
    /// Words that hold the pair, and maybe some that did once.
    words: HashMap<Pair, Vec<usize>>,
}

impl Pairs {
    /// Counts the pairs of word `i` another `n` times.
    fn add(&mut self, word: &[u32], n: i64, i: usize) {
        for pair in word.windows(2).map(|w| (w[0], w[1])) {
            *self.counts.entry(pair).or_default() += n;
            let words = self.words.entry(pair).or_default();
            if n > 0 && words.last() != Some(&i) {
                words.push(i);
            }
        }
    }

    fn most_frequent(&self) -> Option<Pair> {
        let frequent = self.counts.iter().filter(|(_, n)| **n >= 2);
        frequent.max_by_key(|&(&pair, &n)| (n, std::cmp::Reverse(pair))).map(|(&pair, _)| pair)
    }

    fn take_words(&mut self, pair: Pair) -> Vec<usize> {
        let mut words = self.words.remove(&pair).unwrap_or_default();
        words.sort_unstable();
        words.dedup();
        words
    }
}

fn bytes(word: &str) -> Vec<u32> {
    word.bytes().map(u32::from).collect()
}

/// Replaces each `pair` by `token`, from the left.
fn merge(tokens: &mut Vec<u32>, pair: Pair, token: u32) {
    let (mut from, mut to) = (0, 0);
    while from < tokens.len() {
        let found = from + 1 < tokens.len() && (tokens[from], tokens[from + 1]) == pair;
        tokens[to] = if found { token } else { tokens[from] };
        from += if found { 2 } else { 1 };
        to += 1;
    }
    tokens.truncate(to);
}

/// The parts of a text within which pairs are merged: letters, digits, other marks, each with a space before it if there
/// is one, and white space. Together they are the text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Letter,
        Digit,
        Mark,
        Space,
    }
    let kind = |c: char| match c {
        c if c.is_alphabetic() => Kind::Letter,
        c if c.is_numeric() => Kind::Digit,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Mark,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut of = kind(first);
        if first == ' ' {
            // One space joins what follows; of several, the last one does.
            of = chars.clone().next().map_or(of, |(_, second)| kind(second));
        }
        let mut end = chars.find(|&(_, c)| kind(c) != of).map_or(rest.len(), |(i, _)| i);
        let run = &rest[..end];
        if of == Kind::Space && end < rest.len() && run.len() > 1 && run.ends_with(' ') {
            end -= 1;
        }
        let (word, later) = rest.split_at(end);
        rest = later;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_carry_their_space() {
        let cut = |text| words(text).collect::<Vec<_>>();
        assert_eq!(cut("To be, or 42 not"), ["To", " be", ",", " or", " 42", " not"]);
        assert_eq!(cut("a   b\n\n c"), ["a", "  ", " b", "\n\n", " c"]);
        assert_eq!(cut(" "), [" "]);
        assert_eq!(cut("a  "), ["a", "  "]);
    }

    #[test]
    fn the_most_frequent_pair_is_merged_first() {
        let tokenizer = BpeTokenizer::train("ab ab abc", 300);
        // `ab` comes three times; then ` ab` twice, and nothing else comes twice.
        assert_eq!(tokenizer.merges, [(97, 98), (32, 256)]);
        assert_eq!(tokenizer.encode("abc ab"), [256, 99, 257]);
        assert_eq!(BpeTokenizer::train("aaaa", 300).encode("aaa"), [256, 97]);
        assert_eq!(BpeTokenizer::train("", 300).vocabulary_size(), 256);
    }

    /// The textbook's way: count all pairs afresh for each merge.
    fn slowly(text: &str, vocabulary: usize) -> Vec<Pair> {
        let mut all: Vec<Vec<u32>> = words(text).map(bytes).collect();
        let mut merges = Vec::new();
        while 256 + merges.len() < vocabulary {
            let mut counts: BTreeMap<Pair, usize> = BTreeMap::new();
            all.iter().flat_map(|w| w.windows(2)).for_each(|w| *counts.entry((w[0], w[1])).or_default() += 1);
            let best = counts.iter().filter(|(_, n)| **n >= 2).max_by_key(|&(&p, &n)| (n, std::cmp::Reverse(p)));
            let Some((&pair, _)) = best else { break };
            let token = 256 + merges.len() as u32;
            all.iter_mut().for_each(|word| merge(word, pair, token));
            merges.push(pair);
        }
        merges
    }

    proptest! {
        #[test]
        fn counting_changes_alone_gives_the_same_merges(text in "[ab ]{0,60}") {
            prop_assert_eq!(BpeTokenizer::train(&text, 270).merges, slowly(&text, 270));
        }

        #[test]
        fn any_text_comes_back(learned in "\\PC{0,60}", text in "(\\PC|[ \n\t]){0,40}") {
            let tokenizer = BpeTokenizer::train(&learned, 280);
            prop_assert_eq!(words(&text).collect::<String>(), text.clone());
            prop_assert_eq!(tokenizer.decode(&tokenizer.encode(&text)).unwrap(), text);
        }
    }
}
