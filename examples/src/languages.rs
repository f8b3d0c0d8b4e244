//! Little languages for the examples of sequences.

use plywood::data::text::Vocabulary;
use plywood::models::Symbols;
use plywood::prelude::*;

/// Rows of equal length as one tensor.
///
/// # Errors
/// If their lengths differ.
pub fn table(rows: &[Vec<i64>]) -> Result<Tensor<i64>> {
    Tensor::from_vec([rows.len(), rows.first().map_or(0, Vec::len)], rows.concat())
}

/// The first row of a table of numbers by their names.
///
/// # Errors
/// If there is no row.
pub fn first_row(table: &Tensor<i64>, names: &[&str]) -> Result<Vec<String>> {
    let row = if table.shape().len() > 1 { table.select(0, 0)? } else { table.narrow(0, 0, 1)? };
    Ok(row.to_vec().into_iter().map(|number| names[number as usize].to_owned()).collect())
}

/// The words of [`opinions`].
pub const WORDS: [&str; 12] =
    ["the", "film", "play", "book", "song", "was", "not", "very", "good", "great", "bad", "dull"];
/// What an opinion can be.
pub const MOODS: [&str; 2] = ["negative", "positive"];

/// `n` sentences of five words, `[n, 5]`, and the mood of each, `[n]`: `not` turns what follows.
///
/// Four of the sixteen pairs of a noun and a verdict are kept from learning, and others are learned from.
///
/// # Errors
/// None: all sentences are of equal length.
pub fn opinions(n: usize, kept: bool, random: &mut Stream) -> Result<(Tensor<i64>, Tensor<i64>)> {
    let opinion = || {
        let (noun, adverb, verdict) = (1 + random.below(4), 6 + random.below(2), 8 + random.below(4));
        let mood = (verdict < 10) != (adverb == 6);
        ([0, noun, 5, adverb, verdict].map(|word| word as i64).to_vec(), i64::from(mood))
    };
    let chosen = std::iter::repeat_with(opinion).filter(|(words, _)| ((words[1] + words[4]) % 4 == 0) == kept);
    let (sentences, moods): (Vec<_>, Vec<_>) = chosen.take(n).unzip();
    Ok((table(&sentences)?, Tensor::from(moods)))
}

/// The words of [`sentences`].
pub const LEXICON: [&str; 8] = ["the", "a", "watch", "fish", "plant", "saw", "dog", "sees"];
/// The kinds of words.
pub const KINDS: [&str; 3] = ["article", "noun", "verb"];

/// `n` sentences of five words and their kinds, `[n, 5]` both: article, noun and verb, then an article and a noun, or a
/// noun and a verb. Four words can be either, and only their place tells.
///
/// A quarter of the pairs of the first noun and the verb are kept from learning, and others are learned from.
///
/// # Errors
/// None: all sentences are of equal length.
pub fn sentences(n: usize, kept: bool, random: &mut Stream) -> Result<(Tensor<i64>, Tensor<i64>)> {
    let sentence = || {
        let (mut article, mut noun) = (Stream::new(random.bits()), Stream::new(random.bits()));
        let (mut article, mut noun) = (|| article.below(2) as i64, || 2 + noun.below(5) as i64);
        let verb = [2, 3, 4, 5, 7][random.below(5)];
        match random.below(2) {
            0 => (vec![article(), noun(), verb, article(), noun()], vec![0, 1, 2, 0, 1]),
            _ => (vec![article(), noun(), verb, noun(), verb], vec![0, 1, 2, 1, 2]),
        }
    };
    let chosen = std::iter::repeat_with(sentence).filter(|(words, _)| ((words[1] + words[2]) % 4 == 0) == kept);
    let (words, kinds): (Vec<_>, Vec<_>) = chosen.take(n).unzip();
    Ok((table(&words)?, table(&kinds)?))
}

/// `n` sequences `[steps, n, 8]` of eight symbols as 0 and 1: one of the signals 0 to 3 first, then any of 4 to 7. And
/// which signals they were, `[n]`.
///
/// # Errors
/// None, if there are at least one step and one sequence.
pub fn signals_in_noise(steps: usize, n: usize, random: &mut Stream) -> Result<(Tensor, Tensor<i64>)> {
    let signals = random.integers([n], 0, 4)?;
    let noise = random.integers([steps, n], 4, 8)?;
    let mut x = vec![0.0; steps * n * 8];
    for (t, i) in (0..steps * n).map(|k| (k / n, k % n)) {
        let symbol = if t == 0 { signals.get(&[i])? } else { noise.get(&[t, i])? };
        x[(t * n + i) * 8 + symbol as usize] = 1.0;
    }
    Ok((Tensor::from_vec([steps, n, 8], x)?, signals))
}

/// The numbers below 1000, written in three digits and in up to five words.
pub struct Numbers(Vocabulary);

impl Default for Numbers {
    fn default() -> Self {
        let all = (0..1000).map(in_words).collect::<Vec<_>>().join(" ");
        Self(Vocabulary::build(all.split_whitespace(), 1, usize::MAX))
    }
}

impl Numbers {
    /// Ten digits, and the words with two symbols more: one starts and one ends what is written.
    pub fn symbols(&self) -> Symbols {
        let words = self.0.len();
        Symbols { source: 10, target: words + 2, start: words as i64, end: words as i64 + 1 }
    }

    /// Numbers in digits, `[n, 3]`, and in words that ends follow, `[n, 5]`.
    ///
    /// # Errors
    /// None: all rows are of equal length.
    pub fn written(&self, numbers: &[i64]) -> Result<(Tensor<i64>, Tensor<i64>)> {
        let digits = |n: i64| format!("{n:03}").bytes().map(|digit| i64::from(digit - b'0')).collect();
        let words = |n: i64| {
            let mut ids: Vec<i64> = in_words(n as usize).split_whitespace().map(|word| self.0.id(word)).collect();
            ids.resize(5, self.symbols().end);
            ids
        };
        let rows = |row: &dyn Fn(i64) -> Vec<i64>| table(&numbers.iter().map(|&n| row(n)).collect::<Vec<_>>());
        Ok((rows(&digits)?, rows(&words)?))
    }

    /// Symbols as words.
    pub fn read(&self, symbols: &[i64]) -> String {
        symbols.iter().filter_map(|&id| self.0.token(id)).collect::<Vec<_>>().join(" ")
    }
}

/// A number below 1000 in words.
pub fn in_words(n: usize) -> String {
    const ONES: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
                        sixteen seventeen eighteen nineteen";
    const TENS: &str = "ten twenty thirty forty fifty sixty seventy eighty ninety";
    let pick = |list: &str, i: usize| list.split_whitespace().nth(i).unwrap_or_default().to_owned();
    match n {
        0..20 => pick(ONES, n),
        20..100 if n.is_multiple_of(10) => pick(TENS, n / 10 - 1),
        20..100 => format!("{} {}", pick(TENS, n / 10 - 1), pick(ONES, n % 10)),
        _ if n.is_multiple_of(100) => format!("{} hundred", pick(ONES, n / 100)),
        _ => format!("{} hundred {}", pick(ONES, n / 100), in_words(n % 100)),
    }
}
