//! One or many in, one or many out: `cargo run --release --example 26_sequences`.
//!
//! A recurrent network maps sequences of any length in four ways:
//! - one to many: from a character to a text, each output being the next input;
//! - many to one: from a sentence to its mood, read off the last state;
//! - many to many, in step: from words to their kinds, an output at each step;
//! - many to many: an encoder reads a number, a decoder with attention writes it in words.
//!
//! The data is generated; what is claimed is measured on sequences that weren't learned from.

use plywood::data::text::{CharTokenizer, Tokenizer, Vocabulary};
use plywood::models::{CharLm, Sampling, Seq2Seq, SequenceClassifier, SequenceOptions, SequenceTagger, Symbols};
use plywood::optim::Adam;
use plywood::prelude::*;
use plywood_examples::drawings::{Sample, unfolded};
use plywood_examples::languages::{KINDS, LEXICON, MOODS, WORDS, in_words, is_kept, opinion, sentence};
use plywood_examples::{claim, picture};

const TOPIC: &str = "26_sequences";
const SMALL: SequenceOptions =
    SequenceOptions { cell: CellKind::Gru, embedding: 16, hidden: 32, layers: 1, dropout: 0.0 };
const POEM: &str =
    "Row, row, row your boat,\ngently down the stream.\nMerrily, merrily, merrily, merrily,\nlife is but a dream.\n";

/// Steps of Adam on the losses that `loss` gives.
fn train<M: Module<f32>>(
    model: &mut M,
    steps: usize,
    mut loss: impl FnMut(&M, &mut Stream, &mut Context) -> Result<Var>,
) -> Result<()> {
    let (mut optimizer, mut cx, mut random) = (Adam::new(model, 0.01)?, Context::train(0), Stream::new(1));
    for _ in 0..steps {
        let gradients = loss(model, &mut random, &mut cx)?.backward()?;
        optimizer.step(model, &gradients)?;
    }
    Ok(())
}

/// Rows of equal length as one tensor.
fn table(rows: &[Vec<i64>]) -> Result<Tensor<i64>> {
    Tensor::from_vec([rows.len(), rows.first().map_or(0, Vec::len)], rows.concat())
}

/// The share of equal symbols, in percent.
fn agreement(said: &Tensor<i64>, truth: &Tensor<i64>) -> f64 {
    let equal = said.values().iter().zip(&*truth.values()).filter(|(said, truth)| said == truth).count();
    100.0 * equal as f64 / truth.elements() as f64
}

fn one_to_many() -> Result<String> {
    let tokens = CharTokenizer::train(POEM);
    let text = tokens.encode(POEM);
    let mut model = CharLm::new(tokens.vocabulary_size(), &SMALL, &mut Stream::new(0));
    let (before, after) = (table(&[text[..text.len() - 1].to_vec()])?, table(&[text[1..].to_vec()])?);
    train(&mut model, 250, |model, _, cx| {
        cross_entropy(&model.forward(&before, None, cx)?.0.transpose(1, 2)?, &after)
    })?;
    let written = model.generate(&tokens.encode("R"), POEM.len() - 1, &Sampling::greedy(), &mut Stream::new(0))?;
    Ok(format!("R{}", tokens.decode(&written)?))
}

fn many_to_one() -> Result<(f64, Sample)> {
    let mut model = SequenceClassifier::new(WORDS.len(), MOODS.len(), &SMALL, &mut Stream::new(0));
    // A quarter of the pairs of noun and verdict are kept for the end.
    let batch = |kept: bool, random: &mut Stream| -> Result<(Tensor<i64>, Tensor<i64>)> {
        let opinions = std::iter::repeat_with(|| opinion(random)).filter(|(words, _)| is_kept(words) == kept);
        let (sentences, moods): (Vec<_>, Vec<_>) = opinions.take(64).unzip();
        Ok((table(&sentences)?, Tensor::from(moods)))
    };
    train(&mut model, 200, |model, random, cx| {
        let (words, moods) = batch(false, random)?;
        cross_entropy(&model.forward(&words, None, cx)?, &moods)
    })?;
    let (words, moods) = batch(true, &mut Stream::new(9))?;
    let said = model.forward(&words, None, &mut Context::eval())?.value().argmax(1, false)?;
    let inputs = words.select(0, 0)?.to_vec().iter().map(|&word| WORDS[word as usize].into()).collect();
    let outputs = vec![MOODS[said.get(&[0])? as usize].into()];
    Ok((agreement(&said, &moods), Sample { inputs, outputs, first_output: 4 }))
}

