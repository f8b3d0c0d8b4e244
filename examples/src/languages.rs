//! Little languages for the examples of sequences.

use plywood::prelude::*;

/// The words of [`opinion`].
pub const WORDS: [&str; 12] =
    ["the", "film", "play", "book", "song", "was", "not", "very", "good", "great", "bad", "dull"];
/// What an opinion can be.
pub const MOODS: [&str; 2] = ["negative", "positive"];

/// A sentence of five words and its mood: `not` turns what follows.
pub fn opinion(random: &mut Stream) -> (Vec<i64>, i64) {
    let (noun, adverb, verdict) = (1 + random.below(4), 6 + random.below(2), 8 + random.below(4));
    let mood = (verdict < 10) != (adverb == 6);
    ([0, noun, 5, adverb, verdict].map(|word| word as i64).into(), i64::from(mood))
}

/// Whether noun and verdict are one of the four pairs that are kept from learning.
pub fn is_kept(opinion: &[i64]) -> bool {
    (opinion[1] + opinion[4]) % 4 == 0
}

/// The words of [`sentence`].
pub const LEXICON: [&str; 8] = ["the", "a", "watch", "fish", "plant", "saw", "dog", "sees"];
/// The kinds of words.
pub const KINDS: [&str; 3] = ["article", "noun", "verb"];

/// Words and their kinds: an article, a noun, a verb, an article and a noun: four words can be either, and only their place tells.
pub fn sentence(random: &mut Stream) -> (Vec<i64>, Vec<i64>) {
    let (mut article, mut noun) = (Stream::new(random.bits()), Stream::new(random.bits()));
    let (mut article, mut noun) = (|| article.below(2) as i64, || 2 + noun.below(5) as i64);
    let verb = [2, 3, 4, 5, 7][random.below(5)];
    match random.below(2) {
        0 => (vec![article(), noun(), verb, article(), noun()], vec![0, 1, 2, 0, 1]),
        _ => (vec![article(), noun(), verb, noun(), verb], vec![0, 1, 2, 1, 2]),
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