fn many_to_many() -> Result<(f64, Sample)> {
    let mut model = SequenceTagger::new(LEXICON.len(), KINDS.len(), &SMALL, &mut Stream::new(0));
    let batch = |n: usize, random: &mut Stream| -> Result<(Tensor<i64>, Tensor<i64>)> {
        let (words, kinds): (Vec<_>, Vec<_>) = (0..n).map(|_| sentence(random)).unzip();
        Ok((table(&words)?, table(&kinds)?))
    };
    train(&mut model, 100, |model, random, cx| {
        let (words, kinds) = batch(32, random)?;
        cross_entropy(&model.forward(&words, None, cx)?.transpose(1, 2)?, &kinds)
    })?;
    let (words, kinds) = batch(300, &mut Stream::new(9))?;
    let said = model.forward(&words, None, &mut Context::eval())?.value().argmax(2, false)?;
    let inputs = words.select(0, 0)?.to_vec().iter().map(|&word| LEXICON[word as usize].into()).collect();
    let outputs = said.select(0, 0)?.to_vec().iter().map(|&kind| KINDS[kind as usize].into()).collect();
    Ok((agreement(&said, &kinds), Sample { inputs, outputs, first_output: 0 }))
}

fn translation() -> Result<(f64, Sample)> {
    let all = (0..1000).map(in_words).collect::<Vec<_>>().join(" ");
    let words = Vocabulary::build(all.split_whitespace(), 1, usize::MAX);
    // Symbol `len` starts and `len + 1` ends a sentence; short ones are filled up with ends.
    let (start, end) = (words.len() as i64, words.len() as i64 + 1);
    let source = |n: usize| format!("{n:03}").bytes().map(|digit| i64::from(digit - b'0')).collect::<Vec<_>>();
    let target = |n: usize| {
        let mut ids: Vec<i64> = in_words(n).split_whitespace().map(|word| words.id(word)).collect();
        ids.resize(5, end);
        ids
    };
    let symbols = Symbols { source: 10, target: words.len() + 2, start, end };
    let mut model = Seq2Seq::new(symbols, &SequenceOptions { hidden: 64, ..SMALL }, &mut Stream::new(0));
    let mut numbers: Vec<usize> = (0..1000).collect();
    Stream::new(3).shuffle(&mut numbers);
    let (known, unseen) = numbers.split_at(800);
    train(&mut model, 400, |model, random, cx| {
        let batch = random.sample(&known.iter().map(|&n| n as i64).collect::<Vec<_>>(), 64);
        let rows = |f: &dyn Fn(usize) -> Vec<i64>| table(&batch.iter().map(|&n| f(n as usize)).collect::<Vec<_>>());
        let (source, target) = (rows(&source)?, rows(&target)?);
        cross_entropy(&model.forward(&source, None, &target, cx)?.transpose(1, 2)?, &target)
    })?;
    let written = model.greedy(&table(&unseen.iter().map(|&n| source(n)).collect::<Vec<_>>())?, None, 6)?;
    let read = |ids: &[i64]| ids.iter().filter_map(|&id| words.token(id)).collect::<Vec<_>>().join(" ");
    let right = unseen.iter().zip(&written).filter(|(n, ids)| read(ids) == in_words(**n)).count();
    let inputs = format!("{:03}", unseen[0]).chars().map(String::from).collect();
    let outputs = read(&written[0]).split_whitespace().map(String::from).collect();
    Ok((100.0 * right as f64 / unseen.len() as f64, Sample { inputs, outputs, first_output: 3 }))
}

fn main() -> Result<()> {
    let text = one_to_many()?;
    println!("One to many, after the character R:\n{text}");
    let letters = text.chars().map(|letter| format!("{letter:?}")).take(8).collect::<Vec<_>>();
    let writing = Sample { inputs: vec![letters[0].clone()], outputs: letters[1..].to_vec(), first_output: 0 };
    let ((moods, opinion), (tags, tagged), (numbers, number)) = (many_to_one()?, many_to_many()?, translation()?);
    for (name, sample) in [("Many to one", &opinion), ("Many to many", &tagged), ("Translation", &number)] {
        println!("{name}: {} → {}", sample.inputs.join(" "), sample.outputs.join(" "));
    }
    let panels = [
        ("one to many: a text from its first character, each output being the next input", &writing),
        ("many to one: the mood of a sentence", &opinion),
        ("many to many, in step: kinds of words", &tagged),
        ("many to many: a number, then the number in words", &number),
    ];
    unfolded(&panels).save(picture(TOPIC, "shapes.png"))?;

    claim(text == POEM, "one to many: from its first letter the network writes the whole rhyme")?;
    claim(moods > 95.0, &format!("many to one: {moods:.1} % of sentences with pairs of words that it hasn't seen"))?;
    claim(tags > 98.0, &format!("many to many: {tags:.1} % of words, though most could be noun or verb"))?;
    claim(numbers > 90.0, &format!("translation: {numbers:.1} % of numbers that it has never seen, all words right"))
}
